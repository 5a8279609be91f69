"""The undoing of one change, which is a change itself."""

from __future__ import annotations

from uuid import UUID

from accounts.models import User
from config.problems import DomainError, Kind
from profiles.history import Author, current_text, is_undoable
from profiles.models import Door, Profile, ProfileChange
from profiles.services import change_profile
from profiles.validators import FIELDS
from profiles.writing import open_for_writing


def undo_change(*, owner: User, change_id: UUID, actor: User | None = None) -> Profile:
    """Gives the field the value back that it had before; without `actor` the owner does.

    Raises DomainError NOT_FOUND for no change of the owner's, CONFLICT when the field was changed
    since (changed-since) or was the picture (not-undoable), and what `change_profile` raises:
    INVALID for a value that today's rules refuse.
    """
    with open_for_writing(owner) as profile:
        change = ProfileChange.objects.filter(owner=owner, pk=change_id).first()
        if change is None:
            raise DomainError(Kind.NOT_FOUND, "not-found", "There is no such change.")
        _refuse_lost(change, profile)
        return change_profile(
            owner=owner,
            changes={change.field: change.before},
            author=Author(actor or owner, Door.UNDO),
        )


def _refuse_lost(change: ProfileChange, profile: Profile) -> None:
    if change.field not in FIELDS:
        raise DomainError(
            Kind.CONFLICT, "not-undoable", "This picture is no longer kept. Choose it again."
        )
    if not is_undoable(change, profile):
        now = current_text(profile, change.field)
        raise DomainError(
            Kind.CONFLICT,
            "changed-since",
            f"This field was changed since: it is {f'“{now}”' if now else 'empty'} now. "
            "Undo that change first.",
        )
