"""Adding, changing and removing an event as its owner asks for it: what pages and the API share.

The members are those of the API (calendars/events/values.py), and `category`, which is the person's
own choice. A change that names no version is made to the event as it stands: it is locked first, so
that nothing changes it in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from calendars.events.editing import change_event, delete_event, ensure_event, lock_version
from calendars.events.history import Author
from calendars.events.merging import row_of
from calendars.events.rows import EventRow
from calendars.events.values import columns_of
from calendars.models import Event, PendingChange
from calendars.timeline.category_choices import set_category
from calendars.timeline.event_card import owned_event
from calendars.timeline.instances import SeriesInstances
from config.web.problems import DomainError, FieldFault, Kind
from profiles.preferences import reader_of

Notify = PendingChange.Notify
CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class Part:
    """What of a series is meant: this instance, this and the following ones, or all of them.

    `scope` is None for an event that doesn't repeat. The instance is named by its original start;
    None is the event itself.
    """

    scope: str | None = None
    original_start_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    event: Event
    dropped: tuple[Any, ...] = ()


@transaction.atomic
def add_event(
    *,
    owner: User,
    calendar_id: UUID,
    given: Mapping[str, Any],
    author: Author,
    uid: str = "",
    notify: str = Notify.NONE,
) -> tuple[Event, bool]:
    """Return the event and whether it's new: with a `uid` that is there already, it is that event,
    unchanged. Raises DomainError."""
    values = columns_of(_members(given), zone=reader_of(owner).zone)
    event, is_new = ensure_event(
        owner_id=owner.pk,
        calendar_id=calendar_id,
        uid=uid,
        values=values,
        author=author,
        notify=notify,
    )
    if is_new and given.get(CATEGORY):
        set_category(owner_id=owner.pk, event_id=event.pk, category_id=given[CATEGORY])
    return event, is_new


@transaction.atomic
def edit_event(
    *,
    owner: User,
    event_id: UUID,
    version: int | None,
    given: Mapping[str, Any],
    author: Author,
    part: Part = Part(),
    notify: str = Notify.NONE,
) -> Edited:
    """Raises DomainError."""
    members = _members(given)
    if members:
        base = version or lock_version(owner_id=owner.pk, event_id=event_id)
        former = _former(owned_event(owner, event_id), part)
        changes = columns_of(members, zone=reader_of(owner).zone, former=former)
        edited = _change(owner, event_id, base, changes, author, part, notify)
    else:
        edited = Edited(owned_event(owner, event_id))
        check_version(edited.event, version)
    if CATEGORY in given:
        category_id = given[CATEGORY]
        set_category(owner_id=owner.pk, event_id=edited.event.pk, category_id=category_id)
    return edited


@transaction.atomic
def remove_event(
    *,
    owner: User,
    event_id: UUID,
    version: int | None,
    author: Author,
    part: Part = Part(),
    notify: str = Notify.NONE,
) -> None:
    """Raises DomainError."""
    base = version or lock_version(owner_id=owner.pk, event_id=event_id)
    _require_scope(owned_event(owner, event_id), part)
    delete_event(owner_id=owner.pk, event_id=event_id, base=base, author=author, notify=notify)


def check_version(event: Event, version: int | None) -> None:
    if version is not None and event.change_set != version:
        raise stale_version()


def stale_version() -> DomainError:
    message = _("This event has changed since you opened it. Reload it, then make your change.")
    return DomainError(Kind.PRECONDITION, "stale-version", message)


def _members(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != CATEGORY}


def _former(event: Event, part: Part) -> EventRow:
    """What the given members replace: of an instance, its own times. Raises DomainError."""
    at = part.original_start_at
    series = SeriesInstances.of(event) if at is not None else None
    if at is None or series is None or event.recurring_event_id:
        return row_of(event)
    instance, replaced = series.at(at), series.replacement_at(at)
    if instance is None or (replaced is not None and replaced.is_cancelled):
        message = _("The series has no event at this time. Reload it, then make your change.")
        raise DomainError(Kind.NOT_FOUND, "not-found", message)
    if replaced is not None and part.scope == "this":
        return row_of(Event.objects.get(pk=replaced.event_id))
    return row_of(event)._replace(start_at=instance.start_at, end_at=instance.end_at)


def _change(
    owner: User,
    event_id: UUID,
    base: int,
    changes: Mapping[str, Any],
    author: Author,
    part: Part,
    notify: str,
) -> Edited:
    _require_scope(owned_event(owner, event_id), part)
    event = change_event(
        owner_id=owner.pk,
        event_id=event_id,
        base=base,
        changes=changes,
        author=author,
        notify=notify,
    )
    return Edited(event)


def _require_scope(event: Event, part: Part) -> None:
    if event.recurrence and part.scope is None:
        message = _("This event repeats. Say what you mean: this one, the following ones, or all.")
        fault = FieldFault("scope", "scope-required", message)
        raise DomainError(Kind.INVALID, "scope-required", message, faults=[fault])
