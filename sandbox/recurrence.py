"""Expansion of recurrence lines in the event's own zone: RFC 5545, 3.8.5."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rruleset, rrulestr

from sandbox.times import When, is_all_day, zone_named

_LINE = re.compile(r"\A(RRULE|EXRULE|RDATE|EXDATE)((?:;[A-Z-]+=[^:;]+)*):(.+)\Z", re.IGNORECASE)
_BASIC = re.compile(r"\A\d{8}(T\d{6}Z?)?\Z")
_UNTIL = re.compile(r"UNTIL=([0-9TZ]+)", re.IGNORECASE)
# Google Calendar has no finer rules, and one could expand without bound.
_TOO_FINE = re.compile(r"FREQ=(SECONDLY|MINUTELY)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Series:
    """The starts of a recurring event.

    `dateutil` computes them in local time without offsets, and each start gets its offset
    afterwards, so that nine o'clock stays nine o'clock across a change to summer time.
    """

    start: When
    zone: ZoneInfo
    lines: tuple[str, ...]

    def starts(self, low: datetime, high: datetime) -> Iterator[When]:
        """Yield the starts in [low, high) in order. Raises ValueError for invalid lines."""
        for naive in self.rule_set().xafter(self._naive(low) - timedelta(days=2), inc=True):
            start = self._with_zone(naive)
            moment = self._moment(start)
            if moment >= high + timedelta(days=2):
                return
            if low <= moment < high:
                yield start

    def rule_set(self) -> rruleset:
        """Return the rule set in the event's local time.

        The start is an instance even if it doesn't match the rule, and then COUNT doesn't include
        it, as with Google (googleapis/google-api-nodejs-client issue 2214).
        """
        rules = rruleset()
        for line in self.lines:
            self._add_line(rules, line)
        rules.rdate(self._naive(self.start))
        return rules

    def _add_line(self, rules: rruleset, line: str) -> None:
        match = _LINE.match(line.strip())
        if match is None:
            raise ValueError(f"unreadable recurrence line {line[:60]!r}")
        name, parameters, value = match.group(1).upper(), match.group(2), match.group(3)
        if name in ("RRULE", "EXRULE"):
            (rules.rrule if name == "RRULE" else rules.exrule)(self._rule(value))
            return
        for moment in self._dates(parameters, value):
            (rules.rdate if name == "RDATE" else rules.exdate)(moment)

    def _rule(self, value: str) -> rrule:
        if _TOO_FINE.search(value):
            raise ValueError("a rule finer than hourly")
        local = _UNTIL.sub(lambda found: f"UNTIL={self._until(found.group(1))}", value)
        rule = rrulestr(f"RRULE:{local}", dtstart=self._naive(self.start))
        if not isinstance(rule, rrule):
            raise ValueError("more than one rule in a line")
        return rule

    def _until(self, text: str) -> str:
        """Return UNTIL in the event's local time; a date includes the whole day."""
        if "T" not in text.upper():
            last = datetime.combine(_date(text), time.max)
        else:
            last = self._local(text, self.zone)
        return last.strftime("%Y%m%dT%H%M%S")

    def _dates(self, parameters: str, value: str) -> Iterator[datetime]:
        found = re.search(r";TZID=([^;]+)", parameters, re.IGNORECASE)
        zone = zone_named(found.group(1).strip('"')) if found else self.zone
        if zone is None:
            raise ValueError("unknown time zone in a recurrence line")
        for text in value.split(","):
            yield self._local(text.strip(), zone)

    def _local(self, text: str, zone: ZoneInfo) -> datetime:
        if "T" not in text.upper():
            clock = self.start.time() if isinstance(self.start, datetime) else time.min
            return datetime.combine(_date(text), clock)
        moment = datetime.fromisoformat(_basic(text).removesuffix("Z"))
        if is_all_day(self.start):
            return datetime.combine(moment.date(), time.min)
        written_in = UTC if text.upper().endswith("Z") else zone
        return moment.replace(tzinfo=written_in).astimezone(self.zone).replace(tzinfo=None)

    def _naive(self, when: When) -> datetime:
        if isinstance(when, datetime):
            return when.astimezone(self.zone).replace(tzinfo=None)
        return datetime.combine(when, time.min)

    def _with_zone(self, naive: datetime) -> When:
        if is_all_day(self.start):
            return naive.date()
        # A time that a clock change skips keeps the earlier offset: RFC 5545, 3.3.5.
        return naive.replace(tzinfo=self.zone).astimezone(UTC).astimezone(self.zone)

    def _moment(self, start: When) -> datetime:
        if isinstance(start, datetime):
            return start
        return datetime.combine(start, time.min, self.zone)


def check_lines(series: Series) -> None:
    """Raise ValueError unless every line is valid and the rules can be expanded."""
    next(iter(series.rule_set()), None)


def _date(text: str) -> date:
    return date.fromisoformat(_basic(text))


def _basic(text: str) -> str:
    """Check for the basic format, the only one of RFC 5545; Python would accept others, too."""
    if not _BASIC.match(text.upper()):
        raise ValueError(f"unreadable date {text[:40]!r}")
    return text.upper()
