"""URLs of the profile: its pages and its API."""

from django.urls import include, path

from profiles.api import HistoryView, ProfileView, UndoView
from profiles.pictures.api import AvatarFileView, AvatarView
from profiles.pictures.views import change_avatar
from profiles.views import ProfilePage, check_field, choose_time_zone, show_history, undo

api = [
    path("profile", ProfileView.as_view(), name="api_profile"),
    path("profile/avatar", AvatarView.as_view(), name="api_avatar"),
    path(
        "profile/avatar/<str:name>/<int:edge>.webp",
        AvatarFileView.as_view(),
        name="api_avatar_file",
    ),
    path("profile/history", HistoryView.as_view(), name="api_profile_history"),
    path("profile/history/<uuid:change>/undo", UndoView.as_view(), name="api_profile_undo"),
]

urlpatterns = [
    path("profile/", ProfilePage.as_view(), name="profile"),
    path("profile/check/<slug:column>/", check_field, name="profile_check"),
    path("profile/time-zone/", choose_time_zone, name="profile_time_zone"),
    path("profile/avatar/", change_avatar, name="profile_avatar"),
    path("profile/history/", show_history, name="profile_history"),
    path("profile/history/<uuid:change>/undo/", undo, name="profile_undo"),
    path("api/v1/", include(api)),
]
