"""The history of a profile: recorded together with each change, read newest first."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from config.database import bulk
from config.web.pagination import Key, Order
from profiles.fields.rules import Value, text_of
from profiles.fields.validators import FIELDS
from profiles.models import Door, Profile, ProfileChange

# The only field of the history that isn't in `FIELDS`: its values are file names, and its owner is
# shown only that there was a picture.
AVATAR: Final = "avatar"
PICTURE: Final = "picture"
# How long a replaced or removed picture can be restored.
KEPT_DAYS: Final = 30


# Newest first, and the fields of one change in the order of their names.
NEWEST_FIRST = Order((Key("version", int, True), Key("field", str)), page_size=50)
COLUMNS = (
    "id", "owner_id", "version", "field", "before", "after", "door", "actor_id", "changed_at",
)  # fmt: skip
ChangeRow = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Author:
    """The user who makes a change, and the door it came through; a command has no user."""

    actor: User | None
    door: Door


def record_changes(
    *, profile: Profile, before: Mapping[str, Value], after: Mapping[str, Value], author: Author
) -> None:
    """Insert one row for each field of `before`, in one statement, with the profile's new
    version."""
    rows = changes_of(profile=profile, before=before, after=after, author=author)
    ProfileChange.objects.bulk_create(
        ProfileChange(**dict(zip(COLUMNS, row, strict=True))) for row in rows
    )


def changes_of(
    *, profile: Profile, before: Mapping[str, Value], after: Mapping[str, Value], author: Author
) -> Iterator[ChangeRow]:
    """Return the rows of one profile as values of COLUMNS."""
    actor_id = author.actor.pk if author.actor else None
    return (
        (
            uuid.uuid4(),
            profile.pk,
            profile.version,
            field,
            text_of(value),
            text_of(after[field]),
            author.door.value,
            actor_id,
            profile.updated_at,
        )
        for field, value in before.items()
    )


def record_many(rows: Iterable[ChangeRow]) -> None:
    """Insert the rows of many profiles with COPY: model instances for dozens of rows each would
    be too slow."""
    bulk.insert(bulk.Batch(ProfileChange, bulk.pack_rows(ProfileChange, COLUMNS, rows)))


def read_history(*, owner: User) -> QuerySet[ProfileChange]:
    """Return the owner's changes, newest first, each with the current profile."""
    changes = ProfileChange.objects.filter(owner=owner)
    return changes.select_related("owner__profile").order_by("-version", "field")


def values_at(*, profile: Profile, version: int) -> dict[str, Value]:
    """Return the values of an earlier version: for each field the value that its first later change
    replaced."""
    values = profile.values()
    if version != profile.version:
        later = ProfileChange.objects.filter(owner_id=profile.pk, version__gt=version)
        first = later.order_by("field", "version").distinct("field")
        values.update(first.values_list("field", "before"))
    return values


def is_undoable(change: ProfileChange, profile: Profile) -> bool:
    """Whether the field still has the value of the change and the former value is still kept."""
    is_kept = change.field in FIELDS or (change.field == AVATAR and _is_picture_kept(change))
    return is_kept and is_latest(change, profile)


def is_latest(change: ProfileChange, profile: Profile) -> bool:
    return current_text(profile, change.field) == change.after


def current_text(profile: Profile, field: str) -> str:
    """Return the current value as text; "" for a field that no longer exists."""
    return text_of(profile.value(field)) if field in FIELDS or field == AVATAR else ""


def picture_names(*, owner: User) -> QuerySet[ProfileChange, str]:
    """Return the names of the pictures that the owner replaced or removed, newest first."""
    changes = ProfileChange.objects.filter(owner=owner, field=AVATAR).exclude(before="")
    return changes.order_by("-version").values_list("before", flat=True)


def shown_values(change: ProfileChange) -> tuple[str, str]:
    """Return the values before and after as shown to the owner."""
    if change.field != AVATAR:
        return change.before, change.after
    return PICTURE if change.before else "", PICTURE if change.after else ""


def _is_picture_kept(change: ProfileChange) -> bool:
    kept_from = timezone.now() - timedelta(days=KEPT_DAYS)
    return not change.before or change.changed_at > kept_from
