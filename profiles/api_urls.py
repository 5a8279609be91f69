"""The profile's addresses under /api/v1/."""

from django.urls import path

from profiles.api import HistoryView, ProfileView, UndoView
from profiles.pictures.api import AvatarFileView, AvatarView

urlpatterns = [
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
