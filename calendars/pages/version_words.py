"""Two versions of an event in words: only the fields that differ."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.local_time import day_span, span
from calendars.events.resolving import WHEN, Conflict
from calendars.events.rows import EventRow
from calendars.timeline.plain_text import plain_text
from calendars.timeline.recurrence_words import recurrence_words
from calendars.timeline.reminder_words import reminder_words
from profiles.preferences import Reader

_DAY = timedelta(days=1)
_LABELS: Mapping[str, str | Promise] = {
    "summary": gettext_lazy("Title"),
    WHEN: gettext_lazy("When"),
    "location": gettext_lazy("Place"),
    "attendees": gettext_lazy("People"),
    "description": gettext_lazy("Note"),
    "reminders": gettext_lazy("Reminders"),
    "status": gettext_lazy("Status"),
    "visibility": gettext_lazy("Visible as"),
    "transparency": gettext_lazy("Shown as"),
    "colour_id": gettext_lazy("Colour"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """`name` is the field, `mine` and `theirs` say its values; [] for nothing."""

    name: str
    label: str | Promise
    mine: list[str]
    theirs: list[str]


def differences(conflict: Conflict, reader: Reader) -> list[Difference]:
    """Return the fields to decide, in the order of the form; none if one side deleted it."""
    mine, theirs = conflict.mine, conflict.theirs
    if mine is None or theirs is None:
        return []
    return [
        Difference(name, label, *(list(_said(name, row, reader)) for row in (mine, theirs)))
        for name, label in _LABELS.items()
        if name in conflict.fields
    ]


def when_words(row: EventRow, reader: Reader) -> list[str]:
    if row.all_day:
        start, end = row.start_at.astimezone(UTC), row.end_at.astimezone(UTC) - _DAY
        words = [day_span(start.date(), end.date())]
    else:
        start, end = (at.astimezone(reader.zone) for at in (row.start_at, row.end_at))
        words = [day_span(start.date(), start.date()), span(start, end)]
    return [*words, recurrence_words(row)] if row.recurrence else words


def _said(name: str, row: EventRow, reader: Reader) -> Iterator[str]:
    if name == WHEN:
        yield from when_words(row, reader)
    elif name == "attendees":
        yield from (str(one.get("name") or one.get("email")) for one in row.attendees)
    elif name == "reminders":
        yield from reminder_words(row.reminders)
    elif text := _WORDS.get(name, str)(getattr(row, name)):
        yield text


def _transparency(value: str) -> str:
    return _("Free") if value == "transparent" else _("Busy")


def _visibility(value: str) -> str:
    known = {"public": _("Public"), "private": _("Private"), "confidential": _("Private")}
    return known.get(value, _("As in the calendar"))


def _status(value: str) -> str:
    return _("Tentative") if value == "tentative" else _("Confirmed")


_WORDS: Mapping[str, Callable[[str], str]] = {
    "description": plain_text,
    "transparency": _transparency,
    "visibility": _visibility,
    "status": _status,
}
