"""Daybook keeps below Google's limits: sliding minutes for all workers, people before backfills."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from calendars.google import quota
from calendars.google.errors import RateLimited
from calendars.google.quota import Caller, Priority, hold_back, take_turn
from calendars.models import Event, SyncState
from config.database.redis import SharedMemory
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue

ADA, KENJI = "ada", "kenji"
ADA_ADDRESS = "ada@sandbox.example"


@pytest.fixture(autouse=True)
def small_limits(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that a test can reach, of a project of its own; nobody waits in place."""
    settings.GOOGLE_QUOTA_PER_USER_MINUTE = 20
    settings.GOOGLE_QUOTA_PER_PROJECT_MINUTE = 100
    monkeypatch.setattr(quota, "LONGEST_WAIT_SECONDS", 0.0)


def take(account: str, priority: Priority = Priority.PERSON, times: int = 1000) -> int:
    """How many calls are let through before the first that is not."""
    for count in range(times):
        try:
            take_turn(Caller(account, priority))
        except RateLimited:
            return count
    return times


def test_a_users_minute_ends() -> None:
    assert take(ADA) == 20
    assert take(KENJI) == 20


def test_who_is_held_back_is_told_how_long() -> None:
    take(ADA)

    with pytest.raises(RateLimited) as held:
        take_turn(Caller(ADA, Priority.PERSON))

    assert held.value.retry_after_seconds is not None
    assert 0 < held.value.retry_after_seconds <= 60


def test_workers_share_one_minute() -> None:
    def attempt(_number: int) -> bool:
        return take(ADA, times=1) == 1

    with ThreadPoolExecutor(8) as workers:
        assert sum(workers.map(attempt, range(60))) == 20


def test_a_part_is_left_to_people_at_a_page() -> None:
    assert take(ADA, Priority.BACKFILL) == 14
    assert take(ADA, Priority.INCREMENT) == 4
    assert take(ADA, Priority.PERSON) == 2


def test_a_project_at_its_limit_still_serves_people(settings: Settings) -> None:
    settings.GOOGLE_QUOTA_PER_USER_MINUTE = 1000
    assert take("backfill", Priority.BACKFILL) == 70

    assert take("somebody", Priority.PERSON) == 30


def test_nobody_starves_behind_one_who_asks_for_everything(settings: Settings) -> None:
    settings.GOOGLE_QUOTA_PER_USER_MINUTE = 1000
    take("small", times=1)
    assert take("greedy") == 50, "half of the project, as two share it"

    assert take("small", times=40) == 40


def test_who_google_slows_down_is_left_alone_by_all_workers() -> None:
    hold_back(Caller(ADA, Priority.INCREMENT), 30)

    assert take(ADA) == 0
    assert take(KENJI, times=5) == 5


def test_a_cache_that_is_away_slows_down_and_breaks_nothing(
    google: Control,
    alice: User,
    connect: Connect,
    run_due: RunDue,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(quota, "_memory", SharedMemory("quota_memory_away"))
    monkeypatch.setattr(quota, "_alone", quota._Alone())
    assert take(ADA) == 1, "then evenly spaced"
    assert take(KENJI) == 1
    settings.GOOGLE_QUOTA_PER_USER_MINUTE = 600_000

    connect(alice)
    run_due()

    assert not SyncState.objects.exclude(error_code="").exists()
    assert SyncState.objects.exclude(sync_token="").count() == 2


def test_who_has_just_connected_sees_the_month_before_backfills_go_on(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    now = timezone.now()
    end = now + timedelta(hours=1)
    times = {"start": {"dateTime": now.isoformat()}, "end": {"dateTime": end.isoformat()}}
    google.add_event(ADA_ADDRESS, {"summary": "Now", **times})
    connection = connect(alice)
    take(connection.subject, Priority.BACKFILL)

    run_due()

    assert list(Event.objects.values_list("summary", flat=True)) == ["Now"]
    assert SyncState.objects.get(calendar=None).error_code == ""
    state = SyncState.objects.get(calendar__remote_id=ADA_ADDRESS)
    assert (state.error_code, state.sync_token) == ("rate-limited", "")


def test_a_sync_that_meets_the_limit_waits_in_its_row(
    google: Control, alice: User, connect: Connect, run_due: RunDue, settings: Settings
) -> None:
    connection = connect(alice)
    settings.GOOGLE_QUOTA_PER_USER_MINUTE = 1
    take(connection.subject)

    run_due()

    state = SyncState.objects.get(calendar=None)
    assert (state.error_code, state.parked) == ("rate-limited", False)
    assert "calendarList.list" not in google.counts()
