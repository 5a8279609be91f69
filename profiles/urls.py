"""The profile's page."""

from django.urls import path

from profiles.views import ProfilePage

urlpatterns = [path("profile/", ProfilePage.as_view(), name="profile")]
