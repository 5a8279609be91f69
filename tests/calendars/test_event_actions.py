"""Events are moved, deleted and brought back on pages: by forms, by htmx and by scripts."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from calendars.events.editing import create_event
from calendars.events.history import Author
from calendars.models import Calendar, Event, EventChange, Occurrence, PendingChange
from profiles.services import change_profile
from tests.calendars.rows import make_calendar, make_connection

pytestmark = pytest.mark.django_db
NINE = datetime(2026, 12, 1, 9, 15, tzinfo=UTC)
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
HTMX = {"HX-Request": "true"}
SCRIPT = HTMX | {"Accept": "application/json"}
DAY_VIEW = "/calendar/day/2026-12-01/"


@pytest.fixture
def own(alice: User) -> Calendar:
    change_profile(owner=alice, changes={"timezone": "Europe/Berlin"})
    return Calendar.objects.create(owner=alice, name="Own")


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def make(calendar: Calendar, *lines: str, **values: Any) -> Event:
    times = {"start_at": NINE, "end_at": NINE + HOUR, "time_zone": "Europe/Berlin"}
    return create_event(
        owner_id=calendar.owner_id,
        calendar_id=calendar.pk,
        values={"summary": "Review", **times, "recurrence": list(lines), **values},
        author=Author(EventChange.Door.API, actor_id=calendar.owner_id),
    )


def starts() -> list[datetime]:
    return list(Occurrence.objects.order_by("start_at").values_list("start_at", flat=True))


def test_a_deleted_event_comes_back(signed_in: Client, own: Calendar) -> None:
    event = make(own)
    answer = signed_in.post(f"/events/{event.pk}/delete/")
    assert (answer.status_code, answer["Location"]) == (303, DAY_VIEW)
    assert not Event.objects.exists()
    (message,) = signed_in.get(DAY_VIEW).context["messages"]
    assert str(message) == "“Review” was deleted."
    act = message.extra_tags.removeprefix("undo-")
    assert signed_in.get(f"/events/undo/{act}/").status_code == 200
    assert not Event.objects.exists()
    assert signed_in.post(f"/events/undo/{act}/", {"next": DAY_VIEW})["Location"] == DAY_VIEW
    assert Event.objects.get().summary == "Review"
    assert starts() == [NINE]


def test_htmx_hears_what_was_done(signed_in: Client, own: Calendar) -> None:
    event = make(own)
    answer = signed_in.post(f"/events/{event.pk}/delete/", headers=HTMX)
    assert (answer.status_code, answer.content) == (204, b"")
    said = json.loads(answer["HX-Trigger"])["daybook:changed"]
    assert said["message"] == "“Review” was deleted."
    undone = signed_in.post(f"/events/undo/{said['act']}/", headers=HTMX)
    assert json.loads(undone["HX-Trigger"])["daybook:changed"]["message"] == "Undone."
    again = signed_in.post(f"/events/undo/{said['act']}/", headers=HTMX)
    said = json.loads(again["HX-Trigger"])["daybook:changed"]
    assert said["message"] == "Nothing was undone: the event was changed again since."
    assert said["act"] is None


def test_of_a_series_it_is_asked_what_to_delete(signed_in: Client, own: Calendar) -> None:
    series = make(own, "RRULE:FREQ=WEEKLY;COUNT=4")
    second = f"/events/{series.pk}/delete/?at=20261208T091500Z"
    page = signed_in.get(second).content.decode()
    for scope in ("this", "following", "all"):
        assert f'name="scope" value="{scope}"' in page
    assert signed_in.post(second).status_code == 422
    assert len(starts()) == 4
    signed_in.post(second, {"scope": "this"})
    assert starts() == [NINE, NINE + 2 * WEEK, NINE + 3 * WEEK]
    signed_in.post(f"/events/{series.pk}/delete/?at=20261222T091500Z", {"scope": "following"})
    assert starts() == [NINE, NINE + 2 * WEEK]
    signed_in.post(f"/events/{series.pk}/delete/?at=20261201T091500Z", {"scope": "all"})
    assert not Event.objects.exists()


def test_an_event_is_moved_by_its_persons_clock(signed_in: Client, own: Calendar) -> None:
    event = make(own)
    move = f"/events/{event.pk}/move/"
    given = {"start": "2026-12-02T11:00", "end": "2026-12-02T12:30", "base": event.change_set}
    answer = signed_in.post(move, given, headers=SCRIPT)
    assert answer.status_code == 204
    event.refresh_from_db()
    assert event.start_at == datetime(2026, 12, 2, 10, tzinfo=UTC)
    assert event.end_at - event.start_at == timedelta(minutes=90)
    assert event.time_zone == "Europe/Berlin"
    days = {"start": "2026-12-03", "end": "2026-12-05"}
    assert signed_in.post(move, days, headers=SCRIPT).status_code == 204
    event.refresh_from_db()
    assert event.all_day
    assert event.end_at == datetime(2026, 12, 5, tzinfo=UTC)
    nothing = signed_in.post(move, days, headers=SCRIPT)
    assert json.loads(nothing["HX-Trigger"])["daybook:changed"] == {
        "act": None,
        "message": "",
        "stays": False,
    }


def test_a_move_is_refused_with_its_reason(signed_in: Client, own: Calendar) -> None:
    series = make(own, "RRULE:FREQ=WEEKLY;COUNT=4")
    move, at = f"/events/{series.pk}/move/", "20261208T091500Z"
    given = {"start": "2026-12-09T10:15", "end": "2026-12-09T11:15", "at": at}
    refused = signed_in.post(move, given, headers=SCRIPT)
    assert (refused.status_code, refused.json()["code"]) == (422, "scope-required")
    stale = signed_in.post(
        move, given | {"scope": "this", "base": series.change_set - 1}, headers=SCRIPT
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")
    unread = signed_in.post(move, {"start": "soon", "end": "later", "at": at}, headers=SCRIPT)
    assert (unread.status_code, unread.json()["errors"][0]["field"]) == (422, "start")
    assert len(starts()) == 4
    signed_in.post(move, given | {"scope": "this"}, headers=SCRIPT)
    assert starts() == [NINE, NINE + WEEK + DAY, NINE + 2 * WEEK, NINE + 3 * WEEK]


def test_an_event_of_google_waits_to_be_sent(signed_in: Client, alice: User) -> None:
    work = make_calendar(make_connection(alice), "Work", "#4a6fa5")
    event = make(work, attendees=[{"email": "ana@example.com"}])
    PendingChange.objects.all().delete()
    page = signed_in.get(f"/events/{event.pk}/delete/").content.decode()
    assert 'name="notify"' in page
    signed_in.post(f"/events/{event.pk}/delete/", {"notify": "all"})
    change = PendingChange.objects.get()
    assert (change.kind, change.notify) == ("delete", "all")


@pytest.mark.parametrize("door", ["edit", "duplicate", "delete", "move"])
def test_others_events_are_not_found(
    client: Client, own: Calendar, charlie: User, door: str
) -> None:
    event = make(own)
    client.force_login(charlie)
    given = {"summary": "Mine", "start": "2026-12-02", "end": "2026-12-03", "scope": "all"}
    address = f"/events/{event.pk}/{door}/"
    if door != "move":
        assert client.get(address).status_code == 404
    if door != "duplicate":
        assert client.post(address, given).status_code == 404
    change = EventChange.objects.get()
    assert client.post(f"/events/undo/{change.act}/", headers=SCRIPT).status_code == 404
    assert client.post(f"/events/undo/{uuid.uuid4()}/").status_code == 303
    assert Event.objects.get().summary == "Review"


def test_a_history_is_undone_from_the_page(signed_in: Client, own: Calendar) -> None:
    event = make(own)
    page = signed_in.get(f"/events/{event.pk}/").content.decode()
    (change,) = EventChange.objects.all()
    assert f'action="/events/undo/{change.act}/"' in page
    signed_in.post(f"/events/undo/{change.act}/")
    assert not Event.objects.exists()
