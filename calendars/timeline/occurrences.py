"""The timeline: the occurrences that touch a window, read with one index range scan.

Outside a calendar's horizon, its series are expanded on read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _
from msgspec import Struct

from calendars.events.people import own_response
from calendars.models import Calendar, Event, Occurrence, Share
from calendars.models.event import PRIVATE
from calendars.models.palette import GRAPHITE
from calendars.timeline.beyond_horizon import occurrences_beyond
from calendars.timeline.categories import Classifier, classifier_of
from calendars.timeline.shared import (
    is_shown,
    masked_id,
    reading,
    shared_shelves,
    shown_events,
    shows,
)
from calendars.timeline.stored import EVERYTHING, Row, Shelf, Shown, shelf_of, stored_rows
from calendars.timeline.window import Window
from config.web.pagination import Cursor, Key, Order, moment

TIMELINE = Order(
    (Key("start_at", moment), Key("event_id", UUID), Key("original_start_at", moment)),
    page_size=500,
)
BATCH = 500  # entries that are read at once to find those of a category
_FIRST = (UUID(int=0), datetime.min.replace(tzinfo=UTC))
_LAST = (UUID(int=2**128 - 1), datetime.max.replace(tzinfo=UTC))
_WITHOUT_PUNCTUATION = str.maketrans("", "", "-:")


class TimelineEntry(Struct, frozen=True):
    """One occurrence. Timed: instants in the requested zone. All-day: midnight UTC of the first
    date and of the exclusive end date, not shifted by any zone.

    The fields up to `all_day` are of the occurrence and its calendar, those up to `sync` of ENTRY.
    """

    event_id: UUID
    calendar_id: UUID
    calendar_name: str
    colour: str
    original_start_at: datetime
    start_at: datetime
    end_at: datetime
    all_day: bool
    summary: str
    description: str
    location: str
    status: str
    time_zone: str
    zone_definition: str = ""
    recurring: bool = False
    transparency: str = ""
    response: str = ""  # of the calendar's owner; "" if this isn't an invitation
    sync: str = "synced"
    hue: int = GRAPHITE
    category: UUID | None = None
    share_level: str = ""  # of another user's: "read", or "busy" for one without details

    @property
    def key(self) -> str:
        """The id of the occurrence: its event and its original start in the series."""
        moment = self.original_start_at.astimezone(UTC).replace(tzinfo=None).isoformat()
        return f"{self.event_id}_{moment.translate(_WITHOUT_PUNCTUATION)}Z"


def occurrences_between(
    *,
    owner_id: int,
    start_at: datetime,
    end_at: datetime,
    calendar_id: UUID | None = None,
    text: str = "",
    only_selected: bool = False,
    with_shared: bool = False,
    category: UUID | None = None,
    cursor: Cursor | None = None,
    limit: int | None = None,
    zone: tzinfo | None = None,
    shown: Shown = EVERYTHING,
) -> list[TimelineEntry]:
    """Return what touches [start_at, end_at), ordered by start; dates are in the zone of
    `start_at`, and so are the times of the entries unless `zone` is another.

    With a cursor: the `limit` entries next to it, in its direction. `with_shared` adds what other
    users share with the owner.
    """
    window = Window(start_at, end_at)
    shelves = [shelf_of(owner_id, window, calendar_id=calendar_id, only_selected=only_selected)]
    if with_shared:
        shelves += shared_shelves(
            owner_id, window, calendar_id=calendar_id, only_selected=only_selected
        )
    reading = _Reading(
        shelves=shelves,
        window=window,
        zone=zone or start_at.tzinfo or UTC,
        text=text,
        classifier=classifier_of(owner_id),
        shown=shown,
    )
    if category is None:
        return reading.read(cursor, limit)
    return of_category(category, reading.read, cursor, limit)


def of_category(
    category: UUID,
    read: Callable[[Cursor | None, int], list[TimelineEntry]],
    cursor: Cursor | None,
    limit: int | None,
) -> list[TimelineEntry]:
    """Return the entries of a category next to a cursor.

    Categories are decided on read, so entries are read in batches until enough are found; the
    window bounds how many that are.
    """
    found: list[TimelineEntry] = []
    while limit is None or len(found) < limit:
        batch = read(cursor, BATCH)
        kept = [entry for entry in batch if entry.category == category]
        backwards = cursor is not None and cursor.backwards
        found = kept + found if backwards else found + kept
        if len(batch) < BATCH:
            break
        cursor = Cursor(TIMELINE.place_of(batch[0 if backwards else -1]), backwards)
    if limit is None:
        return found
    return found[-limit:] if cursor is not None and cursor.backwards else found[:limit]


@dataclass(frozen=True, slots=True)
class _Reading:
    """What all batches of a list have in common. The first shelf is the reader's own."""

    shelves: Sequence[Shelf]
    window: Window
    zone: tzinfo
    text: str
    classifier: Classifier
    shown: Shown

    def read(self, cursor: Cursor | None, limit: int | None) -> list[TimelineEntry]:
        own, *shared = self.shelves
        found = self._read(own, cursor, limit)
        if not shared:
            return found
        for shelf in shared:
            with reading(shelf):
                found = found + self._read_shared(shelf, cursor, limit)
        return _cut(sorted(found, key=_order), cursor, limit)

    def _read(self, shelf: Shelf, cursor: Cursor | None, limit: int | None) -> list[TimelineEntry]:
        rows = stored_rows(
            shelf=shelf,
            window=self.window,
            text=self.text,
            cursor=cursor,
            limit=limit,
            shown=self.shown,
        )
        stored = entries_of_rows(rows, shelf.calendars, self.zone, self.classifier)
        if shelf.holds(self.window):
            return stored
        beyond = occurrences_beyond(
            shelf.calendars.values(),
            Window(_read_from(self.window.start_at, cursor), self.window.end_at),
            events=_matching(self.text, shelf),
            wanted=lambda one: (
                self.window.holds(one)
                and (cursor is None or is_beside(cursor, one))
                and is_shown(one)
            ),
            backwards=cursor is not None and cursor.backwards,
            limit=limit,
        )
        expanded = [entry_of(one, self.zone, self.classifier) for one in beyond]
        return _merged(stored, expanded, cursor, limit)

    def _read_shared(
        self, shelf: Shelf, cursor: Cursor | None, limit: int | None
    ) -> list[TimelineEntry]:
        """Return the entries beside the cursor in the order in which they are shown.

        What is shown as busy has another id than the stored one. So all entries that start with the
        cursor's are read, and those with the last start only if all of them were read.
        """
        many = limit
        while True:
            found = self._read(shelf, _whole_start(cursor), many)
            beside = [one for one in found if cursor is None or is_beside(cursor, one)]
            if many is None or len(found) < many:
                return beside
            edge = found[0 if cursor is not None and cursor.backwards else -1].start_at
            whole = [one for one in beside if one.start_at != edge]
            if limit is None or len(whole) >= limit:
                return whole
            many *= 2


def _whole_start(cursor: Cursor | None) -> Cursor | None:
    """Return a cursor before (backwards: after) all entries with the same start."""
    if cursor is None:
        return None
    start_at = cursor.place[0]
    outermost = _LAST if cursor.backwards else _FIRST
    return Cursor((start_at, *outermost), cursor.backwards)


def is_beside(cursor: Cursor, entry: TimelineEntry | Occurrence) -> bool:
    """Whether an entry is on the cursor's side of TIMELINE."""
    place = TIMELINE.place_of(entry)
    return place < cursor.place if cursor.backwards else place > cursor.place


def _order(entry: TimelineEntry) -> tuple[float, UUID, datetime]:
    """TIMELINE by instants: times of one zone compare by their clocks, also in two equal hours."""
    return (entry.start_at.timestamp(), entry.event_id, entry.original_start_at)


def _cut(
    ordered: list[TimelineEntry], cursor: Cursor | None, limit: int | None
) -> list[TimelineEntry]:
    if limit is None:
        return ordered
    return ordered[-limit:] if cursor is not None and cursor.backwards else ordered[:limit]


def _read_from(start_at: datetime, cursor: Cursor | None) -> datetime:
    """Start at the cursor, so that a dense series isn't expanded again from its beginning."""
    if cursor is None or cursor.backwards:
        return start_at
    begins_at: datetime = cursor.place[0]
    return max(start_at, begins_at)


def _matching(text: str, shelf: Shelf) -> Q:
    """Filter events by text in their summary or location, like `stored_rows`."""
    if not text:
        return shown_events(shelf)
    matching = Q(summary__icontains=text) | Q(location__icontains=text)
    if shelf.is_shared:
        matching &= Q(calendar__in=shelf.readable) & ~Q(visibility__in=PRIVATE)
    return matching


def _merged(
    stored: list[TimelineEntry],
    beyond: list[TimelineEntry],
    cursor: Cursor | None,
    limit: int | None,
) -> list[TimelineEntry]:
    if not beyond:
        return stored
    # By key, because a row that just left the horizon may not be deleted yet.
    both = {TIMELINE.place_of(one): one for one in [*beyond, *stored]}
    return _cut([both[place] for place in sorted(both)], cursor, limit)


def entries_of_rows(
    rows: Iterable[Row], calendars: Mapping[UUID, Calendar], zone: tzinfo, classifier: Classifier
) -> list[TimelineEntry]:
    return [_entry_of_row(row, calendars[row[2]], zone, classifier) for row in rows]


def _entry_of_row(
    row: Row, calendar: Calendar, zone: tzinfo, classifier: Classifier
) -> TimelineEntry:
    event_id, original_start_at, calendar_id, start_at, end_at, all_day, *texts = row
    *of_event, series, visibility = texts
    if not all_day:
        start_at, end_at = start_at.astimezone(zone), end_at.astimezone(zone)
    if calendar.share_level and not shows(calendar, visibility):
        times = (start_at, end_at, all_day)
        return _masked(masked_id(event_id, original_start_at), calendar, *times)
    category = classifier.of(
        event_id=event_id,
        summary=of_event[0],
        calendar_id=calendar_id,
        recurring_event_id=series,
    )
    of_calendar = (calendar_id, calendar.full_name, calendar.shown_colour)
    of_occurrence = (original_start_at, start_at, end_at, all_day)
    decided = (calendar.hue, category.pk if category else None)
    level = calendar.share_level
    fields: Row = (event_id, *of_calendar, *of_occurrence, *of_event, *decided, level)
    return TimelineEntry(*fields)


def _masked(
    shown_id: UUID, calendar: Calendar, start_at: datetime, end_at: datetime, all_day: bool
) -> TimelineEntry:
    """Build the entry of an event of which a reader may know only when it is."""
    return TimelineEntry(
        event_id=shown_id,
        calendar_id=calendar.pk,
        calendar_name=calendar.full_name,
        colour=calendar.shown_colour,
        original_start_at=start_at.astimezone(UTC),
        start_at=start_at,
        end_at=end_at,
        all_day=all_day,
        summary=_("Busy"),
        description="",
        location="",
        status=Event.Status.CONFIRMED,
        time_zone="UTC",
        hue=calendar.hue,
        share_level=Share.Level.BUSY,
    )


def entry_of(occurrence: Occurrence, zone: tzinfo, classifier: Classifier) -> TimelineEntry:
    """Build the entry of an occurrence whose event and calendar are loaded."""
    event, calendar = occurrence.event, occurrence.calendar
    shown = UTC if occurrence.all_day else zone
    if not shows(calendar, event.visibility):
        times = (occurrence.start_at.astimezone(shown), occurrence.end_at.astimezone(shown))
        shown_id = masked_id(event.pk, occurrence.original_start_at)
        return _masked(shown_id, calendar, *times, all_day=occurrence.all_day)
    category = classifier.category_of(event)
    return TimelineEntry(
        event_id=event.pk,
        calendar_id=calendar.pk,
        calendar_name=calendar.full_name,
        colour=calendar.shown_colour,
        original_start_at=occurrence.original_start_at.astimezone(UTC),
        start_at=occurrence.start_at.astimezone(shown),
        end_at=occurrence.end_at.astimezone(shown),
        all_day=occurrence.all_day,
        summary=event.summary,
        description=event.description,
        location=event.location,
        status=event.status,
        time_zone=event.time_zone,
        zone_definition=event.zone_definition,
        recurring=bool(event.recurrence or event.recurring_event_id),
        transparency=event.transparency,
        response=own_response(event.attendees),
        hue=calendar.hue,
        category=category.pk if category else None,
        share_level=calendar.share_level,
    )
