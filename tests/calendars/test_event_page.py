"""The page of an event, and the same as a popover: all that is known, for its owner alone."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from calendars.events.history import Author, Door
from calendars.events.merging import row_of
from calendars.events.writing import store_events
from calendars.models import (
    Calendar,
    CategoryChoice,
    Connection,
    Event,
    EventChange,
    PendingChange,
    event_id_for,
)
from calendars.models.palette import hued
from calendars.timeline.category_choices import ensure_categories
from calendars.timeline.event_card import event_card
from profiles.services import change_profile
from tests.calendars.rows import make_calendar, make_connection, make_day, make_event
from tests.statements import statements

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 12, 1, 9, 15, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)
POPOVER = {"HX-Request": "true", "HX-Target": "event-popover"}
GUESTS = [
    {"email": "ada@example.com", "name": "Ada", "response": "accepted", "self": True},
    {"email": "grace@example.com", "name": "Grace", "response": "accepted", "organizer": True},
    {"email": "bob@example.com", "optional": True},
    {"email": "mei@example.com", "name": "Mei", "response": "declined"},
    {"email": "room4@example.com", "name": "Room 4", "response": "tentative", "resource": True},
]


@pytest.fixture
def work(alice: User) -> Calendar:
    change_profile(owner=alice, changes={"timezone": "Europe/Berlin"})
    return make_calendar(make_connection(alice), "Work", "#4a6fa5")


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def make_series(calendar: Calendar, *lines: str, **fields: Any) -> Event:
    rules = list(lines) or ["RRULE:FREQ=WEEKLY"]
    return make_event(calendar, "Review", NINE, NINE + HOUR, recurrence=rules, **fields)


def make_exception(series: Event, weeks: int, **fields: Any) -> Event:
    """Replace the instance of that week; it starts an hour later."""
    at = series.start_at + weeks * WEEK
    start_at = at + HOUR
    remote_id = f"{series.remote_id}_{at:%Y%m%dT%H%M%SZ}"
    return Event.objects.create(
        id=event_id_for(series.calendar_id, remote_id),
        owner_id=series.owner_id,
        calendar=series.calendar,
        remote_id=remote_id,
        recurring_event_id=series.remote_id,
        original_start_at=at,
        start_at=start_at,
        end_at=start_at + HOUR,
        **{"summary": "Review, moved", **fields},
    )


def address(event: Event, at: datetime | None = None) -> str:
    return f"/events/{event.pk}/" + (f"?at={at:%Y%m%dT%H%M%SZ}" if at else "")


def text_of(client: Client, address: str, **headers: str) -> str:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_page_says_all_that_is_known(signed_in: Client, work: Calendar) -> None:
    event = make_event(
        work,
        "Budget review",
        NINE,
        NINE + HOUR,
        time_zone="Asia/Tokyo",
        location="Unter den Linden 1, Berlin",
        description="Figures at <b>https://example.org/q4</b>",
        conference_url="https://meet.google.com/abc-defg-hij",
        html_link="https://www.google.com/calendar/event?eid=x",
        attendees=GUESTS,
        status="tentative",
        visibility="private",
        transparency="transparent",
        reminders={"useDefault": False, "overrides": [
            {"method": "popup", "minutes": 10}, {"method": "email", "minutes": 1440}]},
    )  # fmt: skip
    page = text_of(signed_in, address(event))
    for words in (
        "Budget review",
        "Tuesday, 1 December 2026",
        "10:15</time>",
        "18:15–19:15 in Tokyo",  # noqa: RUF001
        'href="https://www.openstreetmap.org/search?query=Unter%20den%20Linden%201%2C%20Berlin"',
        'href="https://meet.google.com/abc-defg-hij" target="_blank" rel="noopener noreferrer"',
        'href="https://www.google.com/calendar/event?eid=x"',
        'href="https://example.org/q4" target="_blank" rel="noopener noreferrer"',
        "5 people",
        "2 accepted",
        "1 maybe",
        "1 declined",
        "1 not answered yet",
        "Organizer",
        "Optional",
        "10 minutes before",
        "1 day before, by email",
        "Tentative",
        "Private",
        "Shown as free",
        "Work",
        "Times are in Europe/Berlin",
    ):
        assert words in page, words
    assert "Next dates" not in page


def test_the_popover_is_the_same_card_without_the_page(signed_in: Client, work: Calendar) -> None:
    event = make_event(work, "Budget review", NINE, NINE + HOUR, attendees=GUESTS * 3)
    card = signed_in.get(address(event), headers=POPOVER)
    assert "HX-Target" in card["Vary"]
    text = " ".join(card.content.decode().split())
    assert '<article class="event-card"' in text
    assert "<html" not in text
    assert "10:15</time>" in text
    assert text.count('class="guest ') == 6
    assert "and 9 more" in text
    assert f'href="{address(event)}"' in text


def test_an_instance_of_a_series_with_its_next_dates(signed_in: Client, work: Calendar) -> None:
    series = make_series(work, "RRULE:FREQ=WEEKLY;COUNT=520")
    moved = make_exception(series, 2)
    make_exception(series, 3, status="cancelled")
    page = text_of(signed_in, address(series, NINE + WEEK))
    assert "Tuesday, 8 December 2026" in page
    assert "Every week on Tuesday, 520 times, except 1 date" in page
    card = event_card(owner=User.objects.get(pk=work.owner_id), event_id=series.pk, now=NINE - HOUR)
    assert [one.start_at for one in card.upcoming] == [
        NINE, NINE + WEEK, NINE + 2 * WEEK + HOUR, NINE + 4 * WEEK, NINE + 5 * WEEK]  # fmt: skip
    assert [one.event_id for one in card.upcoming].count(moved.pk) == 1
    for one in card.upcoming:
        assert signed_in.get(f"/events/{one.event_id}/?at={one.at}").status_code == 200


def test_a_replaced_instance_shows_what_replaced_it(signed_in: Client, work: Calendar) -> None:
    series = make_series(work)
    moved = make_exception(series, 1)
    for shown in (address(series, NINE + WEEK), address(moved), address(moved, NINE + WEEK)):
        page = text_of(signed_in, shown)
        assert "Review, moved" in page
        assert "11:15</time>" in page
        assert "Every week on Tuesday" in page


def test_what_is_not_there_is_not_found(
    client: Client, alice: User, charlie: User, work: Calendar
) -> None:
    single = make_event(work, "Alone", NINE, NINE + HOUR)
    series = make_series(work, "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE:20261208T091500Z")
    gone = make_exception(series, 2, status="cancelled")
    cancelled = make_event(work, "Off", NINE, NINE + HOUR, status="cancelled")
    missing = [
        address(single, NINE + HOUR),
        address(series, NINE + HOUR),
        address(series, NINE + WEEK),
        address(series, NINE + 2 * WEEK),
        address(series, NINE + 3 * WEEK),
        f"{address(series)}?at=yesterday",
        f"{address(series)}?at=99991231T235959Z",
        f"{address(series)}?at=00010101T000000Z",
        address(gone),
        address(cancelled),
        f"/events/{uuid.uuid4()}/",
    ]
    client.force_login(alice)
    shown = [address(single), address(series, NINE)]
    assert [client.get(one).status_code for one in shown] == [200, 200]
    for one in missing:
        assert client.get(one).status_code == 404, one
    client.force_login(charlie)
    for one in shown:
        assert client.get(one).status_code == 404
        assert client.get(one, headers=POPOVER).status_code == 404
    client.force_login(alice)
    Calendar.objects.filter(pk=work.pk).update(removed_at=timezone.now())
    assert client.get(address(single)).status_code == 404


def test_a_visitor_signs_in_first(client: Client, work: Calendar) -> None:
    event = make_event(work, "Alone", NINE, NINE + HOUR)
    answer = client.get(address(event))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_a_series_without_an_instance_named_shows_the_next_one(
    signed_in: Client, work: Calendar
) -> None:
    weekly = make_series(work)
    ended = make_series(work, "RRULE:FREQ=WEEKLY;UNTIL=20261208T235959Z")
    owner = User.objects.get(pk=work.owner_id)
    later = NINE + 10 * WEEK + 2 * HOUR
    assert event_card(owner=owner, event_id=weekly.pk, now=later).shown.entry.start_at == (
        NINE + 11 * WEEK
    )
    past = event_card(owner=owner, event_id=ended.pk, now=later)
    assert past.shown.entry.start_at == NINE
    assert past.upcoming == ()


def test_days_stay_dates_in_every_zone(signed_in: Client, alice: User, work: Calendar) -> None:
    event = make_day(work, "Holiday", NINE.date(), days=3)
    yearly = make_day(work, "Birthday", NINE.date())
    Event.objects.filter(pk=yearly.pk).update(recurrence=["RRULE:FREQ=YEARLY"])
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        change_profile(owner=alice, changes={"timezone": zone})
        assert "1–3 December 2026" in text_of(signed_in, address(event))  # noqa: RUF001
        page = text_of(signed_in, address(yearly, datetime(2026, 12, 1, tzinfo=UTC)))
        assert "Tuesday, 1 December 2026" in page
        assert "Wednesday, 1 December 2027" in page


def test_its_history_says_what_changed_and_which_way(
    signed_in: Client, alice: User, work: Calendar
) -> None:
    files = Calendar.objects.create(owner=alice, name="Files")
    event = make_event(files, "Budget", NINE, NINE + HOUR)
    changed = row_of(event)._replace(summary="Budget review", start_at=NINE - HOUR, location="4")
    store_events(calendar=files, rows=[changed], author=Author(Door.PAGE, actor_id=alice.pk))
    again = changed._replace(description="More")
    store_events(calendar=files, rows=[again], author=Author(Door.IMPORT, actor_id=alice.pk))
    assert EventChange.objects.filter(event_id=event.pk).count() == 2
    page = text_of(signed_in, address(event))
    assert "Changed by you, on a page: title, time, place" in page
    assert "Changed by an import of a file: note" in page


def test_why_it_is_read_only(alice: User, work: Calendar) -> None:
    event = make_event(work, "Alone", NINE, NINE + HOUR)

    def reason() -> str:
        return event_card(owner=alice, event_id=event.pk, now=NINE).read_only_reason

    Calendar.objects.filter(pk=work.pk).update(read_only=True)
    assert reason() == "Work is shared with ada@example.com for reading only."
    Connection.objects.update(status=Connection.Status.DISCONNECTED)
    assert reason() == "ada@example.com is disconnected: what was received stays as it was."


@pytest.mark.parametrize(
    ("state", "words"), [("pending", "Waiting for Google"), ("conflict", "Differs at Google")]
)
def test_a_local_change_is_marked(
    signed_in: Client, work: Calendar, state: str, words: str
) -> None:
    event = make_event(work, "Alone", NINE, NINE + HOUR)
    assert words not in text_of(signed_in, address(event))
    PendingChange.objects.create(
        event_id=event.pk,
        owner_id=event.owner_id,
        calendar=work,
        remote_id=event.remote_id,
        kind="update",
        state=state,
        base={},
    )
    assert words in text_of(signed_in, address(event))


@pytest.mark.django_db(transaction=True)  # so that the security context goes with a statement
def test_statements_do_not_grow(signed_in: Client, work: Calendar) -> None:
    series = make_series(work, attendees=GUESTS * 40)
    counts = []
    for weeks in ((), range(1, 30)):
        for week in weeks:
            make_exception(series, week)
        with CaptureQueriesContext(connection) as captured:
            signed_in.get(address(series, NINE), headers=POPOVER)
        counts.append(statements(captured))
    with CaptureQueriesContext(connection) as captured:
        signed_in.get(address(make_exception(series, 31)), headers=POPOVER)
    counts.append(statements(captured)[1:])  # the first statement makes the exception
    few, many, of_exception = counts
    assert len(many) == len(few) == len(of_exception) <= 8, "\n".join(one[:200] for one in many)


def test_its_category_can_be_chosen_and_left_to_the_rules_again(
    signed_in: Client, alice: User, charlie: User, work: Calendar
) -> None:
    series = make_series(work)
    at = f"{NINE:%Y%m%dT%H%M%SZ}"
    post = f"/events/{series.pk}/category/"
    category = ensure_categories(alice.pk)[1]
    answer = signed_in.post(post, {"category": str(category.pk), "at": at})
    assert answer["Location"] == f"/events/{series.pk}/?at={at}"
    assert CategoryChoice.objects.get(event_id=series.pk).category_id == category.pk
    card = signed_in.post(post, {"category": str(category.pk), "at": at}, headers=POPOVER)
    assert f'value="{category.pk}" selected' in card.content.decode()
    signed_in.post(post, {"category": "", "at": at})
    assert not CategoryChoice.objects.filter(event_id=series.pk).exists()
    for wrong in ({"category": "x"}, {"category": str(category.pk), "at": "x"}):
        assert signed_in.post(post, wrong).status_code == 404
    signed_in.force_login(charlie)
    assert signed_in.post(post, {"category": str(category.pk)}).status_code == 404


def test_its_colour_is_that_of_the_grids(signed_in: Client, alice: User, work: Calendar) -> None:
    assert work.connection is not None
    others = [make_calendar(work.connection, name, work.colour) for name in ("Home", "Choir")]
    Calendar.objects.filter(pk=others[1].pk).update(own_colour="#c34f4b")
    hues = {one.pk: one.hue for one in hued(Calendar.objects.of(alice.pk))}
    assert len(set(hues.values())) == 3
    for calendar in (work, *others):
        event = make_event(calendar, "Alone", NINE, NINE + HOUR)
        assert event_card(owner=alice, event_id=event.pk, now=NINE).hue == hues[calendar.pk]
