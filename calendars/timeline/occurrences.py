"""The timeline: the occurrences that touch a window, read with one index range scan.

Outside a calendar's horizon, its series are expanded on read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from uuid import UUID

from django.db.models import Q

from calendars.events.people import own_response_of
from calendars.models import Calendar, Event, Occurrence
from calendars.models.palette import GRAPHITE, hued
from calendars.timeline.beyond_horizon import occurrences_beyond
from calendars.timeline.categories import Classifier, classifier_of
from calendars.timeline.window import Window
from config.web.pagination import Cursor, Key, Order, moment

TIMELINE = Order(
    (Key("start_at", moment), Key("event_id", UUID), Key("original_start_at", moment)),
    page_size=500,
)
BATCH = 500  # entries that are read at once to find those of a category
_WITHOUT_PUNCTUATION = str.maketrans("", "", "-:")


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One occurrence. Timed: instants in the requested zone. All-day: midnight UTC of the first
    date and of the exclusive end date, not shifted by any zone."""

    event_id: UUID
    calendar_id: UUID
    calendar_name: str
    colour: str
    summary: str
    description: str
    location: str
    status: str
    time_zone: str
    start_at: datetime
    end_at: datetime
    all_day: bool
    recurring: bool
    original_start_at: datetime
    zone_definition: str = ""
    transparency: str = ""
    response: str = ""  # of the calendar's owner; "" if this isn't an invitation
    hue: int = GRAPHITE
    category: UUID | None = None

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
    category: UUID | None = None,
    cursor: Cursor | None = None,
    limit: int | None = None,
) -> list[TimelineEntry]:
    """Return what touches [start_at, end_at), ordered by start; dates are in the zone of
    `start_at`.

    With a cursor: the `limit` entries next to it, in its direction.
    """
    shown = [
        calendar
        for calendar in hued(Calendar.objects.of(owner_id))
        if calendar_id in (None, calendar.pk) and (calendar.selected or not only_selected)
    ]
    classifier = classifier_of(owner_id)

    def read(cursor: Cursor | None, limit: int | None) -> list[TimelineEntry]:
        return _read(
            owner_id=owner_id,
            start_at=start_at,
            end_at=end_at,
            shown=shown,
            text=text,
            classifier=classifier,
            cursor=cursor,
            limit=limit,
        )

    return read(cursor, limit) if category is None else of_category(category, read, cursor, limit)


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


def _read(
    *,
    owner_id: int,
    start_at: datetime,
    end_at: datetime,
    shown: list[Calendar],
    text: str,
    classifier: Classifier,
    cursor: Cursor | None,
    limit: int | None,
) -> list[TimelineEntry]:
    window = Window(start_at, end_at)
    stored = Occurrence.objects.filter(
        window.condition(), _matching(text, "event__"), owner_id=owner_id
    ).exclude(event__status=Event.Status.CANCELLED)
    beyond = occurrences_beyond(
        shown,
        start_at=_read_from(start_at, cursor),
        end_at=end_at,
        events=_matching(text),
        wanted=lambda one: window.holds(one) and _is_beside(cursor, one),
        backwards=cursor is not None and cursor.backwards,
        limit=limit,
    )
    kept = TIMELINE.slice(stored.filter(calendar__in=shown).select_related("event"), cursor, limit)
    by_id = {calendar.pk: calendar for calendar in shown}
    for occurrence in kept:
        occurrence.calendar = by_id[occurrence.calendar_id]
    zone = start_at.tzinfo or UTC
    merged = _merged(kept, beyond, cursor, limit)
    return [entry_of(occurrence, zone, classifier) for occurrence in merged]


def _read_from(start_at: datetime, cursor: Cursor | None) -> datetime:
    """Start at the cursor, so that a dense series isn't expanded again from its beginning."""
    if cursor is None or cursor.backwards:
        return start_at
    begins_at: datetime = cursor.place[0]
    return max(start_at, begins_at)


def _matching(text: str, prefix: str = "") -> Q:
    """Filter events by text in their summary or location."""
    if not text:
        return Q()
    names = ("summary__icontains", "location__icontains")
    return Q(*((f"{prefix}{name}", text) for name in names), _connector=Q.OR)


def _merged(
    stored: list[Occurrence], beyond: list[Occurrence], cursor: Cursor | None, limit: int | None
) -> list[Occurrence]:
    if not beyond:
        return stored
    # By key, because a row that just left the horizon may not be deleted yet.
    both = {TIMELINE.place_of(one): one for one in [*beyond, *stored]}
    ordered = [both[place] for place in sorted(both)]
    if limit is None:
        return ordered
    return ordered[-limit:] if cursor is not None and cursor.backwards else ordered[:limit]


def _is_beside(cursor: Cursor | None, occurrence: Occurrence) -> bool:
    """Whether an occurrence that isn't stored is on the cursor's side of TIMELINE."""
    if cursor is None:
        return True
    place = TIMELINE.place_of(occurrence)
    return place < cursor.place if cursor.backwards else place > cursor.place


def entry_of(occurrence: Occurrence, zone: tzinfo, classifier: Classifier) -> TimelineEntry:
    event, calendar = occurrence.event, occurrence.calendar
    category = classifier.category_of(event)
    shown = UTC if occurrence.all_day else zone
    return TimelineEntry(
        event_id=event.pk,
        calendar_id=calendar.pk,
        calendar_name=calendar.name,
        colour=calendar.shown_colour,
        summary=event.summary,
        description=event.description,
        location=event.location,
        status=event.status,
        time_zone=event.time_zone,
        start_at=occurrence.start_at.astimezone(shown),
        end_at=occurrence.end_at.astimezone(shown),
        all_day=occurrence.all_day,
        recurring=bool(event.recurrence or event.recurring_event_id),
        original_start_at=occurrence.original_start_at.astimezone(shown),
        zone_definition=event.zone_definition,
        transparency=event.transparency,
        response=own_response_of(event),
        hue=calendar.hue,
        category=category.pk if category else None,
    )
