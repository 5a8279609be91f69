"""The profile's part of the API."""

from profiles.api.avatar import AvatarFileView, AvatarView
from profiles.api.history import HistoryView, UndoView
from profiles.api.profile import ProfileView

__all__ = ["AvatarFileView", "AvatarView", "HistoryView", "ProfileView", "UndoView"]
