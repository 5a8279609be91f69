"""A series with too many instances is stored up to a limit and expanded beyond it on read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.models import User
from calendars.api import occurrences
from calendars.models import Calendar, Event, Occurrence, SyncState
from calendars.rfc5545.recurrence.expansion import DEFAULT_LIMIT
from calendars.timeline.occurrences import TIMELINE, occurrences_between
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.factories import bearer, make_session
from tests.product import call_command, roll_horizon

ADA = "ada@sandbox.example"
DAY = timedelta(days=1)
MINUTELY = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//tests//EN
BEGIN:VEVENT
UID:minutes@tests
DTSTAMP:20261118T100000Z
DTSTART:{start}
SUMMARY:Tick
RRULE:FREQ=MINUTELY
END:VEVENT
END:VCALENDAR
"""
HOURLY = {
    "summary": "Chime",
    "start": {"dateTime": "2020-01-06T00:00:00Z", "timeZone": "UTC"},
    "end": {"dateTime": "2020-01-06T00:05:00Z", "timeZone": "UTC"},
    "recurrence": ["RRULE:FREQ=HOURLY"],
}


@pytest.fixture
def calendar(google: Control, alice: User, connect: Connect, run_due: RunDue) -> Calendar:
    google.add_event(ADA, HOURLY)
    connect(alice)
    run_due()
    return Calendar.objects.get(remote_id=ADA)


@pytest.fixture
def series(calendar: Calendar) -> Event:
    return calendar.events.get()


def cut_of(series: Event) -> datetime:
    series.refresh_from_db()
    assert series.stored_until is not None
    return series.stored_until


def starts(owner: User, start_at: datetime, end_at: datetime) -> list[datetime]:
    found = occurrences_between(owner_id=owner.pk, start_at=start_at, end_at=end_at)
    return [entry.start_at for entry in found]


def every_hour(start_at: datetime, end_at: datetime) -> list[datetime]:
    hours = int((end_at - start_at) / timedelta(hours=1))
    return [start_at + timedelta(hours=number) for number in range(hours)]


def midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def test_it_goes_on_after_what_is_stored(alice: User, calendar: Calendar, series: Event) -> None:
    assert Occurrence.objects.count() == DEFAULT_LIMIT
    cut = midnight(cut_of(series))
    assert cut < calendar.expanded_until
    for first in (cut - DAY, cut, cut + DAY, calendar.expanded_until - DAY, cut + 4000 * DAY):
        window = midnight(first), midnight(first) + 3 * DAY
        assert starts(alice, *window) == every_hour(*window)


def test_the_pages_of_the_api_lead_past_the_mark(
    alice: User, series: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = Client(headers=bearer(make_session(alice)))
    cut = midnight(cut_of(series))
    monkeypatch.setattr(occurrences, "TIMELINE", replace(TIMELINE, page_size=17))
    query = {"start": (cut - DAY).isoformat(), "end": (cut + 2 * DAY).isoformat()}
    forwards, page = [], phone.get("/api/v1/occurrences", query).json()
    while page["next"]:
        forwards += page["results"]
        page = phone.get(page["next"]).json()
    forwards += page["results"]
    backwards = page["results"]
    while page["previous"]:
        page = phone.get(page["previous"]).json()
        backwards = page["results"] + backwards
    hours = every_hour(cut - DAY, cut + 2 * DAY)
    assert [one["start"] for one in forwards] == [at.isoformat() for at in hours]
    assert backwards == forwards


def test_an_exception_after_the_mark_shows_once(
    google: Control, alice: User, series: Event, run_due: RunDue
) -> None:
    at = midnight(cut_of(series)) + 30 * DAY
    moved, gone = google.instances(ADA, at, at + DAY)[3:5]
    google.patch_event(ADA, moved["id"], {"summary": "Moved"})
    google.delete_event(ADA, gone["id"])
    SyncState.objects.update(due_at=timezone.now(), wanted=F("wanted") + 1)
    run_due()
    shown = occurrences_between(owner_id=alice.pk, start_at=at, end_at=at + DAY)
    assert len(shown) == 23
    assert [entry.summary for entry in shown].count("Moved") == 1


def test_the_horizon_rolls_on(alice: User, calendar: Calendar, series: Event) -> None:
    Calendar.objects.update(
        expanded_from=calendar.expanded_from - 10 * DAY,
        expanded_until=calendar.expanded_until - 10 * DAY,
    )
    assert roll_horizon() == 1
    cut = midnight(cut_of(series))
    assert not Occurrence.objects.filter(start_at__gt=cut + DAY).exists(), "rows behind a gap"
    for first in (cut, calendar.expanded_until - 12 * DAY, calendar.expanded_until - DAY):
        window = midnight(first), midnight(first) + 3 * DAY
        assert starts(alice, *window) == every_hour(*window)


def test_a_series_that_became_sparse_loses_its_mark(
    google: Control, alice: User, series: Event, run_due: RunDue
) -> None:
    cut = midnight(cut_of(series))
    google.patch_event(ADA, series.remote_id, {"recurrence": ["RRULE:FREQ=DAILY"]})
    SyncState.objects.update(due_at=timezone.now(), wanted=F("wanted") + 1)
    run_due()
    series.refresh_from_db()
    assert series.stored_until is None
    assert starts(alice, cut, cut + 5 * DAY) == [cut + number * DAY for number in range(5)]


def test_a_series_of_minutes_is_whole_in_the_api(alice: User, tmp_path: Path) -> None:
    start = midnight(timezone.now()) + 10 * DAY
    file = tmp_path / "minutes.ics"
    file.write_text(MINUTELY.format(start=f"{start:%Y%m%dT%H%M%SZ}").replace("\n", "\r\n"))
    call_command("import_ics", str(file), user=alice.email, calendar="Minutes")
    assert Occurrence.objects.count() == DEFAULT_LIMIT
    for minutes in (9_980, 10_000, 30_000):
        at = start + timedelta(minutes=minutes)
        end_at = start + 30 * DAY
        found = occurrences_between(owner_id=alice.pk, start_at=at, end_at=end_at, limit=40)
        shown = [entry.start_at for entry in found]
        assert shown == [at + timedelta(minutes=number) for number in range(40)]
