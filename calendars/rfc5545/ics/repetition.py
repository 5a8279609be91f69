"""Convert RRULE, RDATE, EXDATE and EXRULE of an entry to lines in Google's format.

Unreadable parts are left out and reported; without a rule the event remains as a single event.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from calendars.rfc5545.content_lines import Component, Property
from calendars.rfc5545.ics.times import Losses, Span, in_utc
from calendars.rfc5545.recurrence import InvalidRecurrence
from calendars.rfc5545.recurrence.lines import parse_date
from calendars.rfc5545.recurrence.rules import Moment, Rule, parse_moment, parse_rule
from calendars.rfc5545.time_zones.files import FileZone, TimeZones
from calendars.rfc5545.time_zones.names import UnknownTimeZone

_MIDNIGHT = time()
_DAY = timedelta(days=1)


class _Value(NamedTuple):
    """A value of RDATE or EXDATE; `end` is the raw end of a PERIOD."""

    at: Moment
    end: str


@dataclass(slots=True)
class Repetition:
    """The recurrence lines of one event, before the name of its zone is known."""

    span: Span
    rules: list[tuple[str, Rule, str]] = field(default_factory=list)
    dates: list[tuple[str, FileZone, list[_Value]]] = field(default_factory=list)

    def last(self) -> datetime | None:
        """Return the latest end; None if the recurrence has no explicit end."""
        ends = [self.span.end_at]
        for _name, rule, _text in self.rules:
            if rule.until is None:
                return None
            ends.append(rule.until.at.replace(tzinfo=UTC) + 2 * _DAY)
        for _name, _zone, values in self.dates:
            ends += (value.at.at.replace(tzinfo=UTC) + 2 * _DAY for value in values)
        return max(ends)

    def lines(self, name: str, definition: str) -> Iterator[str]:
        """Return the lines for an event that is stored with this zone name and definition."""
        yield from (f"{kind}:{text}" for kind, _rule, text in self.rules)
        for kind, zone, values in self.dates:
            yield from self._date_lines(kind, zone, values, "" if definition else name)
        duration = self.span.duration
        if duration and duration.days > 0 and name != "UTC" and (self.rules or self.dates):
            yield f"DURATION:{_duration_text(duration.days, duration.rest)}"

    def _date_lines(
        self, kind: str, zone: FileZone, values: list[_Value], name: str
    ) -> Iterator[str]:
        """Return one line for each form of the values."""
        forms: dict[str, list[str]] = {}
        for value in values:
            parameters, text = self._written(value, zone, name)
            forms.setdefault(parameters, []).append(text)
        yield from (f"{kind}{form}:{','.join(texts)}" for form, texts in forms.items())

    def _written(self, value: _Value, zone: FileZone, name: str) -> tuple[str, str]:
        at, period = value.at, ";VALUE=PERIOD" if value.end else ""
        end = f"/{value.end}" if value.end else ""
        if at.form == "date" or self.span.all_day:
            return ";VALUE=DATE", _text(at.at)[:8]
        is_own = zone == self.span.zone
        if at.form == "utc" or (zone.definition and not is_own) or name == "UTC" == zone.name:
            return period, f"{_utc_text(at, zone)}{_utc_end(value.end, zone)}"
        tzid = name if is_own else zone.name
        return f"{period};TZID={tzid}" if tzid else period, f"{_text(at.at)}{end}"


def read_repetition(component: Component, zones: TimeZones, span: Span, lost: Losses) -> Repetition:
    repetition = Repetition(span)
    is_rule_lost = False
    for found in component.properties:
        if not found.value.strip():
            continue
        if found.name in ("RRULE", "EXRULE"):
            is_rule_lost |= not _take_rule(found, repetition, lost)
        elif found.name in ("RDATE", "EXDATE"):
            _take_dates(found, zones, repetition, lost)
    happens = [kind for kind, *_ in (*repetition.rules, *repetition.dates) if kind[0] == "R"]
    return Repetition(span) if is_rule_lost and not happens else repetition


def _take_rule(found: Property, repetition: Repetition, lost: Losses) -> bool:
    text = found.value.strip().upper()
    try:
        repetition.rules.append((found.name, parse_rule(text), text))
    except InvalidRecurrence as error:
        lost.take(found, str(error))
        return False
    return True


def _take_dates(found: Property, zones: TimeZones, repetition: Repetition, lost: Losses) -> None:
    tzid = found.parameters.get("TZID", "")
    is_needed = not found.value.strip().upper().endswith("Z") and not repetition.span.all_day
    try:
        # Without a TZID, the time is in the zone of the event.
        zone = zones.find(tzid) if tzid and is_needed else repetition.span.zone
    except UnknownTimeZone as error:
        lost.take(found, str(error))
        return
    values = list(_values(found, zones, repetition.span.all_day, lost))
    if values:
        repetition.dates.append((found.name, zone, values))


def _values(found: Property, zones: TimeZones, all_day: bool, lost: Losses) -> Iterator[_Value]:
    for text in filter(str.strip, found.value.split(",")):
        try:
            at = parse_date(text, None).start
        except InvalidRecurrence as error:
            lost.take(found, str(error), text)
            continue
        if all_day and at.form == "utc" and at.at.time() != _MIDNIGHT:
            # The calendar's midnight, written in UTC.
            zone = zones.default.zone
            at = Moment(in_utc(at, zone).astimezone(zone).replace(tzinfo=None), "local")
        yield _Value(at, text.strip().upper().partition("/")[2])


def _utc_text(at: Moment, zone: FileZone) -> str:
    return f"{_text(in_utc(at, zone.zone))}Z"


def _text(at: datetime) -> str:
    return f"{at.year:04}{at:%m%dT%H%M%S}"


def _utc_end(end: str, zone: FileZone) -> str:
    if not end or "P" in end:
        return f"/{end}" if end else ""
    return f"/{_utc_text(parse_moment(end), zone)}"


def _duration_text(days: int, rest: timedelta) -> str:
    hours, seconds = divmod(int(rest.total_seconds()), 3600)
    text = f"P{days}D"
    return f"{text}T{hours}H{seconds // 60}M{seconds % 60}S" if rest else text
