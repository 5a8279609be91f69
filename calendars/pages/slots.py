"""The empty slots of the grids: links to the form of a new event, as HTML.

They are for pointers alone, hidden from screen readers and from the order of Tab, where 168 of them
would stand before the events: the keyboard has `n`. Their addresses are also how static/js/grid.js
knows the time of each place, clock changes included.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, tzinfo

from django.utils.safestring import SafeString

from calendars.timeline.ruler import SLOTS_OF_HOUR, Hour, Ruler
from calendars.timeline.week import DayColumn
from config.web.markup import markup

NEW = "/events/new/?start="


def hour_slots(day: DayColumn, ruler: Ruler, zone: tzinfo | None) -> SafeString:
    """Return a link for each hour of the ruler, and a gap for each that the day doesn't have."""
    return markup("".join(_hours(day, ruler, zone)))


def day_slot(on: date) -> str:
    """Return the link for a day of the month."""
    return _link(f"{on}", ' class="slot" aria-hidden="true"')


def _hours(day: DayColumn, ruler: Ruler, zone: tzinfo | None) -> Iterator[str]:
    for number, hour in enumerate(ruler.hours):
        start = number * SLOTS_OF_HOUR
        is_missing = any(band.start <= start < band.end for band in day.bands)
        yield "<i></i>" if is_missing else _link(_start(day.on, hour, zone))


def _start(on: date, hour: Hour, zone: tzinfo | None) -> str:
    """Return the time as the form takes it; of the second of two equal hours with its offset."""
    at = datetime.combine(on, hour.clock)
    if hour.repeated == on:
        at = at.replace(tzinfo=zone, fold=1)
    return at.isoformat(timespec="minutes").replace("+", "%2B")


def _link(start: str, attributes: str = "") -> str:
    return f'<a href="{NEW}{start}"{attributes} tabindex="-1"></a>'
