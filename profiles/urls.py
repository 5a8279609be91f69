"""The profile's pages."""

from django.urls import path

from profiles.pictures.views import change_avatar
from profiles.views import ProfilePage, check_field, choose_time_zone, show_history, undo

urlpatterns = [
    path("profile/", ProfilePage.as_view(), name="profile"),
    path("profile/check/<slug:column>/", check_field, name="profile_check"),
    path("profile/time-zone/", choose_time_zone, name="profile_time_zone"),
    path("profile/avatar/", change_avatar, name="profile_avatar"),
    path("profile/history/", show_history, name="profile_history"),
    path("profile/history/<uuid:change>/undo/", undo, name="profile_undo"),
]
