"""When an event happens, as a client gives it: dates or times, their zone, and how they repeat.

All-day: dates with an exclusive end. Timed: date-times with an offset, or local ones of the event's
zone. A member that isn't given keeps its value, so a start without an end leaves the end in place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from calendars.events.given import Faults, Given, flag_of, list_of
from calendars.rfc5545.recurrence import InvalidRecurrence, validate
from calendars.rfc5545.recurrence.lines import parse_lines
from calendars.rfc5545.time_zones.definitions import event_zone
from calendars.rfc5545.time_zones.names import to_utc
from profiles.fields.locale import canonical_zone
from profiles.fields.rules import NO_VALUES

RECURRENCE = "recurrence"
SPAN = ("start", "end", "all_day", "time_zone")
MEMBERS = (*SPAN, RECURRENCE)
YEARS = range(1900, 2200)  # those that the pages can show
MOST_LINES, LONGEST_LINE, LONGEST_RECURRENCE = 500, 8192, 32_768
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# RFC 3339 section 5.6; seconds and offset are optional.
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_LINE = re.compile(r"(RRULE|RDATE|EXDATE|EXRULE|DURATION)[:;]")
_REPEATS = ("RRULE", "RDATE")


class Times(NamedTuple):
    """The columns of when an event happens; calendars.rfc5545.recurrence.Series has them too."""

    start_at: datetime
    end_at: datetime
    all_day: bool
    time_zone: str
    zone_definition: str
    recurrence: list[str]


class Dated(Protocol):
    """An event or the row of one."""

    @property
    def start_at(self) -> datetime: ...
    @property
    def end_at(self) -> datetime: ...
    @property
    def all_day(self) -> bool: ...
    @property
    def time_zone(self) -> str: ...
    @property
    def zone_definition(self) -> str: ...
    @property
    def recurrence(self) -> Sequence[str]: ...
    @property
    def recurring_event_id(self) -> str: ...


def times_of(given: Given, zone: ZoneInfo, former: Dated | None, faults: Faults) -> Times | None:
    """Return None if the given values have faults. `zone` is that of times that name none."""
    known = len(faults)
    start = _when(given, "start", faults)
    end = _when(given, "end", faults)
    all_day = _all_day(given, start, former, faults)
    name, definition = _zone(given, zone, former, faults)
    recurrence = _recurrence(given, former, faults)
    own_zone = _zone_info(name, definition, faults)
    if len(faults) > known or own_zone is None:
        return None
    start_at = _instant(start, "start", all_day, own_zone, former, faults)
    end_at = _instant(end, "end", all_day, own_zone, former, faults)
    if start_at is None or end_at is None:
        return None
    if all_day:
        name, definition = "UTC", ""
    times = Times(start_at, end_at, all_day, name, definition, recurrence)
    _check(times, given, faults)
    return None if len(faults) > known else times


def _when(given: Given, field: str, faults: Faults) -> date | datetime | None:
    """A date, or a date-time with or without an offset."""
    value = given.get(field)
    if value is None or value == "":
        if field in given:
            faults.add(field, "required", _("This can't be empty."))
        return None
    moment = value if isinstance(value, date) else _read(value)
    if moment is None:
        message = _(
            "Use a date (2026-01-31), or a date and time with or without an offset "
            "(2026-01-31T09:00:00+01:00)."
        )
        faults.add(field, "not-a-moment", message)
    elif moment.year not in YEARS:
        message = _("Use a year from %(first)s to %(last)s.")
        faults.add(field, "out-of-range", message % {"first": YEARS[0], "last": YEARS[-1]})
    return moment


def _read(value: Any) -> date | datetime | None:
    if not isinstance(value, str):
        return None
    try:
        if _DATE.fullmatch(value):
            return date.fromisoformat(value)
        return datetime.fromisoformat(value) if _MOMENT.fullmatch(value) else None
    except ValueError:
        return None


def _all_day(
    given: Given, start: date | datetime | None, former: Dated | None, faults: Faults
) -> bool:
    """As it is given, otherwise what the form of the start says."""
    if given.get("all_day") is not None:
        return flag_of(given["all_day"], "all_day", faults)
    if start is not None:
        return not isinstance(start, datetime)
    return former is not None and former.all_day


def _zone(given: Given, zone: ZoneInfo, former: Dated | None, faults: Faults) -> tuple[str, str]:
    """The name of the zone, and its definition where it isn't one of IANA's."""
    timed = former if former is not None and not former.all_day else None
    name = given.get("time_zone")
    if not name:
        return (timed.time_zone, timed.zone_definition) if timed else (zone.key, "")
    if timed is not None and name == timed.time_zone:
        return timed.time_zone, timed.zone_definition
    try:
        return canonical_zone(name if isinstance(name, str) else "", NO_VALUES), ""
    except ValidationError as error:
        faults.add("time_zone", "invalid-time-zone", error.messages[0])
        return zone.key, ""


def _zone_info(name: str, definition: str, faults: Faults) -> ZoneInfo | None:
    try:
        return event_zone(name, definition)
    except InvalidRecurrence:
        faults.add("time_zone", "invalid-time-zone", _("Choose a time zone for this event."))
        return None


def _instant(
    when: date | datetime | None,
    field: str,
    all_day: bool,
    zone: ZoneInfo,
    former: Dated | None,
    faults: Faults,
) -> datetime | None:
    """What isn't given stays, if it is of the same form."""
    if when is None:
        if former is not None and former.all_day == all_day:
            return former.start_at if field == "start" else former.end_at
        faults.add(field, "required", _("Give the start and the end."))
        return None
    if all_day:
        if isinstance(when, datetime):
            faults.add(field, "not-a-date", _("An all-day event has dates without times."))
            return None
        return datetime.combine(when, time.min, UTC)
    if not isinstance(when, datetime):
        faults.add(field, "not-a-time", _("Give a time, or make the event an all-day one."))
        return None
    return when.astimezone(UTC) if when.tzinfo else to_utc(when, zone).astimezone(UTC)


def _recurrence(given: Given, former: Dated | None, faults: Faults) -> list[str]:
    kept = list(former.recurrence) if former is not None else []
    if "recurrence" not in given:
        return kept
    most = max(MOST_LINES, len(kept))
    lines = list_of(given["recurrence"], "recurrence", most, faults)
    if lines == kept:
        return kept
    if former is not None and former.recurring_event_id:
        message = _("One date of a series can't repeat by itself. Change the series.")
        faults.add("recurrence", "is-an-instance", message)
        return kept
    read = [_line(line, f"recurrence.{place}", faults) for place, line in enumerate(lines)]
    if sum(map(len, read)) > LONGEST_RECURRENCE:
        faults.add("recurrence", "too-long", _("The repetition is too long."))
    if read and not any(line.upper().startswith(_REPEATS) for line in read):
        message = _("Give an RRULE or an RDATE: the other lines only leave dates out.")
        faults.add("recurrence", "no-rule", message)
    return read


def _line(line: Any, field: str, faults: Faults) -> str:
    if not isinstance(line, str) or not _LINE.match(line.strip().upper()):
        message = _(
            "Use a line of iCalendar, such as RRULE:FREQ=WEEKLY or EXDATE:20260131T080000Z."
        )
        faults.add(field, "not-a-line", message)
        return ""
    text = line.strip()
    if len(text) > LONGEST_LINE or not text.isprintable():
        faults.add(field, "not-a-line", _("This line is too long, or not text."))
        return ""
    try:
        parse_lines([text])
    except InvalidRecurrence as error:
        faults.add(field, "invalid-recurrence", _invalid(error))
    return text


def _check(times: Times, given: Given, faults: Faults) -> None:
    if times.end_at < times.start_at:
        message = _("The end is before the start. Choose a later end.")
        faults.add("end", "ends-before-start", message)
    elif times.all_day and times.end_at == times.start_at:
        message = _("The end of an all-day event is the day after its last day.")
        faults.add("end", "ends-before-start", message)
    elif times.recurrence:
        try:
            validate(times)
        except InvalidRecurrence as error:
            faults.add("recurrence", "invalid-recurrence", _invalid(error))


def _invalid(error: InvalidRecurrence) -> str:
    return _("This repetition isn't valid: %(error)s.") % {"error": str(error).rstrip(".")}
