"""Write times (as a date, in UTC or in a zone) and recurrence lines.

Not done with icalendar, which folds and checks character by character: an account with twenty
thousand events is exported while the user waits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from calendars.rfc5545.ics.events import IcsEvent
from calendars.rfc5545.recurrence import InvalidRecurrence, expand
from calendars.rfc5545.recurrence.lines import ListedDate, parse_lines
from calendars.rfc5545.recurrence.rules import Moment, parse_rule
from calendars.rfc5545.time_zones.names import to_utc

LONGEST = 75  # bytes, without the line ending
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_NEEDS_QUOTES = re.compile(r"[,;:\s]")
_CARETS = str.maketrans({"^": "^^", "\n": "^n", '"': "^'"})
_ESCAPES = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,", "\n": r"\n"})
Line = tuple[str, str]  # the name with parameters, and the value
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
_MOST_OF_A_DAY = 1_000


def text_line(name: str, value: str) -> bytes:
    """Write a property of type TEXT, which may contain any character and line breaks."""
    return _fold(f"{name}:{escaped(value)}")


def raw_line(name: str, value: str) -> bytes:
    """Write a property of another type; `name` may include parameters."""
    return _fold(f"{name}:{_CONTROL.sub('', value)}")


def escaped(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").translate(_ESCAPES)
    return _CONTROL.sub("", lines)


def parameter(name: str, value: str) -> str:
    """Write `;NAME=value`, or nothing without a value; quoted if needed. Quotation marks and line
    breaks are written as in RFC 6868."""
    lines = value.replace("\r\n", "\n").replace("\r", "\n")
    clean = _CONTROL.sub("", lines.translate(_CARETS))
    if not clean:
        return ""
    return f';{name}="{clean}"' if _NEEDS_QUOTES.search(clean) else f";{name}={clean}"


def _fold(line: str) -> bytes:
    raw = line.encode()
    if len(raw) <= LONGEST:
        return raw + b"\r\n"
    return b"\r\n ".join(_pieces(raw)) + b"\r\n"


def _pieces(raw: bytes) -> Iterator[bytes]:
    """Split between characters, never inside one; the space before each continuation counts."""
    start, room = 0, LONGEST
    while start < len(raw):
        end = min(start + room, len(raw))
        while end < len(raw) and raw[end] & 0xC0 == 0x80:
            end -= 1
        yield raw[start:end]
        start, room = end, LONGEST - 1


@dataclass(frozen=True, slots=True)
class Clock:
    """The zone in which the times of an event are written; UTC without `tzid` (a parameter)."""

    all_day: bool
    zone: ZoneInfo
    tzid: str

    def written(self, name: str, at: datetime, *, in_series: bool = False) -> Line:
        """Write a time. DTSTART of a series is always in its zone, because the rule depends on
        it."""
        parameters, value = self.value(at, in_series=in_series)
        return f"{name}{parameters}", value

    def value(self, at: datetime, *, in_series: bool = False) -> Line:
        if self.all_day:
            return ";VALUE=DATE", _utc_text(at)[:8]
        if not self.tzid or (self.is_second(at) and not in_series):
            return "", f"{_utc_text(at)}Z"
        return self.tzid, text_of(at.astimezone(self.zone))

    def is_second(self, at: datetime) -> bool:
        """Whether readers would take its local time for another instant: for the first of two equal
        hours."""
        return self.first_of(at) != at

    def first_of(self, at: datetime) -> datetime:
        """Return the instant that readers take its local time for."""
        return to_utc(self.local(at).replace(fold=0), self.zone)

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone).replace(tzinfo=None)


def _utc_text(at: datetime) -> str:
    return text_of(at.astimezone(UTC))


def text_of(at: datetime) -> str:
    return f"{at.year:04}{at:%m%dT%H%M%S}"


def recurrence_lines(event: IcsEvent, clock: Clock) -> list[Line]:
    """Return RRULE, EXRULE, RDATE and EXDATE. Unreadable lines are written unchanged."""
    try:
        return [*_lines(event, clock)]
    except (InvalidRecurrence, ValueError, OverflowError):
        parts = (line.partition(":") for line in event.recurrence)
        return [(name, value) for name, _, value in parts if name != "DURATION"]


def _lines(event: IcsEvent, clock: Clock) -> Iterator[Line]:
    if not event.recurrence:
        return
    for line in event.recurrence:
        name, _, value = line.strip().partition(":")
        if name.upper() in ("RRULE", "EXRULE"):
            yield name.upper(), _rule(value, clock)
    listed = parse_lines(event.recurrence)
    added, taken = list(_added(event, listed.dates, clock)), list(_taken(event, clock))
    if not clock.all_day and clock.tzid and clock.is_second(event.start_at):
        # Its first instance has no unambiguous local time: it's excluded and listed in UTC.
        taken.append((clock.tzid, text_of(clock.local(event.start_at))))
        added.append(("", f"{_utc_text(event.start_at)}Z"))
    yield from _grouped("RDATE", added)
    yield from _grouped("EXDATE", taken)


def _rule(text: str, clock: Clock) -> str:
    """Write the rule. UNTIL is a date for dates and in UTC for times (RFC 5545 section 3.3.10)."""
    until = parse_rule(text).until
    parts = [part for part in text.strip().upper().split(";") if part]
    if until is not None:
        written = _until(until, clock)
        parts = [f"UNTIL={written}" if part.startswith("UNTIL") else part for part in parts]
    return ";".join(parts)


def _until(until: Moment, clock: Clock) -> str:
    if clock.all_day:
        return text_of(until.at)[:8]
    if until.form == "utc":
        return f"{text_of(until.at)}Z"
    last = until.at + _DAY - _SECOND if until.form == "date" else until.at
    return f"{text_of(to_utc(last, clock.zone))}Z"


def _grouped(name: str, values: Iterable[Line]) -> Iterator[Line]:
    """Return one line for each form of value, in order."""
    forms: dict[str, list[str]] = {}
    for parameters, value in values:
        if value not in forms.setdefault(parameters, []):
            forms[parameters].append(value)
    yield from ((f"{name}{form}", ",".join(values)) for form, values in forms.items())


def _added(event: IcsEvent, dates: Iterable[ListedDate], clock: Clock) -> Iterator[Line]:
    for listed in dates:
        at = _instant(event, listed.start, listed.zone, clock)
        if listed.end is None or clock.all_day:
            yield clock.value(at)
            continue
        if isinstance(listed.end, Moment):
            end = _instant(event, listed.end, listed.zone, clock)
        else:
            end = listed.end.end_of(at, listed.zone or clock.zone)
        yield ";VALUE=PERIOD", "/".join(f"{_utc_text(each)}Z" for each in (at, max(at, end)))


def _taken(event: IcsEvent, clock: Clock) -> Iterator[Line]:
    listed = parse_lines(event.recurrence).excluded_dates
    for each in listed:
        if each.start.form != "date" or clock.all_day:
            yield clock.value(_instant(event, each.start, each.zone, clock))
    days = [each.start.at for each in listed if each.start.form == "date"]
    for day in () if clock.all_day else days:
        yield from map(clock.value, _starts_on(event, day, clock))


def _starts_on(event: IcsEvent, day: datetime, clock: Clock) -> Iterator[datetime]:
    """Return the starts on a date: a date excludes every instance of that day from a timed
    series."""
    lines = (line for line in event.recurrence if not line.upper().startswith("EXDATE"))
    series = replace(event, recurrence=tuple(lines))
    after, before = to_utc(day, clock.zone), to_utc(day + _DAY, clock.zone)
    for instance in expand(series, after=after, before=before, limit=_MOST_OF_A_DAY):
        if clock.local(instance.start_at).date() == day.date():
            yield instance.start_at


def _instant(event: IcsEvent, moment: Moment, zone: ZoneInfo | None, clock: Clock) -> datetime:
    """Return the instant as the expansion reads it: a date in a timed series has the usual time."""
    if clock.all_day:
        return datetime.combine(moment.at.date(), time(), UTC)
    if moment.form == "utc":
        return moment.at.replace(tzinfo=UTC)
    if moment.form == "date":
        usual = clock.local(event.start_at).time()
        return to_utc(datetime.combine(moment.at.date(), usual), clock.zone)
    return to_utc(moment.at, zone or clock.zone)
