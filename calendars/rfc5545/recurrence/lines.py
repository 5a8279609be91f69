"""The recurrence lines of an event in the format of Google and RFC 5545 section 3.8.5: RRULE,
RDATE, EXDATE and the obsolete EXRULE (RFC 2445); and the DURATION of a series with nominal days
(section 3.8.5.3: "the same nominal duration")."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from calendars.rfc5545.content_lines import parse_property
from calendars.rfc5545.recurrence.rules import (
    FIRST_YEAR,
    LAST_YEAR,
    InvalidRecurrence,
    Moment,
    Rule,
    parse_moment,
    parse_rule,
)
from calendars.rfc5545.time_zones.definitions import event_zone
from calendars.rfc5545.time_zones.names import to_utc

_DURATION = re.compile(
    r"([+-])?P(?=[\dT])(?:(\d{1,6})W)?(?:(\d{1,6})D)?"
    r"(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?"
)


class Duration(NamedTuple):
    """A duration: first calendar days, then exact time."""

    days: int
    rest: timedelta

    @property
    def exact(self) -> timedelta:
        """The duration with days of 24 hours."""
        return timedelta(days=self.days) + self.rest

    def end_of(self, start_at: datetime, zone: ZoneInfo) -> datetime:
        """Return the end in UTC of what starts at `start_at` in that zone."""
        if not self.days:
            return start_at + self.rest
        local = start_at.astimezone(zone).replace(tzinfo=None) + timedelta(days=self.days)
        return (to_utc(local, zone) + self.rest).astimezone(UTC)


def parse_duration(text: str) -> Duration:
    """Parse `P1DT2H` in any case. Raises InvalidRecurrence."""
    match = _DURATION.fullmatch(text.strip().upper())
    if match is None:
        raise InvalidRecurrence("duration_unreadable", f"“{text[:40]}” isn't a duration.")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    sign = -1 if match[1] == "-" else 1
    rest = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if abs(rest) + timedelta(days=7 * weeks + days) > timedelta(days=3_660_000):
        raise InvalidRecurrence(
            "duration_unreadable", f"“{text[:40]}” is longer than an event can be."
        )
    return Duration(sign * (7 * weeks + days), sign * rest)


class ListedDate(NamedTuple):
    """A value of RDATE or EXDATE. Its zone is None for the event's zone; a PERIOD also has an end
    or a duration."""

    start: Moment
    zone: ZoneInfo | None
    end: Moment | Duration | None


class RecurrenceLines(NamedTuple):
    """The parsed lines of one event; each kind is in its original order."""

    rules: tuple[Rule, ...]
    excluded_rules: tuple[Rule, ...]
    dates: tuple[ListedDate, ...]
    excluded_dates: tuple[ListedDate, ...]
    duration: Duration | None = None


def parse_lines(lines: Iterable[str]) -> RecurrenceLines:
    """Parse recurrence lines. Raises InvalidRecurrence."""
    rules: dict[str, list[Rule]] = {"RRULE": [], "EXRULE": []}
    dates: dict[str, list[ListedDate]] = {"RDATE": [], "EXDATE": []}
    duration: Duration | None = None
    for line in lines:
        found = parse_property(line.strip())
        if found is None:
            raise InvalidRecurrence("line_unreadable", f"“{line[:60]}” isn't a recurrence line.")
        if found.name in rules:
            rules[found.name].append(parse_rule(found.value))
        elif found.name in dates:
            dates[found.name] += _parse_dates(found.parameters, found.value)
        elif found.name == "DURATION":
            duration = _parse_length(found.value, "duration_unreadable")
        else:
            raise InvalidRecurrence(
                "unknown_line", f"{found.name[:40]} isn't a recurrence property."
            )
    return RecurrenceLines(
        tuple(rules["RRULE"]),
        tuple(rules["EXRULE"]),
        tuple(dates["RDATE"]),
        tuple(dates["EXDATE"]),
        duration,
    )


def _parse_dates(parameters: dict[str, str], value: str) -> list[ListedDate]:
    zone = event_zone(parameters["TZID"], "") if "TZID" in parameters else None
    return [parse_date(text, zone) for text in value.split(",") if text.strip()]


def parse_date(text: str, zone: ZoneInfo | None) -> ListedDate:
    """Parse a DATE, a DATE-TIME, or a PERIOD with its end or duration (RFC 5545 section 3.3.9)."""
    start, _, end = text.strip().upper().partition("/")
    moment = parse_moment(start)
    if not FIRST_YEAR <= moment.at.year <= LAST_YEAR:
        raise InvalidRecurrence("out_of_range", f"“{start[:40]}” is too far from today.")
    return ListedDate(moment, zone, _parse_period_end(end) if end else None)


def _parse_period_end(text: str) -> Moment | Duration:
    return _parse_length(text, "period_unreadable") if "P" in text else parse_moment(text)


def _parse_length(text: str, code: str) -> Duration:
    """Parse the length of an event, which can't be negative."""
    try:
        duration = parse_duration(text)
    except InvalidRecurrence as error:
        raise InvalidRecurrence(code, error.message) from error
    if not timedelta(0) <= duration.exact <= timedelta(days=36_600):
        raise InvalidRecurrence(code, f"“{text[:40]}” isn't a valid length of an event.")
    return duration
