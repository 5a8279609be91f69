"""The chip: an event's HTML in every grid, its states and words, and what it escapes."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from accounts.models import User
from calendars.pages.chip import ChipLook, chip
from calendars.timeline.day_entry import entries_by_day
from calendars.timeline.days import read_days
from calendars.timeline.occurrences import TimelineEntry, occurrences_between
from tests.calendars.rows import make_calendar, make_connection, make_hour
from tests.calendars.timeline import all_day, timed

ON = date(2026, 11, 18)
NINE = datetime(2026, 11, 18, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def look(now: datetime = NINE) -> ChipLook:
    return ChipLook(now=now, today=now.date())


def meeting(**changes: Any) -> TimelineEntry:
    return replace(timed(NINE, NINE + HOUR, "Stand-up"), hue=3, **changes)


class Shown(HTMLParser):
    """The attributes of a chip, and its text as a screen reader reads it."""

    def __init__(self, entry: TimelineEntry, on: date = ON, now: datetime = NINE) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: dict[str, str | None] = {}
        self.text = ""
        self.feed(chip(entries_by_day([entry])[on][0], look(now)))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes = self.attributes or dict(attrs)

    def handle_data(self, text: str) -> None:
        self.text += text

    @property
    def classes(self) -> set[str]:
        return set((self.attributes["class"] or "").split())


def test_a_meeting_has_its_time_its_title_and_the_hue_of_its_calendar() -> None:
    shown = Shown(meeting())
    assert (shown.text, shown.classes) == ("09:00 Stand-up", {"chip", "hue-3"})
    assert shown.attributes["title"] == "Stand-up · 09:00–10:00 · Work"  # noqa: RUF001


@pytest.mark.parametrize(
    ("changes", "state", "words"),
    [
        ({"status": "tentative"}, "tentative", "tentative"),
        ({"response": "tentative"}, "tentative", "tentative"),
        ({"response": "needsAction"}, "unanswered", "not answered yet"),
        ({"response": "declined"}, "declined", "declined"),
        ({"transparency": "transparent"}, "free", "shown as free"),
        ({"end_at": NINE - HOUR, "start_at": NINE - 2 * HOUR}, "past", "past"),
    ],
)
def test_each_state_is_a_class_and_a_word(changes: dict[str, Any], state: str, words: str) -> None:
    shown = Shown(meeting(**changes))
    assert state in shown.classes
    assert shown.text.endswith(f"Stand-up, {words}")


def test_an_answer_of_yes_is_no_state() -> None:
    shown = Shown(meeting(response="accepted", transparency="opaque"))
    assert shown.classes == {"chip", "hue-3"}


def test_a_day_is_past_only_when_it_has_ended() -> None:
    today = all_day(ON, ON + timedelta(days=1))
    assert "past" not in Shown(today, now=NINE).classes
    assert "past" in Shown(today, now=NINE + timedelta(days=1)).classes


def test_a_trip_says_on_each_side_that_it_goes_on() -> None:
    trip = all_day(ON, ON + timedelta(days=3), "Trip")
    days = [Shown(trip, ON + timedelta(days=n)) for n in range(3)]
    sides = [one.classes & {"continued-left", "continued-right"} for one in days]
    assert sides == [
        {"continued-right"},
        {"continued-left", "continued-right"},
        {"continued-left"},
    ]
    assert len({one.attributes["id"] for one in days}) == 3


@pytest.mark.parametrize("summary", ["", "   ", "\n"])
def test_an_event_without_a_title_says_so(summary: str) -> None:
    assert Shown(meeting(summary=summary)).text == "09:00 (no title)"


def test_an_instance_of_a_series_is_named_by_its_original_start() -> None:
    once, instance = meeting(), meeting(recurring=True)
    assert Shown(once).attributes["href"] == f"/events/{once.event_id}/"
    assert Shown(instance).attributes["href"] == f"/events/{instance.event_id}/?at=20261118T090000Z"


def test_a_chip_keeps_its_id_when_the_event_is_moved() -> None:
    before = meeting()
    after = replace(before, start_at=NINE + HOUR, end_at=NINE + 2 * HOUR)
    assert Shown(before).attributes["id"] == Shown(after).attributes["id"]
    assert re.fullmatch(r"[a-z][\w-]+", str(Shown(before).attributes["id"]))


@given(st.text(), st.text(), st.text())
def test_what_comes_from_a_calendar_is_text(summary: str, location: str, name: str) -> None:
    shown = Shown(meeting(summary=summary, location=location, calendar_name=name))
    assert set(shown.elements) == {"a", "span"}
    assert set(shown.attributes) == {"class", "id", "href", "title", "data-event"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("attendees", "response"),
    [
        ([], ""),
        ([{"email": "bob@example.org", "response": "declined"}], ""),
        ([{"email": "a@example.org", "self": True}], "needsAction"),
        (
            [
                {"email": "bob@example.org", "response": "accepted"},
                {"email": "a@example.org", "self": True, "response": "declined"},
            ],
            "declined",
        ),
    ],
)
def test_both_ways_to_read_find_the_owners_answer(
    alice: User, attendees: list[dict[str, Any]], response: str
) -> None:
    work = make_calendar(make_connection(alice), "Work", "#4a6fa5")
    make_hour(work, "Review", ON, 9, attendees=attendees, transparency="transparent")
    days = read_days(
        owner_id=alice.pk,
        start_on=ON,
        end_on=ON + timedelta(days=1),
        zone=ZoneInfo("UTC"),
        limit=lambda _: 9,
    )
    whole = occurrences_between(owner_id=alice.pk, start_at=NINE, end_at=NINE + HOUR)
    assert days.entries == whole
    assert [(one.response, one.transparency) for one in whole] == [(response, "transparent")]
