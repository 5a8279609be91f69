"""Adding, changing and removing an event as its owner asks for it: what pages and the API share.

The members are those of the API (calendars/events/values.py), and `category`, which is the person's
own choice. A change that names no version is made to the event as it stands: it is locked first, so
that nothing changes it in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from calendars.events.editing import ensure_event, lock_version
from calendars.events.history import Author
from calendars.events.moving import move_event
from calendars.events.rows import EventRow
from calendars.events.scopes import (
    Edited,
    Scope,
    change_in_scope,
    delete_in_scope,
    shown_instance,
)
from calendars.events.values import columns_of
from calendars.models import Calendar, Event, PendingChange
from calendars.models.locks import lock_calendars
from calendars.timeline.category_choices import set_category
from calendars.timeline.event_card import owned_event
from config.web.problems import DomainError, Kind
from profiles.preferences import reader_of

Notify = PendingChange.Notify
CATEGORY, CALENDAR = "category", "calendar"


@dataclass(frozen=True, slots=True)
class Part:
    """What of a series is meant, from the instance on that its original start names; None: the
    event itself."""

    scope: Scope | None = None
    original_start_at: datetime | None = None


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
    """A `calendar` moves the event, which has another id there. Raises DomainError."""
    members = _members(given)
    target = given.get(CALENDAR)
    if target is not None:
        lock_both(owner, event_id, target)
    if members:
        edited = _change(owner, event_id, version, members, author, part, notify)
    else:
        event = owned_event(owner, event_id)
        check_version(event, version)
        edited = Edited(event, author.act)
    if target is not None and edited.event is not None:
        moved = move_event(
            owner_id=owner.pk,
            event_id=edited.event.pk,
            base=edited.event.change_set,
            calendar_id=target,
            author=author,
            notify=notify,
        )
        edited = replace(edited, event=moved)
    if CATEGORY in given and edited.event is not None:
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
) -> Edited:
    """Raises DomainError."""
    return delete_in_scope(
        owner_id=owner.pk,
        event_id=event_id,
        base=version or lock_version(owner_id=owner.pk, event_id=event_id),
        scope=part.scope,
        original_start_at=part.original_start_at,
        author=author,
        notify=notify,
    )


def check_version(event: Event, version: int | None) -> None:
    if version is not None and not event.is_version(version):
        raise stale_version()


def stale_version() -> DomainError:
    message = _("This event has changed since you opened it. Reload it, then make your change.")
    return DomainError(Kind.PRECONDITION, "stale-version", message)


def _members(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in (CATEGORY, CALENDAR)}


def lock_both(owner: User, event_id: UUID, target: UUID) -> None:
    """In the order of calendars.models.locks, before a change locks one of them."""
    mine = Event.objects.filter(owner_id=owner.pk, pk=event_id)
    ids = [target, *mine.values_list("calendar_id", flat=True)]
    lock_calendars(Calendar.objects.filter(owner_id=owner.pk, pk__in=ids))


def _change(
    owner: User,
    event_id: UUID,
    version: int | None,
    members: Mapping[str, Any],
    author: Author,
    part: Part,
    notify: str,
) -> Edited:
    base = version or lock_version(owner_id=owner.pk, event_id=event_id)
    former = _former(owner, event_id, part)
    return change_in_scope(
        owner_id=owner.pk,
        event_id=event_id,
        base=base,
        changes=columns_of(members, zone=reader_of(owner).zone, former=former),
        scope=part.scope,
        original_start_at=part.original_start_at,
        author=author,
        notify=notify,
    )


def _former(owner: User, event_id: UUID, part: Part) -> EventRow:
    """What the given members replace: of an instance, its own times. Raises DomainError."""
    shown = shown_instance(
        owner_id=owner.pk, event_id=event_id, original_start_at=part.original_start_at
    )
    if shown is None or shown.status == Event.Status.CANCELLED:
        message = _("You don't have an event with this ID.")
        raise DomainError(Kind.NOT_FOUND, "not-found", message)
    return shown if part.scope is Scope.THIS else shown._replace(recurring_event_id="")
