"""Series are stored inside a rolling horizon and expanded on read outside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.models import User
from calendars.api import occurrences
from calendars.models import Calendar, Occurrence, SyncState
from calendars.timeline.occurrences import TIMELINE, occurrences_between
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.factories import bearer, make_session
from tests.product import roll_horizon

ADA = "ada@sandbox.example"
DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
SERIES = {
    "summary": "Stand-up",
    "start": {"dateTime": "2020-01-06T09:30:00", "timeZone": "Europe/Berlin"},
    "end": {"dateTime": "2020-01-06T09:45:00", "timeZone": "Europe/Berlin"},
    "recurrence": ["RRULE:FREQ=DAILY"],
}
NIGHTS = {
    "summary": "Night shift",
    "start": {"dateTime": "2020-01-06T22:00:00", "timeZone": "Europe/Berlin"},
    "end": {"dateTime": "2020-01-07T06:00:00", "timeZone": "Europe/Berlin"},
    "recurrence": ["RRULE:FREQ=DAILY;INTERVAL=3"],
}
DATES = {
    "summary": "Bin day",
    "start": {"date": "2020-01-06"},
    "end": {"date": "2020-01-07"},
    "recurrence": ["RRULE:FREQ=WEEKLY"],
}


@pytest.fixture
def calendar(google: Control, alice: User, connect: Connect, run_due: RunDue) -> Calendar:
    google.add_events(ADA, [SERIES, NIGHTS, DATES])
    connect(alice)
    run_due()
    return Calendar.objects.get(remote_id=ADA)


def day(moment: datetime, days: int) -> datetime:
    """Return midnight in the calendar's own zone, in which Google places dates."""
    return datetime.combine(moment.date() + days * DAY, time(), BERLIN)


def theirs(google: Control, start_at: datetime, end_at: datetime) -> list[tuple[str, str]]:
    found = google.instances(ADA, start_at, end_at)
    return sorted((one["summary"], _start(one["start"])) for one in found)


def ours(calendar: Calendar, start_at: datetime, end_at: datetime) -> list[tuple[str, str]]:
    entries = occurrences_between(owner_id=calendar.owner_id, start_at=start_at, end_at=end_at)
    return sorted(
        (
            entry.summary,
            entry.start_at.date().isoformat()
            if entry.all_day
            else entry.start_at.astimezone(UTC).isoformat(),
        )
        for entry in entries
    )


def _start(value: dict[str, str]) -> str:
    if "date" in value:
        return value["date"]
    return datetime.fromisoformat(value["dateTime"]).astimezone(UTC).isoformat()


@pytest.mark.parametrize("edge", ["expanded_from", "expanded_until"])
@pytest.mark.parametrize("days", [(-10, -3), (-3, 3), (3, 10), (-40, 40)])
def test_a_window_across_an_edge_shows_what_google_shows(
    google: Control, calendar: Calendar, edge: str, days: tuple[int, int]
) -> None:
    middle = getattr(calendar, edge)
    window = day(middle, days[0]), day(middle, days[1])
    assert ours(calendar, *window) == theirs(google, *window)
    assert ours(calendar, *window)


def test_far_outside_it_is_expanded_too(google: Control, calendar: Calendar) -> None:
    for year in (2021, 2060):
        window = datetime(year, 2, 1, tzinfo=UTC), datetime(year, 4, 1, tzinfo=UTC)
        assert len(ours(calendar, *window)) > 60
    assert not ours(calendar, datetime(2019, 1, 1, tzinfo=UTC), datetime(2019, 12, 1, tzinfo=UTC))


def test_an_exception_outside_shows_once_and_a_cancelled_instance_not_at_all(
    google: Control, calendar: Calendar, run_due: RunDue
) -> None:
    at = calendar.expanded_until + 30 * DAY
    window = at, at + 5 * DAY
    first, second = [one for one in google.instances(ADA, *window) if "T" in str(one["start"])][:2]
    google.patch_event(ADA, first["id"], {"summary": "Moved"})
    google.delete_event(ADA, second["id"])
    SyncState.objects.update(due_at=timezone.now(), wanted=F("wanted") + 1)
    run_due()

    assert ours(calendar, *window) == theirs(google, *window)
    assert [name for name, _ in ours(calendar, *window)].count("Moved") == 1


def test_pages_of_the_api_are_whole_across_the_edge(
    calendar: Calendar, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = Client(headers=bearer(make_session(alice)))
    edge = calendar.expanded_until.date()
    query = {"start": str(edge - 20 * DAY), "end": str(edge + 60 * DAY)}
    whole = phone.get("/api/v1/occurrences", query).json()["results"]
    monkeypatch.setattr(occurrences, "TIMELINE", replace(TIMELINE, page_size=7))

    forwards, page = [], phone.get("/api/v1/occurrences", query).json()
    while True:
        forwards += page["results"]
        if not page["next"]:
            break
        page = phone.get(page["next"]).json()
    backwards = page["results"]
    while page["previous"]:
        page = phone.get(page["previous"]).json()
        backwards = page["results"] + backwards

    assert len(whole) > 80
    assert forwards == whole
    assert backwards == whole


def test_the_horizon_rolls(google: Control, calendar: Calendar) -> None:
    """Starts from a horizon set ten days ago."""
    today = calendar.expanded_from, calendar.expanded_until
    stored = set(Occurrence.objects.values_list("event_id", "original_start_at"))
    late = Occurrence.objects.filter(start_at__gte=today[1] - 10 * DAY)
    late.delete()
    Calendar.objects.update(expanded_from=today[0] - 10 * DAY, expanded_until=today[1] - 10 * DAY)
    calendar.refresh_from_db()
    window = day(calendar.expanded_until, -5), day(today[1], 5)
    assert ours(calendar, *window) == theirs(google, *window), "read while it is late"

    assert roll_horizon() == 1
    assert roll_horizon() == 0

    calendar.refresh_from_db()
    assert (calendar.expanded_from, calendar.expanded_until) == today
    assert set(Occurrence.objects.values_list("event_id", "original_start_at")) == stored
    assert ours(calendar, *window) == theirs(google, *window)


def test_what_the_horizon_leaves_is_dropped(calendar: Calendar) -> None:
    before = Occurrence.objects.count()
    Calendar.objects.update(expanded_from=calendar.expanded_from - 10 * DAY)
    series = calendar.events.get(summary="Stand-up")
    for days in range(1, 10):
        start_at = calendar.expanded_from - days * DAY
        Occurrence.objects.create(
            event=series,
            original_start_at=start_at,
            owner=calendar.owner,
            calendar=calendar,
            start_at=start_at,
            end_at=start_at + timedelta(minutes=15),
            all_day=False,
            long=False,
        )

    roll_horizon()

    assert Occurrence.objects.count() == before
