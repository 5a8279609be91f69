"""Undo of one change, which is itself a change."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import User
from config.web.problems import DomainError, Kind
from profiles.history import AVATAR, Author, current_text, is_latest
from profiles.models import Door, Profile, ProfileChange
from profiles.pictures.avatars import restore_avatar
from profiles.services import change_profile, open_for_writing


def undo_change(*, owner: User, change_id: UUID, actor: User | None = None) -> Profile:
    """Restore the field's value from before the change; `actor` defaults to the owner.

    Raises DomainError NOT_FOUND if the owner has no such change, CONFLICT if the field was changed
    later (changed-since), and the errors of `change_profile` and `restore_avatar`: INVALID for a
    value that the current rules refuse, CONFLICT for a picture that is no longer kept
    (not-undoable).
    """
    with open_for_writing(owner) as profile:
        change = ProfileChange.objects.filter(owner=owner, pk=change_id).first()
        if change is None:
            raise DomainError(Kind.NOT_FOUND, "not-found", _("Change not found."))
        if not is_latest(change, profile):
            raise _changed_since(change, profile)
        author = Author(actor or owner, Door.UNDO)
        if change.field == AVATAR:
            return restore_avatar(owner=owner, name=change.before, author=author)
        return change_profile(owner=owner, changes={change.field: change.before}, author=author)


def _changed_since(change: ProfileChange, profile: Profile) -> DomainError:
    return DomainError(
        Kind.CONFLICT,
        "changed-since",
        _("This field was changed later: %(change)s. Undo that change first.")
        % {"change": _current_state(change, profile)},
    )


def _current_state(change: ProfileChange, profile: Profile) -> str:
    if change.field == AVATAR:
        return "there's another picture now" if profile.avatar else "there's no picture now"
    now = current_text(profile, change.field)
    return f"it's now “{now}”" if now else "it's now empty"
