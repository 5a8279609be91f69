"""Search: what is found, in which order, with which occurrence; for its owner alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.security_context import acting_as
from calendars.models import Calendar, Event, Occurrence, SearchEntry, SearchIndex
from calendars.timeline import search_hits, search_index
from calendars.timeline.categories import classifier_of
from calendars.timeline.search import Asked, Search, range_of
from calendars.timeline.search_hits import Hit
from tests.calendars.rows import make_calendar, make_connection, make_day, make_event, make_hour
from tests.factories import make_session
from tests.http import Response
from tests.privilege import as_product
from tests.product import index_owners
from tests.row_security.rows import number_changes
from tests.statements import statements

NOW = timezone.now().replace(minute=0, second=0, microsecond=0)
TODAY = NOW.date()
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def calendar(alice: User) -> Calendar:
    return make_calendar(make_connection(alice), "Work", "#4a6fa5")


def hits(owner: User, text: str = "", **asked: Any) -> list[Hit]:
    """Search as the product, in the owner's context."""
    with as_product(), acting_as(user_id=owner.pk):
        search = Search(owner_id=owner.pk, asked=Asked(text, **asked), zone=UTC)
        return search.read(None, 100)


def titles(owner: User, text: str = "", **asked: Any) -> list[str]:
    return [hit.event.summary for hit in hits(owner, text, **asked)]


def make_series(calendar: Calendar, summary: str, start_at: datetime, rule: str) -> Event:
    """Create a series whose occurrences are stored like by a sync."""
    from calendars.events.expansion import derive_occurrences

    event = make_event(calendar, summary, start_at, start_at + HOUR, recurrence=[rule])
    derive_occurrences(calendar=calendar, remote_ids=[event.remote_id])
    return event


def make_exception(master: Event, original_at: datetime, **fields: Any) -> Event:
    from calendars.events.expansion import derive_occurrences

    values: dict[str, Any] = {
        "start_at": original_at,
        "end_at": original_at + HOUR,
        "summary": master.summary,
    }
    values |= fields
    summary, start_at, end_at = (values.pop(name) for name in ("summary", "start_at", "end_at"))
    event = make_event(
        master.calendar, summary, start_at, end_at,
        recurring_event_id=master.remote_id, original_start_at=original_at, **values,
    )  # fmt: skip
    derive_occurrences(calendar=master.calendar, remote_ids=[master.remote_id])
    return event


def ask(user: User | None, **query: str) -> Response:
    headers = {"Authorization": f"Bearer {make_session(user).access}"} if user else {}
    return Client().get("/api/v1/search", query, headers=headers)


@pytest.mark.parametrize(
    "text",
    [
        "dentist", "DENTIST", "dent", "tist", "dentst", "dnetist", "zahnarzt", "muller",
        "müller dentist", "ana", "ana@example.org", "grüße", "Grusse", "invoice", "🦷", "standup",
    ],
)  # fmt: skip
def test_an_event_is_found_by_its_words(calendar: Calendar, alice: User, text: str) -> None:
    make_hour(
        calendar, "Dentist 🦷 Stand-up", TODAY + DAY, 9,
        location="Zahnarzt Dr. Müller",
        description="<p>Bring the <b>invoice</b>, Grüße</p>",
        attendees=[{"email": "ana@example.org", "name": "Ana Petrović"}],
    )  # fmt: skip
    make_hour(calendar, "Lunch", TODAY + DAY, 12)

    assert titles(alice, text) == ["Dentist 🦷 Stand-up 🦷"[:-2]]


@pytest.mark.parametrize(
    "text", ["dentst lisbon", "dxntxst", "b", "<b>", "%", "_", "\\", "\x00", "\ud800", "'", ""]
)
def test_what_matches_nothing(calendar: Calendar, alice: User, text: str) -> None:
    make_hour(calendar, "A dentist 100%", TODAY, 9, description="<b>x</b>")

    assert titles(alice, text) == []


def test_all_words_must_match(calendar: Calendar, alice: User) -> None:
    make_hour(calendar, "Lunch with Ana", TODAY, 12, location="Berlin")
    make_hour(calendar, "Lunch with Bo", TODAY, 12)

    assert titles(alice, "lunch ber") == ["Lunch with Ana"]
    assert sorted(titles(alice, "with lunch")) == ["Lunch with Ana", "Lunch with Bo"]


def test_the_order_of_matches(calendar: Calendar, alice: User) -> None:
    """By the field, then by how much of the word it is; a typing error comes last."""
    on = TODAY + DAY
    make_hour(calendar, "Oslava", on, 9)
    make_hour(calendar, "notes", on, 9, description="at oslova")
    make_hour(calendar, "people", on, 9, organizer={"email": "x@oslova.example"})
    make_hour(calendar, "place", on, 9, location="Oslova")
    make_hour(calendar, "in: newoslova", on, 9)
    make_hour(calendar, "Oslovaer", on, 9)
    make_hour(calendar, "To Oslova", on, 9)

    order = ["To Oslova", "Oslovaer", "in: newoslova", "place", "people", "notes", "Oslava"]
    assert titles(alice, "oslova") == order
    assert [hit.is_by_typo for hit in hits(alice, "oslova")] == [False] * 6 + [True]


def test_what_is_to_come_is_first_and_the_nearer(calendar: Calendar, alice: User) -> None:
    for days in (-1, 400, 2, -30, 2000, -4000):
        make_event(calendar, f"Call {days}", NOW + days * DAY, NOW + days * DAY + HOUR)
    make_event(calendar, "Call now", NOW - HOUR, NOW + 2 * HOUR)
    make_day(calendar, "Call today", TODAY)

    found = hits(alice, "call")

    assert [hit.event.summary for hit in found] == [
        "Call now", "Call today", "Call 2", "Call 400", "Call 2000",
        "Call -1", "Call -30", "Call -4000",
    ]  # fmt: skip
    assert [hit.past for hit in found] == [0] * 5 + [1] * 3


def test_a_series_is_shown_at_its_next_occurrence(calendar: Calendar, alice: User) -> None:
    make_series(calendar, "Weekly", NOW - 100 * DAY, "RRULE:FREQ=WEEKLY")

    (hit,) = hits(alice, "weekly")

    assert hit.entry
    assert hit.entry.start_at == NOW + 5 * DAY  # 105 = 15 weeks
    assert not hit.past


def test_a_series_that_ended_is_shown_at_its_last_occurrence(
    calendar: Calendar, alice: User
) -> None:
    old = make_series(calendar, "Course", NOW - 1000 * DAY, "RRULE:FREQ=DAILY;COUNT=3")
    (hit,) = hits(alice, "course")
    assert hit.past
    assert hit.entry
    assert hit.entry.start_at == NOW - 998 * DAY

    make_exception(old, NOW - 998 * DAY, status="cancelled")
    (hit,) = hits(alice, "course")
    assert hit.entry
    assert hit.entry.start_at == NOW - 999 * DAY


def test_a_series_beyond_the_horizon_is_expanded(calendar: Calendar, alice: User) -> None:
    make_series(calendar, "Comet", NOW - 10 * DAY, "RRULE:FREQ=YEARLY;INTERVAL=4")
    make_event(calendar, "Comet talk", NOW + 700 * DAY, NOW + 701 * DAY)

    talk, comet = hits(alice, "comet")

    assert talk.event.summary == "Comet talk"
    assert comet.entry
    assert comet.entry.start_at.year == NOW.year + 4
    assert not comet.past


def test_a_series_and_its_changed_instances_are_one_result(calendar: Calendar, alice: User) -> None:
    series = make_series(calendar, "Stand-up", NOW - 100 * DAY, "RRULE:FREQ=WEEKLY")
    moved = make_exception(series, NOW + 5 * DAY, start_at=NOW + DAY, end_at=NOW + DAY + HOUR)
    make_exception(series, NOW + 12 * DAY, summary="Stand-up with Ana")

    (hit,) = hits(alice, "stand-up")
    assert hit.event == moved
    assert hit.entry
    assert hit.entry.start_at == NOW + DAY
    assert hit.entry.original_start_at == NOW + 5 * DAY
    assert titles(alice, "ana") == ["Stand-up with Ana"]


def test_a_series_without_any_occurrence_is_not_found(calendar: Calendar, alice: User) -> None:
    series = make_series(calendar, "Once", NOW, "RRULE:FREQ=DAILY;COUNT=1")
    exception = make_exception(series, NOW, status="cancelled")
    assert titles(alice, "once") == []

    exception.delete()
    assert titles(alice, "once") == ["Once"]


def test_cancelled_events_are_never_found(calendar: Calendar, alice: User) -> None:
    event = make_hour(calendar, "Picnic", TODAY, 9)
    assert titles(alice, "picnic") == ["Picnic"]

    Event.objects.filter(pk=event.pk).update(status="cancelled")
    assert titles(alice, "picnic") == []
    assert not SearchEntry.objects.filter(event_id=event.pk).exists()


def test_hidden_calendars_are_searched_and_removed_ones_not(
    calendar: Calendar, alice: User
) -> None:
    make_hour(calendar, "Picnic", TODAY, 9)
    Calendar.objects.update(selected=False)
    assert titles(alice, "picnic") == ["Picnic"]

    Calendar.objects.update(removed_at=NOW)
    assert titles(alice, "picnic") == []

    Calendar.objects.update(removed_at=None)
    assert titles(alice, "picnic") == ["Picnic"]


def test_the_filters(calendar: Calendar, alice: User) -> None:
    home = make_calendar(calendar.connection, "Home", "#c07a1c")  # type: ignore[arg-type]
    ana = {"email": "ana@example.org", "name": "Ana"}
    make_hour(calendar, "Review", TODAY + DAY, 9, attendees=[ana])
    make_hour(home, "Review at home", TODAY + 30 * DAY, 9, organizer=ana)
    make_day(home, "Review day", TODAY - 30 * DAY)

    assert titles(alice, "review", calendar_id=calendar.pk) == ["Review"]
    assert titles(alice, person="ana") == ["Review", "Review at home"]
    assert titles(alice, "home", person="ANA") == ["Review at home"]
    assert titles(alice, person="bo") == []
    near = range_of(NOW - 40 * DAY, NOW + 5 * DAY, UTC)
    assert titles(alice, "review", window=near) == ["Review", "Review day"]
    assert titles(alice, "review", window=range_of(None, NOW, UTC)) == ["Review day"]
    assert titles(alice, "review", window=range_of(NOW + 2 * DAY, None, UTC)) == ["Review at home"]


def test_a_category_filters_what_was_found(
    calendar: Calendar, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is decided when events are read, in batches."""
    monkeypatch.setattr(search_hits, "BATCH", 3)
    for number in range(5):
        make_hour(calendar, f"Dentist {number}", TODAY + number * DAY, 9)
        make_hour(calendar, f"Dinner {number}", TODAY + number * DAY, 9)
    everything = hits(alice, "d")
    classifier = classifier_of(alice.pk)
    by_title = {hit.event.summary: classifier.category_of(hit.event) for hit in everything}
    health, dinner = by_title["Dentist 0"], by_title["Dinner 0"]
    assert health
    assert health != dinner
    same = [
        hit.event.summary for hit in everything if hit.entry and hit.entry.category == health.pk
    ]

    assert titles(alice, "d", category=health.pk) == same
    assert len(same) == 5
    assert titles(alice, category=health.pk) == same
    assert titles(alice, "dinner", category=health.pk) == []
    found = ask(alice, q="d", category=str(health.pk)).json()["results"]
    assert [(one["summary"], one["category"]) for one in found] == [
        (title, str(health.pk)) for title in same
    ]


@pytest.mark.parametrize("years", [-30, -3, 0, 30, 900])
def test_a_range_shows_the_occurrence_in_it(calendar: Calendar, alice: User, years: int) -> None:
    """Also outside the horizon, where occurrences are expanded on read."""
    first_at = datetime(1990, 1, 1, 9, tzinfo=UTC)
    make_series(calendar, "Weekly", first_at, "RRULE:FREQ=WEEKLY")
    make_series(calendar, "Weekly then", first_at, "RRULE:FREQ=WEEKLY;COUNT=3")
    start_at = datetime(NOW.year + years, 3, 1, tzinfo=UTC)
    window = range_of(start_at, start_at + 7 * DAY, UTC)

    (hit,) = hits(alice, "weekly", window=window)

    assert hit.event.summary == "Weekly"
    assert hit.entry
    assert start_at <= hit.entry.start_at < start_at + 7 * DAY
    assert hit.entry.start_at.weekday() == 0
    assert hit.past == (hit.entry.end_at <= timezone.now())


def test_the_index_follows_every_write(calendar: Calendar, alice: User) -> None:
    event = make_hour(calendar, "Picnic", TODAY, 9)
    assert titles(alice, "picnic") == ["Picnic"]

    Event.objects.filter(pk=event.pk).update(summary="Walk", location="Lake")
    assert titles(alice, "picnic") == []
    assert titles(alice, "lake") == ["Walk"]

    event.delete()
    assert titles(alice, "lake") == []

    make_hour(calendar, "Swim", TODAY, 9)
    assert titles(alice, "swim") == ["Swim"]
    calendar.delete()
    assert titles(alice, "swim") == []
    assert not SearchEntry.objects.exists()


def test_of_a_large_backlog_a_part_is_read_at_a_time(
    calendar: Calendar, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        make_hour(calendar, f"Picnic {number}", TODAY, 9)
    monkeypatch.setattr(search_index, "BATCH", 2)

    assert search_index.catch_up(owner_id=alice.pk, at_most=3) is False
    assert SearchEntry.objects.count() == 3
    assert search_index.catch_up(owner_id=alice.pk, at_most=100) is True
    assert len(titles(alice, "picnic")) == 7


@pytest.mark.django_db(transaction=True)
def test_a_worker_keeps_the_index_of_all_owners(alice: User, bob: User) -> None:
    for owner in (alice, bob):
        calendar = make_calendar(make_connection(owner), "Work", "#4a6fa5")
        make_hour(calendar, f"Picnic of {owner.pk}", TODAY, 9)

    assert index_owners() == 2
    assert index_owners() == 0

    entries = SearchEntry.objects.order_by("owner_id").values_list("owner_id", "lines")
    assert list(entries) == [(one.pk, f" picnic of {one.pk} \n\n") for one in (alice, bob)]
    Event.objects.filter(owner=bob).update(summary="Walk")
    Event.objects.filter(owner=alice).delete()
    assert index_owners() == 2
    assert [one.lines for one in SearchEntry.objects.all()] == [" walk \n\n"]
    assert "picnic" in SearchIndex.objects.get(owner=bob).words.split()


def test_charlie_finds_nothing_of_it(calendar: Calendar, alice: User, charlie: User) -> None:
    make_hour(calendar, "Secret dentist", TODAY, 9)
    assert titles(alice, "dentist") == ["Secret dentist"]

    assert titles(charlie, "dentist") == []
    assert titles(charlie, "dentst") == []
    assert ask(charlie, q="dentist").json()["results"] == []
    assert ask(charlie, q="dentist", calendar=str(calendar.pk)).json()["results"] == []


def test_the_answer(calendar: Calendar, alice: User) -> None:
    start_at = datetime.combine(TODAY, datetime.min.time(), UTC) - 21 * DAY + 9 * HOUR
    series = make_series(calendar, "Design review", start_at, "RRULE:FREQ=WEEKLY")
    make_day(calendar, "Review of the year", TODAY - 10 * DAY, days=2)

    answer = ask(alice, q="review").json()

    assert (answer["next"], answer["previous"], answer["complete"]) == (None, None, True)
    first, second = answer["results"]
    assert first["id"] == str(series.pk)
    assert (first["summary"], first["recurring"], first["last_occurrence"]) == (
        "Design review", True, None
    )  # fmt: skip
    (key, start, end) = (first["next_occurrence"][name] for name in ("id", "start", "end"))
    stored = Occurrence.objects.filter(event=series, end_at__gt=timezone.now()).earliest("start_at")
    assert start == stored.start_at.isoformat()
    assert end == stored.end_at.isoformat()
    assert key == f"{series.pk}_{stored.start_at:%Y%m%dT%H%M%SZ}"
    assert second["next_occurrence"] is None
    assert second["last_occurrence"]["start"] == str(TODAY - 10 * DAY)
    assert second["last_occurrence"]["end"] == str(TODAY - 8 * DAY)


def pages(user: User, **query: str) -> Iterator[dict[str, Any]]:
    page = ask(user, **query).json()
    yield page
    while page["next"]:
        headers = {"Authorization": f"Bearer {make_session(user).access}"}
        page = Client().get(page["next"], headers=headers).json()
        yield page


def test_pages_forward_and_back(calendar: Calendar, alice: User) -> None:
    for number in range(70):
        make_event(
            calendar, f"{'Review' if number % 2 else 'Reveiw'} {number}",
            NOW + (number - 60) * HOUR, NOW + (number - 59) * HOUR,
        )  # fmt: skip
    whole = [hit.event.summary for hit in hits(alice, "review")]
    assert len(whole) == 70

    first, second = pages(alice, q="review")

    assert [one["summary"] for page in (first, second) for one in page["results"]] == whole
    headers = {"Authorization": f"Bearer {make_session(alice).access}"}
    back = Client().get(second["previous"], headers=headers).json()
    assert back["results"] == first["results"]
    assert back["previous"] is None


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"q": "x" * 201}, 422),
        ({"q": " ".join(["word"] * 40)}, 200),
        ({"q": " ".join(map(chr, range(0x4E00, 0x4E00 + 100)))}, 200),
        ({"q": "a" * 200}, 200),
        ({"q": "%_\\' \"; DROP TABLE"}, 200),
        ({"q": "🎂" * 100}, 200),
        ({"q": "\x00"}, 422),
        ({"q": ""}, 200),
        ({}, 200),
        ({"q": "a", "calendar": "x"}, 422),
        ({"q": "a", "start": "2026-02-30"}, 422),
        ({"q": "a", "start": "2026-02-02", "end": "2026-02-02"}, 422),
        ({"q": "a", "start": "0002-01-01"}, 200),
        ({"q": "a", "end": "9997-12-31"}, 200),
        ({"q": "a", "start": "0002-01-01", "end": "9997-12-31"}, 200),
        ({"q": "a", "cursor": "x"}, 400),
        ({"q": "a", "limit": "5"}, 422),
        ({"person": "\u0130" * 200}, 200),
    ],
)
def test_no_input_is_an_error_of_ours(
    calendar: Calendar, alice: User, query: dict[str, str], status: int
) -> None:
    make_series(calendar, "a word", NOW - 10 * DAY, "RRULE:FREQ=DAILY")

    assert ask(alice, **query).status_code == status


@pytest.mark.parametrize(
    "places",
    [
        ["2026-11-30T00:00:00+00:00", "0", "0", "0"],
        ["0001-01-01T00:00:00+14:00", "0", "0", "0", "00000000-0000-0000-0000-000000000000"],
        ["2026-11-30T00:00:00", "0", "0", "0", "00000000-0000-0000-0000-000000000000"],
        ["2026-11-30T00:00:00+00:00", "9" * 30, "0", "0", "00000000-0000-0000-0000-000000000000"],
        ["2026-11-30T00:00:00+00:00", "x", "0", "0", "00000000-0000-0000-0000-000000000000"],
    ],
)
def test_a_made_up_cursor_is_refused(alice: User, places: list[str]) -> None:
    import base64
    import json

    token = base64.urlsafe_b64encode(json.dumps([*places, False]).encode()).decode()

    assert ask(alice, q="a", cursor=token).json()["code"] == "cursor-not-valid"


def test_only_for_people_who_are_signed_in(db: None) -> None:
    assert ask(None, q="a").status_code == 401


def test_the_number_of_statements_does_not_grow(alice: User, bob: User) -> None:
    def count(owner: User, text: str) -> int:
        headers = {"Authorization": f"Bearer {make_session(owner).access}"}
        with CaptureQueriesContext(connection) as captured:
            assert Client().get("/api/v1/search", {"q": text}, headers=headers).json()["complete"]
        return len(statements(captured))

    for owner, number in ((alice, 1), (bob, 30)):
        calendar = make_calendar(make_connection(owner), "Work", "#4a6fa5")
        for _ in range(number):
            make_series(calendar, "Review", NOW - DAY, "RRULE:FREQ=YEARLY;INTERVAL=5")
            make_hour(calendar, "Review", TODAY, 9)
    number_changes()
    assert len(hits(alice, "review")) == 2
    assert len(hits(bob, "review")) == 60

    for text in ("review", "reveiw", "nothing"):
        assert count(alice, text) == count(bob, text) <= 10


def test_the_dates_are_of_the_persons_zone(calendar: Calendar, alice: User) -> None:
    assert isinstance(TODAY, date)
    make_day(calendar, "Fast day", TODAY)
    with as_product(), acting_as(user_id=alice.pk):
        from zoneinfo import ZoneInfo

        zone = ZoneInfo("Pacific/Pago_Pago")  # eleven hours behind
        search = Search(owner_id=alice.pk, asked=Asked("fast"), zone=zone)
        (hit,) = search.read(None, 10)

    assert hit.past == (timezone.now().astimezone(zone).date() > TODAY)
