"""A recurrence in plain words: examples, and that every rule has some words in each language."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.local_time import day, number, weekdays
from calendars.events.rows import EventRow
from calendars.timeline.recurrence_words import recurrence_words

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def series(*lines: str, all_day: bool = False, at: datetime | None = None) -> EventRow:
    start = at or datetime(2026, 12, 1, 9, 15, tzinfo=UTC)  # a Tuesday
    start = start.replace(hour=0, minute=0) if all_day else start
    return EventRow(
        "one", start, start + timedelta(hours=1), all_day, "UTC", list(lines), {}, [], {}
    )


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["RRULE:FREQ=DAILY"], "Every day"),
        (["RRULE:FREQ=DAILY;INTERVAL=3;COUNT=4"], "Every 3 days, 4 times"),
        (["RRULE:FREQ=DAILY;BYDAY=SA,SU"], "Every week on Saturday and Sunday"),
        (["RRULE:FREQ=WEEKLY"], "Every week on Tuesday"),
        (["RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"], "Every week from Monday to Friday"),
        (["RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"], "Every day"),
        (["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;UNTIL=20270630T215959Z",
          "EXDATE:20261203T091500Z,20261215T091500Z", "EXDATE:20270105T091500Z"],
         "Every 2 weeks on Tuesday and Thursday until 30 June 2027, except 3 dates"),
        (["RRULE:FREQ=WEEKLY;BYDAY=MO;BYMONTH=1,7"], "Every week on Monday in January and July"),
        (["RRULE:FREQ=MONTHLY"], "Every month on the 1st"),
        (["RRULE:FREQ=MONTHLY;BYMONTHDAY=2,3,11,22,-1"],
         "Every month on the 2nd, the 3rd, the 11th, the 22nd and the last day"),
        (["RRULE:FREQ=MONTHLY;BYDAY=1SU"], "Every month on the first Sunday"),
        (["RRULE:FREQ=MONTHLY;BYDAY=-1FR,2MO"],
         "Every month on the second Monday and the last Friday"),
        (["RRULE:FREQ=MONTHLY;BYDAY=FR"], "Every month on each Friday"),
        (["RRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"],
         "Every month on the 13th if that is a Friday"),
        (["RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"],
         "Every month on the last weekday (Monday to Friday)"),
        (["RRULE:FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1"],
         "Every month on the first weekend day (Saturday or Sunday)"),
        (["RRULE:FREQ=MONTHLY;BYDAY=TU;BYSETPOS=-2"],
         "Every month on the second to last Tuesday"),
        (["RRULE:FREQ=MONTHLY;INTERVAL=6;BYDAY=MO,WE;BYSETPOS=1"],
         "Every 6 months on the first day that is a Monday or Wednesday"),
        (["RRULE:FREQ=YEARLY"], "Every year on 1 December"),
        (["RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"],
         "Every year on the last Sunday in October"),
        (["RRULE:FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=15"],
         "Every year on the 15th in January and July"),
        (["RRULE:FREQ=YEARLY;BYYEARDAY=100,-1"],
         "Every year on the 100th day and the last day of the year"),
        (["RRULE:FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO"], "Every year on Monday of week 20"),
        (["RRULE:FREQ=YEARLY;BYDAY=20MO"], "Every year on the 20th Monday of the year"),
        (["RRULE:FREQ=HOURLY;INTERVAL=6;COUNT=1"], "Every 6 hours, once"),
        (["RRULE:FREQ=DAILY;BYHOUR=9,15;BYMINUTE=0"], "Every day at 09:00 and 15:00"),
        (["RRULE:FREQ=WEEKLY", "RRULE:FREQ=MONTHLY;BYMONTHDAY=5"],
         "Every week on Tuesday; also every month on the 5th"),
        (["RRULE:FREQ=WEEKLY", "RDATE:20261224T091500Z"],
         "Every week on Tuesday, and on 1 more date"),
        (["RDATE:20261224T091500Z,20261225T091500Z"], "On 3 dates"),
        (["RRULE:FREQ=DAILY", "EXRULE:FREQ=MONTHLY;BYMONTHDAY=13"],
         "Every day, but not every month on the 13th"),
        (["RRULE:FREQ=DAILY;BYHOUR=9,10;BYSETPOS=-1"],
         "Repeats by a rule that has no short wording: RRULE:FREQ=DAILY;BYHOUR=9,10;BYSETPOS=-1"),
        (["RRULE:FREQ=SOMETIMES"], "Repeats by a rule that Daybook can't read."),
        (["<script>"], "Repeats by a rule that Daybook can't read."),
    ],
)  # fmt: skip
def test_examples(lines: list[str], words: str) -> None:
    with translation.override("en"):
        assert recurrence_words(series(*lines)) == words


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;UNTIL=20270630", "EXDATE:20261203T091500Z"],
         "Alle 2 Wochen am Dienstag und Donnerstag bis 30. Juni 2027, außer an 1 Tag"),
        (["RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"],
         "Jeden Monat am letzten Werktag (Montag bis Freitag)"),
        (["RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"],
         "Jedes Jahr am letzten Sonntag im Oktober"),
        (["RRULE:FREQ=MONTHLY;BYMONTHDAY=15,-1"], "Jeden Monat am 15. und letzten Tag"),
        (["RRULE:FREQ=MONTHLY;BYDAY=FR"], "Jeden Monat an jedem Freitag"),
    ],
)  # fmt: skip
def test_examples_in_german(lines: list[str], words: str) -> None:
    with translation.override("de"):
        assert recurrence_words(series(*lines)) == words


def test_cancelled_instances_count_as_left_out() -> None:
    rule = series("RRULE:FREQ=WEEKLY", "EXDATE:20261208T091500Z")
    with translation.override("en"):
        assert recurrence_words(rule, cancelled=1) == "Every week on Tuesday, except 2 dates"


@pytest.mark.parametrize(
    ("until", "zone", "last"),
    [
        ("20261210T100000Z", "America/New_York", "10 December 2026"),  # at 05:00, after its 04:15
        ("20261210T003000Z", "America/New_York", "9 December 2026"),
        ("20261210T003000Z", "Asia/Tokyo", "9 December 2026"),  # at 09:30, before its 18:15
    ],
)
def test_an_end_in_utc_is_a_day_of_the_series_zone(until: str, zone: str, last: str) -> None:
    rule = series(f"RRULE:FREQ=DAILY;UNTIL={until}")._replace(time_zone=zone)
    with translation.override("en"):
        assert recurrence_words(rule) == f"Every day until {last}"


def numbers(low: int, high: int) -> st.SearchStrategy[str]:
    values = st.integers(low, high).filter(bool)
    return st.lists(values, min_size=1, max_size=4).map(lambda them: ",".join(map(str, them)))


def weekdays_of_rules() -> st.SearchStrategy[str]:
    one = st.tuples(st.sampled_from(["", "1", "-1", "3", "-2", "53"]), st.sampled_from(DAYS))
    return st.lists(one.map("".join), min_size=1, max_size=7).map(",".join)


PARTS = st.fixed_dictionaries(
    {"FREQ": st.sampled_from(
        ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"])},
    optional={
        "INTERVAL": st.integers(1, 999).map(str),
        "COUNT": st.integers(1, 9_999).map(str),
        "UNTIL": st.sampled_from(["20270630", "20270630T215959Z", "20270630T235959"]),
        "BYMONTH": numbers(1, 12),
        "BYMONTHDAY": numbers(-31, 31),
        "BYYEARDAY": numbers(-366, 366),
        "BYWEEKNO": numbers(-53, 53),
        "BYDAY": weekdays_of_rules(),
        "BYSETPOS": numbers(-366, 366),
        "BYHOUR": numbers(1, 23),
        "BYMINUTE": numbers(1, 59),
        "BYSECOND": numbers(1, 59),
    },
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(PARTS, st.booleans(), st.sampled_from(["en", "de"]))
def test_every_rule_has_words(parts: dict[str, str], all_day: bool, language: str) -> None:
    """Also with parts that don't go together, which are refused when they are stored."""
    rule = "RRULE:" + ";".join(f"{name}={value}" for name, value in parts.items())
    with translation.override(language):
        assert recurrence_words(series(rule, all_day=all_day))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=3))
def test_any_lines_have_words(lines: list[str]) -> None:
    assert recurrence_words(series(*lines)) is not None


@settings(max_examples=100, deadline=None)
@given(
    st.integers(2, 99),
    st.lists(st.sampled_from(range(7)), min_size=1, max_size=4, unique=True),
    st.one_of(st.integers(2, 999), st.dates(date(2027, 1, 1), date(2199, 12, 31))),
    st.sampled_from(["en", "de"]),
)
def test_words_name_the_interval_the_days_and_the_end(
    interval: int, days: list[int], end: int | date, language: str
) -> None:
    part = f"COUNT={end}" if isinstance(end, int) else f"UNTIL={end:%Y%m%d}"
    listed = ",".join(DAYS[one] for one in days)
    with translation.override(language):
        words = recurrence_words(
            series(f"RRULE:FREQ=WEEKLY;INTERVAL={interval};BYDAY={listed};{part}")
        )
        names = [weekdays()[one] for one in days]
        shown_end = number(end) if isinstance(end, int) else day(end)
    assert str(interval) in words
    assert all(name in words for name in names)
    assert shown_end in words
