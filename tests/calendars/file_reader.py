"""Expand an iCalendar file with icalendar and python-dateutil, as a program of another maker would.

dateutil computes in local time; each start gets its offset afterwards. DTSTART is an instance also
where it doesn't match the rule, and COUNT doesn't count it then: RFC 5545 leaves that undefined,
and Google does it so.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, cast

from dateutil.rrule import rrule, rruleset, rrulestr
from icalendar import Calendar

from tests.icaljs import Expanded

_LATER = timedelta(days=60)  # exceptions may have been moved back from there


def read_with_dateutil(content: bytes, *, before: datetime) -> list[Expanded]:
    """Return the instances of all events of a file that start before that time."""
    events: list[Any] = Calendar.from_ical(content.decode()).walk("VEVENT")
    exceptions = {
        (str(event["UID"]), instant(event["RECURRENCE-ID"].dt)): event
        for event in events
        if "RECURRENCE-ID" in event
    }
    found = []
    for event in events:
        if "RECURRENCE-ID" in event:
            continue
        start, end = event["DTSTART"].dt, event["DTEND"].dt
        length = instant(end) - instant(start)
        for at in _starts(event, before + _LATER):
            own = exceptions.get((str(event["UID"]), at))
            if own is None:
                found.append(Expanded(at, at + length, str(event.get("SUMMARY", ""))))
            elif str(own.get("STATUS")) != "CANCELLED":
                found.append(_single(own))
    return sorted(one for one in found if one.start < before)


def starts_by_rule(content: bytes) -> bool:
    """Whether each DTSTART matches its rule. RFC 5545 leaves the others undefined: ical.js counts
    them."""
    events: list[Any] = Calendar.from_ical(content.decode()).walk("VEVENT")
    return all(
        next(iter(rule), None) == _naive(event["DTSTART"].dt, _zone(event))
        for event in events
        for rule in _rules(event)
    )


def _single(event: Any) -> Expanded:
    return Expanded(
        instant(event["DTSTART"].dt), instant(event["DTEND"].dt), str(event.get("SUMMARY", ""))
    )


def instant(value: date) -> datetime:
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), UTC)
    return value.astimezone(UTC)


def _starts(event: Any, before: datetime) -> Iterator[datetime]:
    zone = _zone(event)
    dates = rruleset()
    dates.rdate(_naive(event["DTSTART"].dt, zone))
    for rule in _rules(event):
        dates.rrule(rule)
    for name, add in (("RDATE", dates.rdate), ("EXDATE", dates.exdate)):
        for line in _listed(event.get(name)):
            for listed in line.dts:
                add(_naive(listed.dt, zone))
    for naive in dates:
        at = instant(naive.replace(tzinfo=zone) if zone is not None else naive.date())
        if at >= before:
            return
        yield at


def _zone(event: Any) -> tzinfo | None:
    start = event["DTSTART"].dt
    return start.tzinfo if isinstance(start, datetime) else None


def _rules(event: Any) -> Iterator[rrule]:
    zone = _zone(event)
    for given in _listed(event.get("RRULE")):
        rule = given.copy()
        if "UNTIL" in rule:
            rule["UNTIL"] = [_naive(until, zone) for until in rule["UNTIL"]]
        text = rule.to_ical().decode().replace("Z", "")
        yield cast(rrule, rrulestr(text, dtstart=_naive(event["DTSTART"].dt, zone)))


def _naive(value: date, zone: tzinfo | None) -> datetime:
    if not isinstance(value, datetime):
        return datetime.combine(value, time())
    return value.astimezone(zone).replace(tzinfo=None) if value.tzinfo else value


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
