"""When people are busy, and when they are free: over one's own calendars and those of colleagues.

Busy is what takes time by the same rule as in insights: not what is declined, cancelled or shown as
free. All-day events take the whole days of their owner's zone unless they are shown as free. One's
own time is that of the calendars that the views show; a colleague's is that of all calendars that
they share with one, at either level. Of people who share nothing, nothing is known: they are never
taken to be free. calendars/timeline/slots.py says which slots are the best.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress

from accounts.fields import normalise_email
from accounts.models import User
from accounts.security_context import acting_as
from calendars.models import Calendar, Event
from calendars.models.event import with_exceptions
from calendars.timeline.busy_time import DECLINED, FREE, BusyRow, busy_rows
from calendars.timeline.insights import Span
from calendars.timeline.occurrences import TimelineEntry, occurrences_between
from calendars.timeline.shared import shared_calendars
from calendars.timeline.slots import MOST_SLOTS, ROOM, Slot, Wish, best_slots, union
from calendars.timeline.window import Window
from profiles.preferences import reader_of

MOST_CONFLICTS = 20
MOST_READ = 500


def busy_spans(owner: User, start: datetime, end: datetime) -> list[Span]:
    """Return when the owner is busy within [start, end): in order, joined where spans touch."""
    return spans_of(owner.pk, _own_calendars(owner), start, end, reader_of(owner).zone)


def conflicts_of_time(
    owner: User, start: datetime, end: datetime, except_event: UUID | None = None
) -> list[TimelineEntry]:
    """Return the owner's entries that take time within [start, end), by start; at most
    MOST_CONFLICTS.

    `except_event` is the event that is being planned: it and, if it's a series, its changed
    instances don't count. Times are in the owner's zone.
    """
    zone = reader_of(owner).zone
    found = occurrences_between(
        owner_id=owner.pk,
        start_at=start.astimezone(zone),
        end_at=end.astimezone(zone),
        only_selected=True,
        limit=MOST_READ,
    )
    left_out = _events_of(owner, except_event) if except_event else set()
    taking = (
        one
        for one in found
        if one.event_id not in left_out and _takes_time(one) and _overlaps(one, start, end, zone)
    )
    return [one for _number, one in zip(range(MOST_CONFLICTS), taking, strict=False)]


@dataclass(frozen=True, slots=True)
class PersonTime:
    """When a person is busy; `spans` is None if they share nothing with the one who asks, or have
    no account here, which looks the same."""

    email: str
    name: str
    spans: list[Span] | None = None
    zone: ZoneInfo | None = None

    @property
    def is_known(self) -> bool:
        return self.spans is not None


@dataclass(frozen=True, slots=True)
class Availability:
    """The time of the asker and the others, and the best slots that are free for all known."""

    people: list[PersonTime]
    slots: list[Slot]

    @property
    def unknown(self) -> list[str]:
        return [person.email for person in self.people if not person.is_known]


def time_of_person(asker: User, email: str, start: datetime, end: datetime) -> PersonTime:
    """Return when a person is busy within [start, end), as far as they share it with the asker."""
    return time_of_people(asker, [email], start, end)[0]


def time_of_people(
    asker: User, emails: Sequence[str], start: datetime, end: datetime
) -> list[PersonTime]:
    """Return the people in their order; the asker's own addresses name the asker."""
    own = set(_addresses([asker.pk]))
    by_email = _sharers(asker)
    return [
        _own_time(asker, email, start, end)
        if email in own
        else _time_of_sharer(email, by_email.get(email, []), start, end)
        for email in dict.fromkeys(map(normalise_email, emails))
    ]


def free_slots(
    asker: User, emails: Sequence[str], wish: Wish, *, limit: int = MOST_SLOTS
) -> Availability:
    """Return the best slots in which the asker and all others whose time is known are free."""
    start, end = (datetime.fromtimestamp(at, UTC) for at in (wish.start, wish.end))
    # A meeting beside the first or last slot makes it tight.
    wide = (start - timedelta(seconds=ROOM), end + timedelta(seconds=ROOM))
    people = time_of_people(asker, [asker.email, *emails], *wide)
    busy = [span for person in people for span in person.spans or ()]
    zones = [person.zone for person in people[1:] if person.zone]
    return Availability(people, best_slots(busy, wish, zones, limit=limit))


def _sharers(asker: User) -> dict[str, list[Calendar]]:
    """Return the shared calendars by each confirmed address of their owner."""
    by_owner: defaultdict[int, list[Calendar]] = defaultdict(list)
    for calendar in shared_calendars(asker.pk):
        by_owner[calendar.owner_id].append(calendar)
    addresses = _addresses(by_owner)
    return {email: by_owner[owner_id] for email, owner_id in addresses.items()}


def _addresses(user_ids: Iterable[int]) -> dict[str, int]:
    confirmed = EmailAddress.objects.filter(user__in=list(user_ids), verified=True)
    return dict(confirmed.values_list("email", "user_id"))


def _own_time(asker: User, email: str, start: datetime, end: datetime) -> PersonTime:
    return PersonTime(email, "", busy_spans(asker, start, end), reader_of(asker).zone)


def _time_of_sharer(
    email: str, calendars: Sequence[Calendar], start: datetime, end: datetime
) -> PersonTime:
    if not calendars:
        return PersonTime(email, "")
    owner_id = calendars[0].owner_id
    with acting_as(user_id=owner_id, method="share", is_change=False):
        zone = reader_of(User.objects.get(pk=owner_id)).zone
        spans = spans_of(owner_id, calendars, start, end, zone)
    return PersonTime(email, calendars[0].sharer, spans, zone)


def spans_of(
    owner_id: int,
    calendars: Collection[Calendar],
    start: datetime,
    end: datetime,
    zone: ZoneInfo,
) -> list[Span]:
    """Return the busy spans of one owner's calendars; `zone` is where all-day events lie. The
    caller acts for the owner."""
    window = Window(start.astimezone(zone), end.astimezone(zone))
    rows = busy_rows(owner_id=owner_id, calendars=calendars, window=window)
    return _within((_span(row, zone) for row in rows), start, end)


def _own_calendars(owner: User) -> list[Calendar]:
    return list(Calendar.objects.of(owner.pk).selected())


def _span(row: BusyRow, zone: ZoneInfo) -> Span:
    if not row.all_day:
        return Span(row.start, row.end)
    start, end = (datetime.fromtimestamp(at, UTC) for at in (row.start, row.end))
    return Span(*(int(_local_midnight(at, zone).timestamp()) for at in (start, end)))


def _local_midnight(at: datetime, zone: ZoneInfo) -> datetime:
    """Return when the date that a midnight UTC stands for begins in a zone."""
    return datetime.combine(at.date(), time.min, zone)


def _within(spans: Iterable[Span], start: datetime, end: datetime) -> list[Span]:
    first, last = int(start.timestamp()), int(end.timestamp())
    return union(Span(max(span.start, first), min(span.end, last)) for span in spans)


def _takes_time(entry: TimelineEntry) -> bool:
    return entry.transparency != FREE and entry.response != DECLINED


def _overlaps(entry: TimelineEntry, start: datetime, end: datetime, zone: ZoneInfo) -> bool:
    """Whether the entry takes a part of [start, end); one without length takes none."""
    begins, ends = entry.start_at, entry.end_at
    if entry.all_day:
        begins, ends = _local_midnight(begins, zone), _local_midnight(ends, zone)
    # Times of one zone compare by their clocks, also in two equal hours.
    taken, asked = (
        Span(int(first.timestamp()), int(last.timestamp()))
        for first, last in ((begins, ends), (start, end))
    )
    return max(taken.start, asked.start) < min(taken.end, asked.end)


def _events_of(owner: User, event_id: UUID) -> set[UUID]:
    event = Event.objects.filter(owner_id=owner.pk, pk=event_id).select_related("calendar").first()
    if event is None:
        return set()
    series = with_exceptions(event.calendar, [event.remote_id])
    return set(Event.objects.filter(series, owner_id=owner.pk).values_list("pk", flat=True))
