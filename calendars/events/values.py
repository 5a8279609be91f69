"""The members of an event, as clients give them, into columns: the one home of their rules.

The API and the forms of the pages both use it. A value that the event has already is accepted as it
is: what Google or a file brought may be longer than what a person can enter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from calendars.events import given_times
from calendars.events.given import Faults, Given, choice_of, text_of
from calendars.events.given_people import attendees_of, reminders_of
from calendars.events.given_times import RECURRENCE, SPAN, Dated, Times, times_of

LONGEST_SUMMARY, LONGEST_LOCATION, LONGEST_DESCRIPTION = 1024, 1024, 8192
# Google's, and what it leaves out because it's the default.
VISIBILITIES = ("", "default", "public", "private", "confidential")
TRANSPARENCIES = ("", "opaque", "transparent")
STATUSES = ("confirmed", "tentative")


class Former(Dated, Protocol):
    """The event before the change: an Event or an EventRow."""

    @property
    def summary(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def location(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def visibility(self) -> str: ...
    @property
    def transparency(self) -> str: ...
    @property
    def attendees(self) -> list[Any]: ...
    @property
    def reminders(self) -> dict[str, Any]: ...


Reader = Callable[[Any, Any, Faults], Any]


def columns_of(given: Given, *, zone: ZoneInfo, former: Former | None = None) -> dict[str, Any]:
    """Return the columns of the given members; others aren't touched.

    `zone` is that of times that name none. `former` is the event that is changed; without it
    `start` and `end` are needed. Raises DomainError INVALID with a fault for each member.
    """
    faults, columns = Faults(), dict[str, Any]()
    for name in given:
        if name not in _READERS and name not in given_times.MEMBERS:
            faults.add(str(name)[:64], "unknown", _("This field can't be changed."))
    for name, read in _READERS.items():
        if name in given:
            columns[name] = read(given[name], former and getattr(former, name), faults)
    if former is None or any(name in given for name in given_times.MEMBERS):
        times = times_of(given, zone, former, faults)
        columns |= _concerned(times, given, former) if times else {}
    faults.raise_if_any()
    return columns


def _concerned(times: Times, given: Given, former: Former | None) -> dict[str, Any]:
    """A span that is given leaves the recurrence alone, and the other way round."""
    columns = times._asdict()
    recurrence = {RECURRENCE: columns.pop(RECURRENCE)}
    if former is None:
        return columns | recurrence
    span = columns if any(name in given for name in SPAN) else {}
    return span | (recurrence if RECURRENCE in given else {})


def _text(field: str, most: int, *, lines: bool = False) -> Reader:
    def read(value: Any, former: str | None, faults: Faults) -> str:
        if former and value == former:
            return former
        return text_of(value, field, most, faults, lines=lines)

    return read


def _choice(field: str, choices: tuple[str, ...], default: str = "") -> Reader:
    """An empty value is the default, which sources write or leave out: the event keeps its form."""

    def read(value: Any, former: str | None, faults: Faults) -> str:
        if former is not None and (value == former or (not value and former == default)):
            return former
        if former == "" and value == default:
            return former
        chosen = choice_of(value or choices[0], field, choices, faults)
        return "" if chosen == default else chosen

    return read


_READERS: Mapping[str, Reader] = {
    "summary": _text("summary", LONGEST_SUMMARY),
    "description": _text("description", LONGEST_DESCRIPTION, lines=True),
    "location": _text("location", LONGEST_LOCATION),
    "status": _choice("status", STATUSES),
    "visibility": _choice("visibility", VISIBILITIES, "default"),
    "transparency": _choice("transparency", TRANSPARENCIES, "opaque"),
    "attendees": attendees_of,
    "reminders": reminders_of,
}
MEMBERS = (*_READERS, *given_times.MEMBERS)
