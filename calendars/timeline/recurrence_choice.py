"""The repetitions that a form can express: daily, weekly, monthly, yearly, every n, until when.

`choice_of` reads such a rule, `lines_of` writes it. A repetition of another form has no choice: it
is shown in words and kept as it is. Pure: no query, no clock.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from calendars.rfc5545.recurrence.expansion import Series
from calendars.rfc5545.recurrence.lines import parse_lines
from calendars.rfc5545.recurrence.rules import Frequency, Rule, Weekday
from calendars.rfc5545.time_zones.names import to_utc
from calendars.timeline.recurrence_words import last_day, start_of

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# How a month names the day of its instances: by its date, as the nth of its weekday, as the last.
BY_DATE, BY_WEEKDAY, BY_LAST_WEEKDAY = "date", "weekday", "last"
_MONDAY = 0
_LAST_TIME = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class RecurrenceChoice:
    """A rule as the form of an event shows it. `monthly` is how a month names the day; without
    `until` and `count` it never ends."""

    frequency: str
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    monthly: str = BY_DATE
    until: date | None = None
    count: int | None = None
    week_start: int = _MONDAY


def choice_of(series: Series) -> RecurrenceChoice | None:
    """Return None if a form can't express the repetition, or if there is none."""
    try:
        lines, start = parse_lines(series.recurrence), start_of(series)
        if len(lines.rules) != 1 or lines.excluded_rules or lines.dates:
            return None
        (rule,) = lines.rules
        read = _CHOICES.get(rule.frequency)
        choice = None if read is None or _is_rare(rule) else read(rule, start.at)
        if choice is None or rule.until is None:
            return choice
        return replace(choice, until=last_day(rule.until, start))
    except (ValueError, OverflowError):  # InvalidRecurrence is one
        return None


def lines_of(
    choice: RecurrenceChoice, *, start: datetime, zone: ZoneInfo | None, former: Sequence[str] = ()
) -> list[str]:
    """Return the recurrence lines of a series with this local start; `zone` is None for all-day.

    Dates that `former` leaves out are kept: only its rule is replaced.
    """
    parts = [f"FREQ={choice.frequency.upper()}"]
    if choice.interval > 1:
        parts.append(f"INTERVAL={choice.interval}")
    if choice.frequency == "weekly":
        weekdays = choice.weekdays or (start.weekday(),)
        parts.append(f"BYDAY={','.join(DAYS[day] for day in sorted(set(weekdays)))}")
        if choice.interval > 1 and choice.week_start != _MONDAY:
            parts.append(f"WKST={DAYS[choice.week_start]}")
    if choice.frequency == "monthly" and choice.monthly != BY_DATE:
        place = -1 if choice.monthly == BY_LAST_WEEKDAY else place_in_month(start)
        parts.append(f"BYDAY={place}{DAYS[start.weekday()]}")
    if choice.until is not None:
        parts.append(f"UNTIL={_until(choice.until, zone)}")
    elif choice.count is not None:
        parts.append(f"COUNT={choice.count}")
    kept = [line for line in former if not line.strip().upper().startswith("RRULE")]
    return [f"RRULE:{';'.join(parts)}", *kept]


def place_in_month(on: date) -> int:
    """Return that it is the first, second … of its weekday in the month."""
    return (on.day - 1) // 7 + 1


def _until(on: date, zone: ZoneInfo | None) -> str:
    """Return UNTIL: the date, or the end of that day in the zone as an instant, as RFC 5545 section
    3.3.10 asks where the start has a zone."""
    if zone is None:
        return f"{on:%Y%m%d}"
    last_at = to_utc(datetime.combine(on, _LAST_TIME), zone).astimezone(UTC)
    return f"{last_at:%Y%m%dT%H%M%SZ}"


def _is_rare(rule: Rule) -> bool:
    by_time = rule.hours or rule.minutes or rule.seconds
    return bool(by_time or rule.year_days or rule.week_numbers)


def _made(rule: Rule) -> RecurrenceChoice:
    return RecurrenceChoice(
        frequency=rule.frequency.name.lower(),
        interval=rule.interval,
        count=rule.count,
        week_start=rule.week_start,
    )


def _daily(rule: Rule, _start: datetime) -> RecurrenceChoice | None:
    limits = rule.months or rule.month_days or rule.weekdays or rule.positions
    return None if limits else _made(rule)


def _weekly(rule: Rule, start: datetime) -> RecurrenceChoice | None:
    if rule.months or rule.positions or any(one.nth for one in rule.weekdays):
        return None
    weekdays = tuple(one.day for one in rule.weekdays) or (start.weekday(),)
    return replace(_made(rule), weekdays=weekdays)


def _monthly(rule: Rule, start: datetime) -> RecurrenceChoice | None:
    if rule.months:
        return None
    if not rule.weekdays:
        is_by_date = rule.month_days in ((), (start.day,)) and not rule.positions
        return _made(rule) if is_by_date else None
    weekday = _place(rule)
    if rule.month_days or weekday is None or weekday.day != start.weekday():
        return None
    if weekday.nth == place_in_month(start):
        return replace(_made(rule), monthly=BY_WEEKDAY)
    is_last = weekday.nth == -1 and start.day + 7 > _days_in_month(start)
    return replace(_made(rule), monthly=BY_LAST_WEEKDAY) if is_last else None


def _place(rule: Rule) -> Weekday | None:
    """Return the one weekday with its place: BYDAY=2TU, or BYDAY=TU;BYSETPOS=2."""
    if len(rule.weekdays) != 1 or len(rule.positions) > 1:
        return None
    (weekday,) = rule.weekdays
    if not rule.positions:
        return weekday if weekday.nth else None
    return None if weekday.nth else Weekday(rule.positions[0], weekday.day)


def _days_in_month(on: datetime) -> int:
    return monthrange(on.year, on.month)[1]


def _yearly(rule: Rule, start: datetime) -> RecurrenceChoice | None:
    if rule.weekdays or rule.positions or (rule.month_days and not rule.months):
        return None  # days without a month are days of each month
    is_date = rule.months in ((), (start.month,)) and rule.month_days in ((), (start.day,))
    return _made(rule) if is_date else None


_CHOICES: dict[Frequency, Callable[[Rule, datetime], RecurrenceChoice | None]] = {
    Frequency.DAILY: _daily,
    Frequency.WEEKLY: _weekly,
    Frequency.MONTHLY: _monthly,
    Frequency.YEARLY: _yearly,
}
