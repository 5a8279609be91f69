"""What other users share with a reader, read in its owner's security context.

Row-level security knows no shares. This module alone crosses from the reader to an owner: it reads
the reader's shares in the reader's context, and only then the shared calendars in their owner's.
A calendar that is read this way has its `share_level`, by which everything below shows it whole or
as busy alone (`shows`, `masked_id`). docs/design.md, "Sharing".
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.security_context import acting_as
from calendars.events.people import own_response
from calendars.models import Calendar, Event, Occurrence, Share, is_hidden
from calendars.models.event import PRIVATE
from calendars.models.palette import hued
from calendars.timeline.stored import Shelf, hued_calendars, kept_once, shelf_with, with_cut
from calendars.timeline.window import Window

_FREE = "transparent"


def shared_calendars(reader_id: int) -> list[Calendar]:
    """Return the calendars that others share with the reader, by person and in the order of lists.

    `selected` is whether the reader shows it, `sharer` the name of its owner. What the views show
    of a reader who receives nothing costs no statement.
    """
    return kept_once("shared", reader_id, lambda: _shared_calendars(reader_id))


def _shared_calendars(reader_id: int) -> list[Calendar]:
    own = cast(list[Any], hued_calendars(reader_id))
    if own and not own[0].receives:
        return []
    found = [
        calendar
        for owner_id, shares in _received(reader_id).items()
        for calendar in _calendars_of(owner_id, shares)
    ]
    return sorted(hued(found, beside=own), key=lambda one: (one.sharer.casefold(), one.owner_id))


@dataclass(frozen=True, slots=True)
class Sharer:
    """A person who shares calendars with the reader."""

    name: str
    calendars: list[Calendar] = field(default_factory=list)


def sharers(reader_id: int) -> list[Sharer]:
    """Group what others share by person; two may have one name."""
    by_owner: dict[int, Sharer] = {}
    for calendar in shared_calendars(reader_id):
        sharer = by_owner.setdefault(calendar.owner_id, Sharer(calendar.sharer))
        sharer.calendars.append(calendar)
    return list(by_owner.values())


def sharer_ids(reader_id: int) -> list[int]:
    return sorted({calendar.owner_id for calendar in shared_calendars(reader_id)})


def shared_calendar(reader_id: int, calendar_id: UUID) -> Calendar | None:
    """Return a calendar that is shared with the reader, or None."""
    shared = shared_calendars(reader_id)
    return next((one for one in shared if one.pk == calendar_id), None)


def calendar_of_event(reader_id: int, event_id: UUID) -> Calendar | None:
    """Return the shared calendar that an event's id names, or None: an id begins with bits of its
    calendar's."""
    shared = shared_calendars(reader_id)
    return next((one for one in shared if one.pk.bytes[:6] == event_id.bytes[:6]), None)


def shared_shelves(
    reader_id: int,
    window: Window,
    *,
    calendar_id: UUID | None = None,
    only_selected: bool = False,
) -> list[Shelf]:
    """Return a shelf for each person who shares something that is shown."""
    by_owner: defaultdict[int, list[Calendar]] = defaultdict(list)
    for one in shared_calendars(reader_id):
        if calendar_id in (None, one.pk) and (one.selected or not only_selected):
            by_owner[one.owner_id].append(one)
    return [
        shelf_with(calendars, owner_id, window, is_shared=True)
        for owner_id, calendars in by_owner.items()
    ]


@contextmanager
def reading(shelf: Shelf) -> Iterator[None]:
    """Read a shelf in its owner's context, if that is another user than the reader."""
    if not shelf.is_shared:
        yield
        return
    with acting_as(user_id=shelf.owner_id, method="share", is_change=False):
        yield


def shows(calendar: Calendar, visibility: str) -> bool:
    """Whether a reader sees more of an event than that its owner is busy."""
    if not calendar.share_level:
        return True
    return calendar.share_level == Share.Level.READ and visibility not in PRIVATE


def takes_time(event: Event) -> bool:
    return event.transparency != _FREE and own_response(event.attendees) != "declined"


def shown_events(shelf: Shelf) -> Q:
    """Filter events of which something is shown; see SHARED in stored.py, which also leaves out
    what was declined."""
    if not shelf.is_shared:
        return Q()
    whole = Q(calendar__in=shelf.readable) & ~Q(visibility__in=PRIVATE)
    return whole | ~Q(transparency=_FREE)


def is_shown(occurrence: Occurrence) -> bool:
    """Whether a reader sees something of an occurrence that isn't stored."""
    event = occurrence.event
    return shows(occurrence.calendar, event.visibility) or takes_time(event)


def masked_id(event_id: UUID, original_start_at: datetime) -> UUID:
    """Return an id for what is shown as busy. The event's own would tell a guest of the same event,
    who knows its id at Google, which one it is; and it would join the instances of a series."""
    name = f"{event_id} {original_start_at.timestamp()}".encode()
    key = hashlib.sha256(settings.SECRET_KEY.encode()).digest()
    return UUID(bytes=hashlib.blake2b(name, key=key, digest_size=16).digest(), version=4)


def _received(reader_id: int) -> dict[int, dict[UUID, tuple[str, bool]]]:
    """Return by owner and calendar the level and whether the reader hides it. An address that has
    both levels has the higher one."""
    shares = Share.objects.received_by(reader_id)
    rows = shares.annotate(hidden=is_hidden(reader_id)).values_list(
        "owner_id", "calendar_id", "level", "hidden"
    )
    found: defaultdict[int, dict[UUID, tuple[str, bool]]] = defaultdict(dict)
    for owner_id, calendar_id, level, hidden in sorted(rows, key=lambda row: row[2]):
        found[owner_id][calendar_id] = (level, hidden)
    return found


def _calendars_of(owner_id: int, shares: dict[UUID, tuple[str, bool]]) -> list[Calendar]:
    with acting_as(user_id=owner_id, method="share", is_change=False):
        calendars = list(
            with_cut(Calendar.objects.of(owner_id).filter(pk__in=shares))
            .select_related("owner")
            .annotate(
                sharer_first_name=F("owner__profile__first_name"),
                sharer_last_name=F("owner__profile__last_name"),
            )
            .shown()
        )
    for calendar in cast(list[Any], calendars):
        level, hidden = shares[calendar.pk]
        names = (calendar.sharer_first_name, calendar.sharer_last_name)
        calendar.sharer = " ".join(filter(None, names)) or calendar.owner.email
        calendar.share_level, calendar.selected = level, not hidden
        calendar.read_only = True
        if level == Share.Level.BUSY:
            calendar.name, calendar.description = _("Busy times"), ""
    return calendars
