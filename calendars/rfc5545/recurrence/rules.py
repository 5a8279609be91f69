"""Parse the text of an RRULE (RFC 5545) strictly into a Rule."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

_WEEKDAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
_WEEKDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,9}")
_DATE_TIME = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?")

# Longer than a rule with every value of every part.
_LONGEST_RULE = 20_000

# Instances are computed in these years, a little fewer than datetime supports, so that a step
# beyond the edge of a window doesn't overflow.
FIRST_YEAR, LAST_YEAR = 2, 9997


class InvalidRecurrence(ValueError):
    """A recurrence that can't be read. `code` is stable; `message` explains the error to a user."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Frequency(IntEnum):
    """The FREQ of a rule, from the longest period to the shortest."""

    YEARLY = 0
    MONTHLY = 1
    WEEKLY = 2
    DAILY = 3
    HOURLY = 4
    MINUTELY = 5
    SECONDLY = 6


class Weekday(NamedTuple):
    """A value of BYDAY: the nth such day of its month or year, 0 for every one; Monday is 0."""

    nth: int
    day: int


class Moment(NamedTuple):
    """A DATE or DATE-TIME value. `at` is naive; `form` says how to interpret it."""

    at: datetime
    form: str  # "date", "local" or "utc"


@dataclass(frozen=True, slots=True)
class Rule:
    """The parts of an RRULE. An empty tuple is a missing part. Two rules with the same parts are
    equal."""

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: Moment | None = None
    week_start: int = 0
    months: tuple[int, ...] = ()
    week_numbers: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    weekdays: tuple[Weekday, ...] = ()
    hours: tuple[int, ...] = ()
    minutes: tuple[int, ...] = ()
    seconds: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()

    def anchored_at(self, start: datetime) -> "Rule":
        """Return the rule with its missing days and times taken from DTSTART (RFC 5545 section
        3.3.10, "derived from the Start Time")."""
        frequency = self.frequency
        months, month_days, weekdays = self.months, self.month_days, self.weekdays
        if not (month_days or weekdays or self.year_days):
            if frequency is Frequency.WEEKLY or self.week_numbers:
                weekdays = (Weekday(0, start.weekday()),)
            elif frequency <= Frequency.MONTHLY:
                month_days = (start.day,)
                if frequency is Frequency.YEARLY:
                    months = months or (start.month,)
        return replace(
            self,
            months=months,
            month_days=month_days,
            weekdays=weekdays,
            hours=self.hours or ((start.hour,) if frequency < Frequency.HOURLY else ()),
            minutes=self.minutes or ((start.minute,) if frequency < Frequency.MINUTELY else ()),
            seconds=self.seconds or ((start.second,) if frequency < Frequency.SECONDLY else ()),
        )


@lru_cache(maxsize=1024)
def parse_rule(text: str) -> Rule:
    """Parse the value of an RRULE, such as `FREQ=WEEKLY;BYDAY=MO`, in any case. Raises
    InvalidRecurrence.

    Parts with an X- name are ignored. RSCALE and SKIP (RFC 7529) are accepted if their value is the
    default of RFC 5545.
    """
    if len(text) > _LONGEST_RULE:
        raise InvalidRecurrence("rule_too_long", "The rule is too long.")
    parts = _split_parts(text)
    if "FREQ" not in parts:
        raise InvalidRecurrence("frequency_missing", "The rule has no frequency (FREQ).")
    fields = {}
    for name, value in parts.items():
        if name.startswith("X-"):
            continue
        if name not in _PARTS:
            raise InvalidRecurrence("unknown_part", f"{name[:40]} isn't a part of a rule.")
        field, read = _PARTS[name]
        fields[field] = read(name, value)
    fields.pop("", None)
    rule = Rule(**fields)  # type: ignore[arg-type]
    _check_combination(rule)
    return rule


def parse_moment(text: str) -> Moment:
    """Parse a DATE or DATE-TIME value. Raises InvalidRecurrence."""
    match = _DATE_TIME.fullmatch(text.strip().upper())
    if match is None:
        raise InvalidRecurrence("date_unreadable", f"“{text[:40]}” isn't a date.")
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    form = "date" if match[4] is None else "utc" if match[7] else "local"
    try:
        # Second 60, a leap second, is read as 59: RFC 5545 section 3.3.12.
        return Moment(datetime(year, month, day, hour, minute, min(second, 59)), form)  # noqa: DTZ001
    except ValueError as error:
        raise InvalidRecurrence(
            "date_unreadable", f"“{text[:40]}” isn't a date in the calendar."
        ) from error


def _split_parts(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in filter(None, text.strip().upper().split(";")):
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or not value.strip():
            raise InvalidRecurrence("part_unreadable", f"“{part[:40]}” has no value.")
        if name in parts:
            raise InvalidRecurrence("part_repeated", f"{name[:40]} appears twice.")
        parts[name] = value.strip()
    return parts


def _check_combination(rule: Rule) -> None:
    """Refuse the combinations that RFC 5545 section 3.3.10 forbids and that have no sensible
    meaning."""
    forbidden = {
        "BYWEEKNO": rule.week_numbers and rule.frequency is not Frequency.YEARLY,
        "BYYEARDAY": rule.year_days
        and rule.frequency in (Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY),
        "BYMONTHDAY": rule.month_days and rule.frequency is Frequency.WEEKLY,
    }
    for name, is_forbidden in forbidden.items():
        if is_forbidden:
            raise InvalidRecurrence(
                "combination", f"{name} isn't allowed in a {rule.frequency.name} rule."
            )


def _number(name: str, text: str, low: int, high: int) -> int:
    match = _WHOLE_NUMBER.fullmatch(text.strip())
    number = int(match[0]) if match else None
    if number is None or not low <= number <= high:
        raise InvalidRecurrence(
            "out_of_range", f"{name} must be from {low} to {high}, not “{text[:40]}”."
        )
    return number


def _one_number(low: int, high: int) -> Callable[[str, str], int]:
    return lambda name, value: _number(name, value, low, high)


def _numbers(low: int, high: int) -> Callable[[str, str], tuple[int, ...]]:
    """Return a parser of a sorted list. If values may count from the end (low < 0), 0 is
    invalid."""

    def read(name: str, value: str) -> tuple[int, ...]:
        numbers = {_number(name, item, low, high) for item in value.split(",")}
        if low < 0 and 0 in numbers:
            raise InvalidRecurrence(
                "out_of_range", f"{name} counts from 1 or from -1; 0 isn't allowed."
            )
        return tuple(sorted(numbers))

    return read


def _read_frequency(name: str, value: str) -> Frequency:
    if value not in Frequency.__members__:
        raise InvalidRecurrence("frequency_unknown", f"{name} can't be “{value[:40]}”.")
    return Frequency[value]


def _read_until(_name: str, value: str) -> Moment:
    return parse_moment(value)


def _read_week_start(name: str, value: str) -> int:
    if value not in _WEEKDAYS:
        raise InvalidRecurrence("weekday_unreadable", f"{name} can't be “{value[:40]}”.")
    return _WEEKDAYS[value]


def _read_weekdays(name: str, value: str) -> tuple[Weekday, ...]:
    return tuple(sorted({_read_weekday(name, item.strip()) for item in value.split(",")}))


def _read_weekday(name: str, text: str) -> Weekday:
    match = _WEEKDAY.fullmatch(text)
    if match is None:
        raise InvalidRecurrence("weekday_unreadable", f"{name} can't be “{text[:40]}”.")
    nth = _number(name, match[1], -53, 53) if match[1] else 0
    if match[1] and nth == 0:
        raise InvalidRecurrence(
            "out_of_range", f"{name} counts from 1 or from -1; 0 isn't allowed."
        )
    return Weekday(nth, _WEEKDAYS[match[2]])


def _read_seconds(name: str, value: str) -> tuple[int, ...]:
    """Second 60, a leap second, is read as 59 (RFC 5545 section 3.3.12)."""
    return tuple(sorted({min(second, 59) for second in _numbers(0, 60)(name, value)}))


def _only(meaning: str) -> Callable[[str, str], None]:
    def read(name: str, value: str) -> None:
        if value != meaning:
            raise InvalidRecurrence("calendar_unsupported", f"{name}={value[:40]} isn't supported.")

    return read


_PARTS: dict[str, tuple[str, Callable[[str, str], object]]] = {
    "FREQ": ("frequency", _read_frequency),
    "INTERVAL": ("interval", _one_number(1, 999_999_999)),
    "COUNT": ("count", _one_number(1, 999_999_999)),
    "UNTIL": ("until", _read_until),
    "WKST": ("week_start", _read_week_start),
    "BYMONTH": ("months", _numbers(1, 12)),
    "BYWEEKNO": ("week_numbers", _numbers(-53, 53)),
    "BYYEARDAY": ("year_days", _numbers(-366, 366)),
    "BYMONTHDAY": ("month_days", _numbers(-31, 31)),
    "BYDAY": ("weekdays", _read_weekdays),
    "BYHOUR": ("hours", _numbers(0, 23)),
    "BYMINUTE": ("minutes", _numbers(0, 59)),
    "BYSECOND": ("seconds", _read_seconds),
    "BYSETPOS": ("positions", _numbers(-366, 366)),
    "RSCALE": ("", _only("GREGORIAN")),
    "SKIP": ("", _only("OMIT")),
}
