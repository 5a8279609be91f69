"""The profile's addresses under /api/v1/."""

from django.urls import path

from profiles.api import ProfileView

urlpatterns = [path("profile", ProfileView.as_view(), name="api_profile")]
