"""A typed line becomes an event of its owner, with their own calendars, categories and people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from calendars.events.editing import create_event
from calendars.events.history import Author
from calendars.models import Calendar, Category, CategoryChoice, Connection, Event, EventChange
from calendars.timeline.category_choices import ensure_categories
from calendars.timeline.typed_events import TypedEvent, create_typed, read_typed
from config.web.problems import DomainError, Kind
from tests.calendars.typed_line import sentences_de, sentences_en
from tests.calendars.typed_line.test_sentences import understood

NOW = datetime(2026, 5, 6, 10, tzinfo=UTC)
TABLES = {"en": sentences_en.SENTENCES, "de": sentences_de.SENTENCES}


@pytest.fixture
def calendar(alice: User) -> Calendar:
    return Calendar.objects.create(owner=alice, name="Own", time_zone="UTC")


@pytest.fixture
def author(alice: User) -> Author:
    return Author(EventChange.Door.API, actor_id=alice.pk)


def meet(calendar: Calendar, *people: tuple[str, str]) -> None:
    """Create an event of the past week with these people."""
    at = timezone.now() - timedelta(days=7)
    create_event(
        owner_id=calendar.owner_id,
        calendar_id=calendar.pk,
        values={
            "summary": "Before",
            "start_at": at,
            "end_at": at + timedelta(hours=1),
            "attendees": [{"email": email, "name": name} for email, name in people],
        },
        author=Author(EventChange.Door.API, actor_id=calendar.owner_id),
    )


def typed(text: str, owner: User, **options: Any) -> TypedEvent:
    return read_typed(text, owner=owner, now=NOW, **options)


def test_a_line_becomes_an_event(alice: User, calendar: Calendar, author: Author) -> None:
    meet(calendar, ("anna@example.org", "Anna Schmidt"))
    sport = next(one for one in ensure_categories(alice.pk) if not one.is_default)
    work = Calendar.objects.create(owner=alice, name="Bürö")
    text = f"Lunch with Anna tomorrow 12:30 at Luigi's #buro #{sport.name.split()[0]}"

    event = create_typed(typed(text, alice), owner=alice, author=author)

    assert (event.summary, event.location, event.calendar_id) == ("Lunch", "Luigi's", work.pk)
    assert event.start_at == datetime(2026, 5, 7, 12, 30, tzinfo=UTC)
    assert event.end_at - event.start_at == timedelta(hours=1)
    assert event.attendees == [{"email": "anna@example.org", "name": "Anna Schmidt"}]
    choice = CategoryChoice.objects.get(event_id=event.pk)
    assert choice.category_id == sport.pk
    assert EventChange.objects.get(event_id=event.pk).door == "api"


@pytest.mark.parametrize("language", TABLES)
def test_what_was_understood_is_what_is_stored(
    alice: User, calendar: Calendar, author: Author, language: str
) -> None:
    told = [found for found in map(understood, TABLES[language]) if found.start is not None]
    assert len(told) > 130
    for found in told:
        shown = TypedEvent(found, calendar)
        if found.category is not None:
            continue  # of the table's, not of alice's
        event = Event.objects.get(pk=create_typed(shown, owner=alice, author=author).pk)

        assert (event.summary, event.location) == (found.title, found.place), found
        assert tuple(event.recurrence) == found.recurrence, found
        assert event.all_day == found.all_day, found
        assert [one["email"] for one in event.attendees] == [one.email for one in found.people]
        if isinstance(found.start, datetime):
            assert event.start_at == found.start.astimezone(UTC)
            assert event.time_zone == str(found.start.tzinfo)
            assert isinstance(shown.end, datetime)
            assert event.end_at == shown.end.astimezone(UTC), found
        else:
            assert (event.start_at.date(), event.end_at.date()) == (found.start, found.end), found


def test_the_first_writable_calendar_is_taken(alice: User, calendar: Calendar) -> None:
    Calendar.objects.create(owner=alice, name="A holidays", read_only=True)
    hidden = Calendar.objects.create(owner=alice, name="Hidden", selected=False)
    gone = Connection.objects.create(
        owner=alice, subject="1", email="a@example.org", status=Connection.Status.DISCONNECTED
    )
    Calendar.objects.create(owner=alice, name="Gone", connection=gone, remote_id="x", primary=True)

    assert typed("Lunch tomorrow", alice).calendar == calendar
    assert typed("Lunch tomorrow #hidden", alice).calendar == hidden
    assert typed("Lunch tomorrow", alice, calendar_id=hidden.pk).calendar == hidden
    assert typed("Lunch tomorrow #own", alice, calendar_id=hidden.pk).calendar == calendar
    asked = typed("Lunch tomorrow #gone", alice)
    assert (asked.understood.title, asked.calendar) == ("Lunch #gone", calendar)
    assert [question.code for question in asked.understood.questions] == ["unknown-tag"]


def test_names_of_others_are_unknown(alice: User, bob: User, calendar: Calendar) -> None:
    bobs = Calendar.objects.create(owner=bob, name="Secret")
    Category.objects.create(owner=bob, name="Hush")
    meet(bobs, ("zoe@example.org", "Zoe"))

    line = typed("Lunch with Zoe tomorrow #secret #hush", alice)

    assert line.understood.title == "Lunch with Zoe #secret #hush"
    assert {question.code for question in line.understood.questions} >= {"unknown-tag"}
    with pytest.raises(DomainError) as refused:
        typed("Lunch tomorrow", alice, calendar_id=bobs.pk)
    assert refused.value.kind is Kind.NOT_FOUND


def test_people_are_named_by_whole_words(alice: User, calendar: Calendar) -> None:
    meet(
        calendar,
        ("anna@example.org", "Anna Schmidt"),
        ("zoe@example.org", "Zoë Ng"),
        ("kim.a@example.org", "Kim Ames"),
        ("kim.b@example.org", "Kim Bell"),
    )

    def people(text: str) -> list[str]:
        return [guest.email for guest in typed(text, alice).understood.people]

    assert people("Tea with anna and zoe tomorrow") == ["anna@example.org", "zoe@example.org"]
    assert people("Tea with Kim Bell tomorrow") == ["kim.b@example.org"]
    assert people("Tea with Ann tomorrow") == []
    kim = typed("Tea with Kim tomorrow", alice).understood
    assert kim.title == "Tea with Kim"
    assert kim.questions[0].names == ("Kim Ames", "Kim Bell")


def test_many_names_need_one_statement(alice: User, calendar: Calendar) -> None:
    meet(calendar, ("anna@example.org", "Anna"), ("ben@example.org", "Ben"))
    ensure_categories(alice.pk)
    with CaptureQueriesContext(connection) as short:
        typed("Tea with Anna tomorrow #own", User.objects.get(pk=alice.pk))
    with CaptureQueriesContext(connection) as long:
        typed("Tea with Anna, Ben and Anna tomorrow #own #x #y", User.objects.get(pk=alice.pk))
    assert len(long) == len(short)


def test_a_line_without_a_day_is_refused(alice: User, calendar: Calendar, author: Author) -> None:
    with pytest.raises(DomainError) as refused:
        create_typed(typed("Buy milk", alice), owner=alice, author=author)
    assert [(fault.field, fault.code) for fault in refused.value.faults] == [("text", "no-time")]
    assert not Event.objects.exists()


def test_a_person_without_a_calendar_is_told(alice: User, author: Author) -> None:
    with pytest.raises(DomainError) as refused:
        create_typed(typed("Lunch tomorrow", alice), owner=alice, author=author)
    assert refused.value.code == "no-calendar"
