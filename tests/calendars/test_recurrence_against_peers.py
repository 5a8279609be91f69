"""Generated rules, expanded by Daybook, by a slow implementation of RFC 5545's table, and by
python-dateutil.

`DAYBOOK_RECURRENCE_RULES` sets how many rules each test generates.
"""

import os
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import product
from typing import Any

from dateutil.rrule import rrulestr
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from calendars.rfc5545.recurrence import expand
from tests.calendars.series import Series

RULES = settings(
    max_examples=int(os.environ.get("DAYBOOK_RECURRENCE_RULES", "400")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
FREQUENCIES = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"]
# How far each is compared: long enough for leap years, short enough to check every second.
REACH = {
    "YEARLY": timedelta(days=3000),
    "MONTHLY": timedelta(days=1200),
    "WEEKLY": timedelta(days=500),
    "DAILY": timedelta(days=500),
    "HOURLY": timedelta(days=40),
    "MINUTELY": timedelta(days=3),
    "SECONDLY": timedelta(hours=3),
}

Parts = dict[str, Any]


def either_end(most: int) -> st.SearchStrategy[int]:
    return st.integers(1, most) | st.integers(-most, -1)


@st.composite
def rules(draw: st.DrawFn, frequencies: list[str] = FREQUENCIES) -> Parts:
    """Generate the parts of a rule that RFC 5545 allows: values are lists, BYDAY contains (nth,
    day)."""
    frequency = draw(st.sampled_from(frequencies))
    parts: Parts = {"FREQ": frequency, "INTERVAL": draw(st.sampled_from([1, 1, 1, 2, 3, 5, 7, 13]))}

    def sometimes(name: str, values: st.SearchStrategy[Any], odds: int = 3, size: int = 4) -> None:
        if draw(st.integers(1, odds)) == 1:
            parts[name] = draw(st.lists(values, min_size=1, max_size=size, unique=True))

    sometimes("BYMONTH", st.integers(1, 12))
    if frequency == "YEARLY":
        sometimes("BYWEEKNO", either_end(53), odds=4)
    if frequency in ("YEARLY", "HOURLY", "MINUTELY", "SECONDLY"):
        sometimes("BYYEARDAY", either_end(366), odds=5, size=30)
    if frequency != "WEEKLY":
        sometimes("BYMONTHDAY", either_end(31), size=8)
    weekdays = st.tuples(st.integers(-most_nth(parts), most_nth(parts)), st.integers(0, 6))
    sometimes("BYDAY", weekdays, odds=2, size=5)
    sometimes("BYHOUR", st.integers(0, 23), odds=5)
    sometimes("BYMINUTE", st.integers(0, 59), odds=6)
    sometimes("BYSECOND", st.integers(0, 59), odds=8, size=2)
    if any(name.startswith("BY") for name in parts):
        sometimes("BYSETPOS", either_end(6), odds=4, size=2)
    return (
        parts
        | draw(st.fixed_dictionaries({}, optional={"WKST": st.integers(0, 6)}))
        | draw(ends(frequency))
    )


def most_nth(parts: Parts) -> int:
    """Return how far BYDAY may count: in the month, in the year, or (0) not at all."""
    if parts["FREQ"] == "MONTHLY" or (parts["FREQ"] == "YEARLY" and "BYMONTH" in parts):
        return 5 if "BYWEEKNO" not in parts else 0
    return 53 if parts["FREQ"] == "YEARLY" and "BYWEEKNO" not in parts else 0


def ends(frequency: str) -> st.SearchStrategy[Parts]:
    until_seconds = st.integers(0, int(REACH[frequency].total_seconds()))
    return (
        st.just({})
        | st.fixed_dictionaries({"COUNT": st.integers(1, 30)})
        | st.fixed_dictionaries({"UNTIL": until_seconds})
    )


starts = st.builds(
    lambda day, second: datetime(2019, 1, 1, tzinfo=UTC) + timedelta(days=day, seconds=second),
    st.integers(0, 1500),
    st.integers(0, 86_399),
)


@RULES
@given(parts=rules(), start=starts, window=st.tuples(st.integers(0, 100), st.integers(1, 60)))
def test_a_rule_happens_when_the_table_of_rfc_5545_says(
    parts: Parts, start: datetime, window: tuple[int, int]
) -> None:
    end = start + REACH[parts["FREQ"]]
    expected = sorted({start, *by_the_table(parts, start, end)})

    assert found(parts, start, start, end) == expected
    after = start + (end - start) * window[0] / 100
    before = after + (end - start) * window[1] / 100
    assert found(parts, start, after, min(before, end)) == [
        moment for moment in expected if after <= moment < before
    ]


@RULES
@given(parts=rules(FREQUENCIES[:4]), start=starts)
def test_a_rule_happens_when_python_dateutil_says(parts: Parts, start: datetime) -> None:
    """Where the two are known to differ, Daybook follows the RFC: BYWEEKNO alone takes its weekday
    from DTSTART, 1 January 2022 is in week 52, BYSETPOS counts in the whole first week, and
    BYDAY=MO,-1FR means either. Below a day dateutil can take minutes for one rule."""
    if len({nth == 0 for nth, _ in parts.get("BYDAY", [])}) > 1:
        parts["BYDAY"] = [(nth, day) for nth, day in parts["BYDAY"] if nth == 0]
    if "BYWEEKNO" in parts:
        parts["BYDAY"] = parts.get("BYDAY", [(0, start.weekday())])
        parts["BYWEEKNO"] = [number for number in parts["BYWEEKNO"] if 1 < number < 52] or [20]
    if parts["FREQ"] == "WEEKLY":
        parts.pop("BYSETPOS", None)
    end = start + REACH[parts["FREQ"]]
    assume(happens_soon_after(parts, start, end))
    rule = rrulestr(text_of(parts, start), dtstart=start.replace(tzinfo=None), ignoretz=True)
    peer = set(until_too_late(rule, end.replace(tzinfo=None)))

    ours = {moment.replace(tzinfo=None) for moment in found(parts, start, start, end)}
    assert ours == peer | {start.replace(tzinfo=None)}


def happens_soon_after(parts: Parts, start: datetime, end: datetime) -> bool:
    """Whether dateutil terminates soon: it searches for the next start until the year 9999."""
    endless = {name: value for name, value in parts.items() if name not in ("COUNT", "UNTIL")}
    later = end + timedelta(days=1500)
    return bool(found(endless, start, end, later, limit=1))


def until_too_late(rule: Any, end: datetime) -> Iterator[datetime]:
    for moment in rule:
        if moment >= end:
            return
        yield moment


def found(
    parts: Parts, start: datetime, after: datetime, before: datetime, limit: int = 1_000_000
) -> list[datetime]:
    line = f"RRULE:{text_of(parts, start)}"
    series = Series(start, start, False, "UTC", [line])
    return [
        instance.start_at
        for instance in expand(series, after=after, before=before, limit=limit)
        if after <= instance.start_at
    ]


def text_of(parts: Parts, start: datetime) -> str:
    def text(name: str, value: Any) -> str:
        if name == "BYDAY":
            return ",".join(f"{nth or ''}{WEEKDAYS[day]}" for nth, day in value)
        if name == "WKST":
            return WEEKDAYS[int(value)]
        if name == "UNTIL":
            return f"{start + timedelta(seconds=value):%Y%m%dT%H%M%SZ}"
        return ",".join(map(str, value)) if isinstance(value, list) else str(value)

    return ";".join(f"{name}={text(name, value)}" for name, value in parts.items())


# The slow implementation checks for every moment whether it matches.


def by_the_table(parts: Parts, start: datetime, end: datetime) -> list[datetime]:
    parts = with_what_dtstart_says(parts, start)
    by_period: dict[int, list[datetime]] = defaultdict(list)
    for day in days_around(start, end, parts):
        if matches_day(day, parts):
            for moment in times_of(day, parts):
                by_period[period_of(moment, parts)].append(moment)
    first = period_of(start, parts)
    due = [period for period in sorted(by_period) if (period - first) % parts["INTERVAL"] == 0]
    moments = [moment for period in due for moment in picked(by_period[period], parts)]
    moments = [moment for moment in moments if moment >= start][: parts.get("COUNT")]
    if "UNTIL" in parts:
        moments = [each for each in moments if each <= start + timedelta(seconds=parts["UNTIL"])]
    return [moment for moment in moments if moment < end]


def days_around(start: datetime, end: datetime, parts: Parts) -> Iterator[datetime]:
    """Return the midnights from start to end, and those of the periods that they cut."""
    margin = {"YEARLY": 366, "MONTHLY": 31, "WEEKLY": 7}.get(parts["FREQ"], 0)
    day = start.replace(hour=0, minute=0, second=0) - timedelta(days=margin)
    while day < end + timedelta(days=margin):
        yield day
        day += timedelta(days=1)


def with_what_dtstart_says(parts: Parts, start: datetime) -> Parts:
    parts = dict(parts)
    rank = FREQUENCIES.index(parts["FREQ"])
    if not {"BYDAY", "BYMONTHDAY", "BYYEARDAY"} & parts.keys():
        if parts["FREQ"] == "WEEKLY" or "BYWEEKNO" in parts:
            parts["BYDAY"] = [(0, start.weekday())]
        elif parts["FREQ"] == "MONTHLY":
            parts["BYMONTHDAY"] = [start.day]
        elif parts["FREQ"] == "YEARLY":
            parts["BYMONTHDAY"] = [start.day]
            parts.setdefault("BYMONTH", [start.month])
    for name, value, rank_of_unit in (
        ("BYHOUR", start.hour, 4),
        ("BYMINUTE", start.minute, 5),
        ("BYSECOND", start.second, 6),
    ):
        if rank < rank_of_unit:
            parts.setdefault(name, [value])
    return parts


def matches_day(day: datetime, parts: Parts) -> bool:
    return (
        ("BYMONTH" not in parts or day.month in parts["BYMONTH"])
        and ("BYMONTHDAY" not in parts or is_nth(day, month_of(day), parts["BYMONTHDAY"]))
        and ("BYYEARDAY" not in parts or is_nth(day, year_of(day), parts["BYYEARDAY"]))
        and ("BYWEEKNO" not in parts or matches_week(day, parts))
        and ("BYDAY" not in parts or matches_weekday(day, parts))
    )


def is_nth(day: datetime, days: list[date], numbers: list[int]) -> bool:
    place = days.index(day.date())
    return place + 1 in numbers or place - len(days) in numbers


def matches_weekday(day: datetime, parts: Parts) -> bool:
    numbers = [nth for nth, weekday in parts["BYDAY"] if weekday == day.weekday()]
    if not numbers or 0 in numbers:
        return bool(numbers)
    in_months = parts["FREQ"] == "MONTHLY" or "BYMONTH" in parts
    span = month_of(day) if in_months else year_of(day)
    return is_nth(day, [each for each in span if each.weekday() == day.weekday()], numbers)


def matches_week(day: datetime, parts: Parts) -> bool:
    week = week_of(day.date(), parts)
    # The year that has at least four days of the week is the year of its fourth day.
    weeks = weeks_owned(week[3].year, parts.get("WKST", 0))
    place = weeks.index(week[0])
    return place + 1 in parts["BYWEEKNO"] or place - len(weeks) in parts["BYWEEKNO"]


@cache
def weeks_owned(year: int, week_start: int) -> list[date]:
    """Return the first days of the weeks that have at least four days in the year."""
    near = (date(year, 1, 1) + timedelta(days=offset) for offset in range(-7, 373))
    return [
        day
        for day in near
        if day.weekday() == week_start
        and sum((day + timedelta(days=offset)).year == year for offset in range(7)) >= 4
    ]


def week_of(day: date, parts: Parts) -> list[date]:
    while day.weekday() != parts.get("WKST", 0):
        day -= timedelta(days=1)
    return [day + timedelta(days=offset) for offset in range(7)]


def year_of(day: date) -> list[date]:
    return days_of_year(day.year)


def month_of(day: date) -> list[date]:
    return days_of_month(day.year, day.month)


@cache
def days_of_year(year: int) -> list[date]:
    every = (date(year, 1, 1) + timedelta(days=offset) for offset in range(366))
    return [day for day in every if day.year == year]


@cache
def days_of_month(year: int, month: int) -> list[date]:
    return [day for day in days_of_year(year) if day.month == month]


def times_of(day: datetime, parts: Parts) -> list[datetime]:
    hours = sorted(parts.get("BYHOUR", range(24)))
    minutes = sorted(parts.get("BYMINUTE", range(60)))
    seconds = sorted(parts.get("BYSECOND", range(60)))
    return [
        day.replace(hour=hour, minute=minute, second=second)
        for hour, minute, second in product(hours, minutes, seconds)
    ]


def period_of(moment: datetime, parts: Parts) -> int:
    """Return the number of the FREQ period of a moment, from any origin."""
    since = moment - datetime(2001, 1, 1, tzinfo=UTC)
    if parts["FREQ"] == "YEARLY":
        return moment.year
    if parts["FREQ"] == "MONTHLY":
        return moment.year * 12 + moment.month
    if parts["FREQ"] == "WEEKLY":
        return week_of(moment.date(), parts)[0].toordinal() // 7
    unit = {"DAILY": 86_400, "HOURLY": 3_600, "MINUTELY": 60, "SECONDLY": 1}[parts["FREQ"]]
    return int(since.total_seconds()) // unit


def picked(moments: list[datetime], parts: Parts) -> list[datetime]:
    if "BYSETPOS" not in parts:
        return moments
    places = {
        place - 1 if place > 0 else len(moments) + place
        for place in parts["BYSETPOS"]
        if abs(place) <= len(moments)
    }
    return [moments[place] for place in sorted(places)]
