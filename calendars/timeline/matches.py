"""Find events by a part of their title or by an id: stored, quarantined or deleted ones."""

from __future__ import annotations

import unicodedata
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.db.models.fields.json import KT

from calendars.models import Calendar, Event, EventChange, QuarantinedEvent, event_id_for, events_of

_Key = tuple[uuid.UUID, str]  # the calendar's id and the event's remote id
_KEY = ("calendar_id", "remote_id")


@dataclass(frozen=True, slots=True)
class Match:
    """One event in one calendar. `event` is None if it has no row."""

    calendar: Calendar
    remote_id: str
    event: Event | None
    quarantined: QuarantinedEvent | None
    last_change: EventChange | None

    @property
    def event_id(self) -> uuid.UUID:
        return event_id_for(self.calendar.pk, self.remote_id)

    @property
    def title(self) -> str:
        sources = (self.event, self.quarantined, self.last_change)
        return next((source.summary for source in sources if source and source.summary), "")


def find_matches(*, owner_id: int, asked: str, limit: int) -> tuple[list[Match], int]:
    """Return at most `limit` events that match `asked`, and the number of all matches.

    `asked` is Daybook's id of an event or occurrence, Google's id, an iCalUID, or a part of the
    title, ignoring case and accents.
    """
    kept = Calendar.objects.filter(owner_id=owner_id).select_related("connection", "sync_state")
    calendars = {calendar.pk: calendar for calendar in kept.order_by("-primary", "name", "pk")}
    keys = _named(list(calendars), asked.strip()) or _titled(list(calendars), asked)
    shown = [_match(calendars[calendar_id], name) for calendar_id, name in list(keys)[:limit]]
    return shown, len(keys)


def _match(calendar: Calendar, remote_id: str) -> Match:
    event_id = event_id_for(calendar.pk, remote_id)
    changes = EventChange.objects.filter(event_id=event_id, calendar=calendar)
    return Match(
        calendar,
        remote_id,
        event=Event.objects.filter(pk=event_id).first(),
        quarantined=calendar.quarantined.filter(remote_id=remote_id).first(),
        last_change=changes.select_related("run").order_by("-id").first(),
    )


def _named(calendars: Sequence[uuid.UUID], asked: str) -> dict[_Key, None]:
    """Return events with a matching title, otherwise the series of an instance with one."""
    master = asked.rpartition("_")[0]
    return _by_id(calendars, asked) or (_by_id(calendars, master) if master else {})


def _by_id(calendars: Sequence[uuid.UUID], asked: str) -> dict[_Key, None]:
    ids = [event_id_for(calendar, asked) for calendar in calendars]
    if own := _uuid(asked):
        ids.append(own)
    within = {"calendar_id__in": calendars}
    events = Event.objects.filter(Q(pk__in=ids) | Q(ical_uid=asked), events_of(calendars))
    aside = QuarantinedEvent.objects.annotate(uid=KT("payload__iCalUID")).filter(**within)
    gone = EventChange.objects.annotate(uid=KT("before__ical_uid")).filter(**within)
    return _keys(
        events.values_list(*_KEY),
        aside.filter(Q(remote_id=asked) | Q(uid=asked)).values_list(*_KEY),
        gone.filter(Q(event_id__in=ids) | Q(uid=asked)).values_list(*_KEY),
    )


def _titled(calendars: Sequence[uuid.UUID], text: str) -> dict[_Key, None]:
    """Masters and single events come first: a series may have many exceptions with the same
    title."""
    wanted = folded(text)
    within = {"calendar_id__in": calendars}
    titles = (*_KEY, "summary")
    events = Event.objects.filter(events_of(calendars)).order_by(
        "recurring_event_id", "start_at", "pk"
    )
    aside = QuarantinedEvent.objects.filter(**within).order_by("pk")
    gone = EventChange.objects.filter(kind=EventChange.Kind.DELETED, **within).order_by("-pk")
    return _keys(
        _holding(wanted, events.values_list(*titles).iterator()),
        _holding(wanted, aside.values_list(*titles).iterator()),
        _holding(wanted, gone.values_list(*_KEY, KT("before__summary")).iterator()),
    )


def _holding(
    wanted: str, titles: Iterable[tuple[uuid.UUID, str, str | None]]
) -> Iterator[tuple[uuid.UUID, str]]:
    for calendar_id, remote_id, title in titles:
        if title and wanted in folded(title):
            yield calendar_id, remote_id


def _keys(*sources: Iterable[tuple[uuid.UUID, str]]) -> dict[_Key, None]:
    """Return the unique keys in their original order."""
    return {(calendar_id, name): None for source in sources for calendar_id, name in source}


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def folded(text: str) -> str:
    """Return the text without case and accents, with white space collapsed to single spaces."""
    if text.isascii():  # most titles: nothing to take apart
        return " ".join(text.lower().split())
    # Once more afterwards: a compatibility character may stand for capital letters ("℡").
    apart = unicodedata.normalize("NFKD", text.casefold()).casefold()
    return " ".join("".join(c for c in apart if not unicodedata.combining(c)).split())
