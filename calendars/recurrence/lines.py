"""The recurrence lines of an event, as Google and RFC 5545 section 3.8.5 write them: RRULE, RDATE,
EXDATE and the EXRULE of old (RFC 2445)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from icalendar.prop import vDuration

from calendars.content_lines import parse_property
from calendars.recurrence.rules import (
    FIRST_YEAR,
    LAST_YEAR,
    InvalidRecurrence,
    Moment,
    Rule,
    parse_moment,
    parse_rule,
)
from calendars.timezones import UnknownTimeZone, find_time_zone


class ListedDate(NamedTuple):
    """A value of RDATE or EXDATE. Its zone is None for the event's own; a PERIOD says where it
    ends or how long it lasts."""

    start: Moment
    zone: ZoneInfo | None
    end: Moment | timedelta | None


class RecurrenceLines(NamedTuple):
    """What the lines of one event say, each kind in the order given."""

    rules: tuple[Rule, ...]
    excluded_rules: tuple[Rule, ...]
    dates: tuple[ListedDate, ...]
    excluded_dates: tuple[ListedDate, ...]


def parse_lines(lines: Iterable[str]) -> RecurrenceLines:
    """Raises InvalidRecurrence."""
    rules: dict[str, list[Rule]] = {"RRULE": [], "EXRULE": []}
    dates: dict[str, list[ListedDate]] = {"RDATE": [], "EXDATE": []}
    for line in lines:
        found = parse_property(line.strip())
        if found is None:
            raise InvalidRecurrence("line_unreadable", f"“{line[:60]}” is not a recurrence line.")
        if found.name in rules:
            rules[found.name].append(parse_rule(found.value))
        elif found.name in dates:
            dates[found.name] += _parse_dates(found.parameters, found.value)
        else:
            raise InvalidRecurrence(
                "unknown_line", f"{found.name[:40]} says nothing of recurrence."
            )
    return RecurrenceLines(
        tuple(rules["RRULE"]),
        tuple(rules["EXRULE"]),
        tuple(dates["RDATE"]),
        tuple(dates["EXDATE"]),
    )


def find_zone(name: str) -> ZoneInfo:
    """The zone by its name; raises InvalidRecurrence for one that is not known."""
    try:
        return find_time_zone(name)
    except UnknownTimeZone as error:
        raise InvalidRecurrence("time_zone_unknown", str(error)) from error


def _parse_dates(parameters: dict[str, str], value: str) -> list[ListedDate]:
    zone = find_zone(parameters["TZID"]) if "TZID" in parameters else None
    return [_parse_date(text, zone) for text in value.split(",") if text.strip()]


def _parse_date(text: str, zone: ZoneInfo | None) -> ListedDate:
    """A DATE, a DATE-TIME, or a PERIOD with its end or its duration (RFC 5545 section 3.3.9)."""
    start, _, end = text.strip().upper().partition("/")
    moment = parse_moment(start)
    if not FIRST_YEAR <= moment.at.year <= LAST_YEAR:
        raise InvalidRecurrence("out_of_range", f"“{start[:40]}” lies too far from today.")
    return ListedDate(moment, zone, _parse_period_end(end) if end else None)


def _parse_period_end(text: str) -> Moment | timedelta:
    if "P" not in text:
        return parse_moment(text)
    try:
        duration: timedelta = vDuration.from_ical(text)  # type: ignore[no-untyped-call]
    except (ValueError, OverflowError) as error:
        raise InvalidRecurrence("period_unreadable", f"“{text[:40]}” is no duration.") from error
    if not timedelta(0) <= duration <= timedelta(days=36_600):
        raise InvalidRecurrence("period_unreadable", f"“{text[:40]}” is no length of an event.")
    return duration
