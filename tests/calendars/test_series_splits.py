"""Rules and listed dates when a series is split or moved: without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from calendars.rfc5545.recurrence import InvalidRecurrence, expand
from calendars.rfc5545.recurrence.moving import MovedSeries, Times
from calendars.rfc5545.recurrence.splitting import lines_before, rest_from
from tests.calendars.series import Series

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def utc(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M").replace(tzinfo=UTC)


def series(start: str, *lines: str, zone: str = BERLIN, all_day: bool = False) -> Series:
    at = utc(start)
    return Series(at, at + (DAY if all_day else HOUR), all_day, zone, lines)


class Case(NamedTuple):
    given: Series
    at: str
    before: list[str]
    rest: list[str]
    start: str = ""  # of the second series, if it isn't `at`


EXDATES = "EXDATE;TZID=Europe/Berlin:20260914T100000,20260928T100000"
SPLITS = {
    "count": Case(
        series("20260907T0800", "RRULE:FREQ=WEEKLY;COUNT=6"),
        "20260921T0800",
        ["RRULE:FREQ=WEEKLY;COUNT=2"],
        ["RRULE:FREQ=WEEKLY;COUNT=4"],
    ),
    "count counts what is excluded": Case(
        series("20260907T0800", "RRULE:FREQ=WEEKLY;COUNT=6", EXDATES),
        "20260921T0800",
        ["RRULE:FREQ=WEEKLY;COUNT=2", "EXDATE;TZID=Europe/Berlin:20260914T100000"],
        ["RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE;TZID=Europe/Berlin:20260928T100000"],
    ),
    "one of a count is left on each side": Case(
        series("20260907T0800", "RRULE:FREQ=WEEKLY;COUNT=2"),
        "20260914T0800",
        ["RRULE:FREQ=WEEKLY;COUNT=1"],
        ["RRULE:FREQ=WEEKLY;COUNT=1"],
    ),
    "count doesn't count a start beside the rule": Case(
        series("20260905T0800", "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3"),
        "20260914T0800",
        ["RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=1"],
        ["RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2"],
    ),
    "until is in UTC and the end of the day before": Case(
        series("20260907T0800", "RRULE:FREQ=WEEKLY;UNTIL=20261012T080000Z"),
        "20260921T0800",
        ["RRULE:FREQ=WEEKLY;UNTIL=20260920T215959Z"],
        ["RRULE:FREQ=WEEKLY;UNTIL=20261012T080000Z"],
    ),
    "until is a date for dates": Case(
        series("20260907T0000", "RRULE:FREQ=DAILY", zone="UTC", all_day=True),
        "20260921T0000",
        ["RRULE:FREQ=DAILY;UNTIL=20260920"],
        ["RRULE:FREQ=DAILY"],
    ),
    "until is just before, if the day has others": Case(
        series("20260907T0800", "RRULE:FREQ=HOURLY;INTERVAL=3"),
        "20260908T0800",
        ["RRULE:FREQ=HOURLY;INTERVAL=3;UNTIL=20260908T075959Z"],
        ["RRULE:FREQ=HOURLY;INTERVAL=3"],
    ),
    "a rule that has ended stays as it is": Case(
        series(
            "20260907T0800",
            "RRULE:FREQ=WEEKLY;UNTIL=20260914T080000Z",
            "RDATE;TZID=Europe/Berlin:20260910T100000,20261001T100000",
        ),
        "20261001T0800",
        [
            "RRULE:FREQ=WEEKLY;UNTIL=20260914T080000Z",
            "RDATE;TZID=Europe/Berlin:20260910T100000",
        ],
        [],
    ),
    "only listed dates": Case(
        series("20260907T0000", "RDATE;VALUE=DATE:20260909,20260911,20260913", zone="UTC",
               all_day=True),
        "20260911T0000",
        ["RDATE;VALUE=DATE:20260909"],
        ["RDATE;VALUE=DATE:20260913"],
    ),
    "the step goes on from a listed date": Case(
        series("20260907T0000", "RRULE:FREQ=WEEKLY;INTERVAL=2", "RDATE;VALUE=DATE:20260915",
               zone="UTC", all_day=True),
        "20260915T0000",
        ["RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20260914"],
        ["RRULE:FREQ=WEEKLY;INTERVAL=2", "RDATE;VALUE=DATE:20260915"],
        "20260921T0000",
    ),
    "a day that the rule took from its start is written out": Case(
        series("20260907T0000", "RRULE:FREQ=WEEKLY", "RDATE;VALUE=DATE:20260909", zone="UTC",
               all_day=True),
        "20260909T0000",
        ["RRULE:FREQ=WEEKLY;UNTIL=20260908"],
        ["RRULE:FREQ=WEEKLY;BYDAY=MO"],
    ),
    "a start in a gap": Case(
        series("20270326T0130", "RRULE:FREQ=DAILY;COUNT=5"),
        "20270328T0130",
        ["RRULE:FREQ=DAILY;COUNT=2"],
        ["RRULE:FREQ=DAILY;COUNT=2;BYHOUR=2"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SPLITS)
def test_a_series_is_split(name: str) -> None:
    case = SPLITS[name]
    at = utc(case.at)

    before, rest = lines_before(case.given, at), rest_from(case.given, at)

    assert before == case.before
    assert rest.lines == case.rest
    assert rest.start == utc(case.start or case.at)
    second = Series(
        rest.start, rest.start + HOUR, case.given.all_day, case.given.time_zone, rest.lines
    )
    first = Series(
        case.given.start_at, case.given.end_at, case.given.all_day, case.given.time_zone, before
    )
    assert starts(first) + starts(second) == starts(case.given)


def starts(given: Series) -> list[datetime]:
    found = expand(given, after=utc("20260101T0000"), before=utc("20270601T0000"))
    return [one.start_at for one in found]


def test_rules_without_a_common_step_are_not_split() -> None:
    given = series("20260907T0800", "RRULE:FREQ=DAILY;INTERVAL=2", "RRULE:FREQ=DAILY;INTERVAL=3")
    with pytest.raises(InvalidRecurrence):
        rest_from(given, utc("20260909T0800"))
    assert rest_from(given, utc("20260913T0800")).start == utc("20260913T0800")


class Move(NamedTuple):
    rule: str
    origin: str  # the instance that is moved, in Berlin
    target: str
    becomes: str
    kept: bool = False


MOVES = {
    "a later hour": Move("FREQ=WEEKLY;BYDAY=MO", "20260914T1000", "20260914T1130",
                         "FREQ=WEEKLY;BYDAY=MO"),
    "another weekday": Move("FREQ=WEEKLY;BYDAY=MO", "20260914T1000", "20260915T1000",
                            "FREQ=WEEKLY;BYDAY=TU"),
    "a weekday that the start says": Move("FREQ=WEEKLY", "20260914T1000", "20260915T1000",
                                          "FREQ=WEEKLY"),
    "one of several weekdays": Move("FREQ=WEEKLY;BYDAY=MO,WE", "20260914T1000", "20260915T1100",
                                    "FREQ=WEEKLY;BYDAY=MO,WE", kept=True),
    "weekdays": Move("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "20260914T1000", "20260912T1000",
                     "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", kept=True),
    "a day of the month": Move("FREQ=MONTHLY;BYMONTHDAY=7", "20260907T1000", "20260909T1000",
                               "FREQ=MONTHLY;BYMONTHDAY=9"),
    "the last day of the month": Move("FREQ=MONTHLY;BYMONTHDAY=-1", "20260930T1000",
                                      "20260929T1000", "FREQ=MONTHLY;BYMONTHDAY=-1", kept=True),
    "the first Monday": Move("FREQ=MONTHLY;BYDAY=1MO", "20261005T1000", "20261013T1000",
                             "FREQ=MONTHLY;BYDAY=2TU"),
    "the last Monday": Move("FREQ=MONTHLY;BYDAY=-1MO", "20260928T1000", "20260925T1000",
                            "FREQ=MONTHLY;BYDAY=-1FR"),
    "a month and its day": Move("FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=7", "20260907T1000",
                                "20261008T1000", "FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=8"),
    "by position": Move("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1", "20260907T1000", "20260909T1000",
                        "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=1", kept=True),
    "one of several hours": Move("FREQ=DAILY;BYHOUR=10,15", "20260907T1000", "20260907T1100",
                                 "FREQ=DAILY;BYHOUR=10,15", kept=True),
    "an hour that is named": Move("FREQ=DAILY;BYHOUR=10", "20260907T1000", "20260907T1100",
                                  "FREQ=DAILY;BYHOUR=11"),
}  # fmt: skip


@pytest.mark.parametrize("name", MOVES)
def test_a_rule_follows_its_instance(name: str) -> None:
    move = MOVES[name]
    first = "20260930T0800" if "BYMONTHDAY=-1" in move.rule else "20260907T0800"
    first = "20260928T0800" if "-1MO" in move.rule else first
    given = series(first, f"RRULE:{move.rule}")
    origin, target = utc(move.origin) - 2 * HOUR, utc(move.target) - 2 * HOUR  # summer time
    times = Times(target, target + HOUR, False, BERLIN)

    moved = MovedSeries(given, origin, times, former_length=HOUR)

    assert moved.times().recurrence == (f"RRULE:{move.becomes}",)
    assert moved.kept == move.kept
    if not move.kept:
        assert moved.start_of(origin) == target
        later = moved.times()
        found = expand(later, after=target, before=target + timedelta(seconds=1))
        assert [one.start_at for one in found] == [target]


def test_listed_dates_and_the_end_move_along() -> None:
    given = series(
        "20260907T0800",
        "RRULE:FREQ=WEEKLY;UNTIL=20261221T090000Z",
        "RDATE;TZID=Europe/Berlin:20260910T100000",
        "EXDATE;TZID=Europe/Berlin:20260914T100000,20261102T100000",
    )
    target = utc("20260908T1000")

    moved = MovedSeries(
        given, None, Times(target, target + HOUR, False, NEW_YORK), former_length=HOUR
    )

    assert moved.times().recurrence == (  # ten in Berlin became six in New York, a day later
        "RRULE:FREQ=WEEKLY;UNTIL=20261222T110000Z",
        "RDATE;TZID=America/New_York:20260911T060000",
        "EXDATE;TZID=America/New_York:20260915T060000,20261103T060000",
    )


def test_a_listed_date_moves_by_the_distance() -> None:
    """The month's instance is another one."""
    given = series(
        "20260901T0000", "RRULE:FREQ=MONTHLY;BYDAY=1TU", "RDATE;VALUE=DATE:20260917",
        zone="UTC", all_day=True,
    )  # fmt: skip
    day = utc("20260902T0000")

    moved = MovedSeries(given, None, Times(day, day + DAY, True, "UTC"), former_length=DAY)

    assert moved.times().recurrence == (
        "RRULE:FREQ=MONTHLY;BYDAY=1WE",
        "RDATE;VALUE=DATE:20260918",
    )
    assert moved.start_of(utc("20260917T0000")) == utc("20260918T0000")


def test_times_become_dates_and_dates_times() -> None:
    given = series(
        "20260907T0800",
        "RRULE:FREQ=WEEKLY;UNTIL=20261221T090000Z",
        "EXDATE;TZID=Europe/Berlin:20260914T100000",
    )
    day = utc("20260907T0000")
    dated = MovedSeries(given, None, Times(day, day + DAY, True, "UTC"), former_length=HOUR)
    dates = dated.times()
    assert dates.recurrence == (
        "RRULE:FREQ=WEEKLY;UNTIL=20261221",
        "EXDATE;VALUE=DATE:20260914",
    )

    back = MovedSeries(
        dates,
        None,
        Times(given.start_at, given.end_at, False, BERLIN),
        former_length=DAY,
    )
    assert back.times().recurrence == (
        "RRULE:FREQ=WEEKLY;UNTIL=20261221T225959Z",
        "EXDATE;TZID=Europe/Berlin:20260914T100000",
    )
    assert back.start_of(utc("20260914T0000")) == utc("20260914T0800")


def test_a_rule_moves_as_far_as_a_listed_date() -> None:
    """Whose time is another one than that of the rule."""
    given = series("20260909T0330", "RRULE:FREQ=WEEKLY;BYDAY=TU;BYHOUR=2;BYMINUTE=30")
    target = utc("20260909T0430")

    moved = MovedSeries(
        given, given.start_at, Times(target, target, False, BERLIN), former_length=HOUR
    )

    assert moved.times().recurrence == ("RRULE:FREQ=WEEKLY;BYDAY=TU;BYHOUR=3;BYMINUTE=30",)
    assert not moved.kept
