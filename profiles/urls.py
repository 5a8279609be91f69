"""URLs of the profile: its pages and its API."""

from django.urls import include, path

from config.web.moved import moved
from profiles.api import HistoryView, ProfileView, UndoView
from profiles.pictures.api import AvatarFileView, AvatarView
from profiles.pictures.views import change_avatar
from profiles.time_page import TimePage
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

settings_area = [
    path("profile/", ProfilePage.as_view(), name="settings-profile"),
    path("profile/check/<slug:column>/", check_field, name="profile_check"),
    path("profile/avatar/", change_avatar, name="profile_avatar"),
    path("profile/history/", show_history, name="settings-history"),
    path("profile/history/<uuid:change>/undo/", undo, name="profile_undo"),
    path("time/", TimePage.as_view(), name="settings-time"),
    path("time/zone/", choose_time_zone, name="profile_time_zone"),
]

former = [
    moved("", "settings-profile"),
    moved("check/<slug:column>/", "profile_check"),
    moved("avatar/", "profile_avatar"),
    moved("history/", "settings-history"),
    moved("history/<uuid:change>/undo/", "profile_undo"),
    moved("time-zone/", "profile_time_zone"),
]

urlpatterns = [
    path("settings/", include(settings_area)),
    path("profile/", include(former)),
    path("api/v1/", include(api)),
]
