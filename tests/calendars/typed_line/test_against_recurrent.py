"""Repetition in English means what `recurrent` reads, apart from what that library gets wrong.

It is the one library found that makes RRULEs of sentences; it knows no ranges, places or German.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st
from recurrent.event_parser import RecurringEvent

from calendars.typed_line import understand

pytestmark = pytest.mark.filterwarnings("ignore:Flag style")  # of parsedatetime, which it uses
NOW = datetime(2026, 5, 6, 10, tzinfo=UTC)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PLACES = ("first", "second", "third", "fourth", "last")
SAME = (
    "daily", "weekly", "monthly", "yearly", "tuesdays and thursdays", "every weekday", "weekdays",
    "every weekend", "every other day", "every other tuesday", "every other month",
    "every 2nd tuesday", "every third thursday", "every 15th of the month",
    "every fourth of the month", "last day of every month", "1st and 15th of every month",
    "every monday through friday", "every may 12", "every year on may 12",
    "every tuesday until july", "every tuesday for 6 weeks", "every tuesday starting june 2",
    "every 10 days starting may 12",
)  # fmt: skip
# What it reads, and what the sentence says.
DIFFERENT = {
    "annually": (None, "FREQ=YEARLY"),
    "quarterly": (None, "FREQ=MONTHLY;INTERVAL=3"),
    "fortnightly": (None, "FREQ=WEEKLY;INTERVAL=2"),
    "biweekly": (None, "FREQ=WEEKLY;INTERVAL=2"),
    "every morning": (None, "FREQ=DAILY"),
    # The end is lost.
    "daily for 10 days": ("INTERVAL=1;FREQ=DAILY", "FREQ=DAILY;UNTIL=20260515"),
}


def theirs(text: str) -> str | None:
    """Return the RRULE without the hour, which is the start's in an event."""
    found = RecurringEvent(now_date=NOW.replace(tzinfo=None)).parse(text)
    if not isinstance(found, str):
        return None
    rule = found.rpartition("RRULE:")[2]
    return ";".join(part for part in rule.split(";") if not part.startswith(("BYHOUR", "BYMINUTE")))


def ours(text: str) -> tuple[str, date]:
    found = understand(f"Yoga {text}", now=NOW, zone="UTC", language="en-US")
    assert found.title == "Yoga"
    assert found.start is not None
    start = found.start.date() if isinstance(found.start, datetime) else found.start
    return found.recurrence[0].removeprefix("RRULE:"), start


def assert_same(text: str) -> None:
    expected = theirs(text)
    rule, start = ours(text)
    assert expected is not None
    assert instances(rule, start) == instances(expected, start), (rule, expected)


def instances(rule: str, start: date) -> list[datetime]:
    found = iter(rrulestr(rule, dtstart=datetime.combine(start, time())))
    return [at for at, _ in zip(found, range(60), strict=False)]


@pytest.mark.parametrize("text", SAME)
def test_the_usual_phrases(text: str) -> None:
    assert_same(text)


@pytest.mark.parametrize("text", DIFFERENT)
def test_what_it_gets_wrong(text: str) -> None:
    expected, meant = DIFFERENT[text]
    assert theirs(text) == expected, "it has learnt this: compare it with the others"
    assert ours(text)[0] == meant


@st.composite
def repetitions(draw: st.DrawFn) -> str:
    days = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=3, unique=True))
    listed = " and ".join(filter(None, [", ".join(days[:-1]), days[-1]]))
    interval = draw(st.integers(2, 9))
    every = draw(
        st.sampled_from(
            (
                f"every {interval} days",
                f"every {interval} weeks",
                f"every {interval} months",
                f"every {interval} years",
                f"every {listed}",
                f"every {interval} weeks on {listed}",
                f"every other {days[0]}",
                f"on the {draw(st.integers(1, 28))}th of every month",
                f"{draw(st.sampled_from(PLACES))} {days[0]} of every month",
                f"every {draw(st.sampled_from(PLACES))} {days[0]} of the month",
            )
        )
    )
    until = NOW + timedelta(days=draw(st.integers(60, 900)))
    count = draw(st.integers(2, 30))
    ends = (f" until {until:%B} {until.day} {until.year}", f" {count} times", "")
    return every + draw(st.sampled_from(ends))


@settings(max_examples=150, deadline=None)
@given(text=repetitions())
def test_phrases_of_parts(text: str) -> None:
    assert_same(text)
