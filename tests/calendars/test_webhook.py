"""The webhook responds immediately, trusts only known channels, and loses no change."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as settings_of
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.models import User
from calendars.models import Channel, Connection, Event, SyncRun, SyncState
from calendars.sync import due
from calendars.sync.notifications import follow_up
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.calendars.push import (
    ADA,
    ADDRESS,
    channel_of,
    hand_over,
    notifications,
    open_all,
    webhook,
)
from tests.sandbox.webhook import Webhook
from tests.statements import statements

__all__ = ["webhook"]


@pytest.fixture
def notice(
    google: Control, alice: User, connect: Connect, run_due: RunDue, webhook: Webhook
) -> dict[str, str]:
    """A notification of a change to ada's calendar, captured in transit."""
    connect(alice)
    open_all(run_due)
    google.bulk(ADA, 1, recurring=0)
    google.clear_requests()
    return notifications(webhook, channel_of(), 2)[1]


def collection() -> SyncState:
    return SyncState.objects.get(calendar__remote_id=ADA)


def numbered(notice: dict[str, str], number: int) -> dict[str, str]:
    return notice | {"X-Goog-Message-Number": str(number)}


def test_a_change_is_pulled(notice: dict[str, str], google: Control, run_due: RunDue) -> None:
    assert hand_over(notice).status_code == 204
    assert google.counts() == {}, "Google is not asked while it waits"

    run_due()

    assert Event.objects.count() == 1
    assert google.counts() == {"events.list": 1}
    assert channel_of().last_notified_at is not None


def test_the_handshake_pulls_nothing(
    google: Control, alice: User, connect: Connect, run_due: RunDue, webhook: Webhook
) -> None:
    connect(alice)
    open_all(run_due)
    handshake = notifications(webhook, channel_of(), 1)[0]
    assert handshake["X-Goog-Resource-State"] == "sync"

    assert hand_over(handshake).status_code == 204

    assert run_due() == []
    assert channel_of().last_notified_at is None


@pytest.mark.parametrize(
    "forgery",
    [
        {"X-Goog-Channel-Token": "forged"},
        {"X-Goog-Channel-Token": ""},
        {"X-Goog-Channel-Token": "ÿ" * 43},
        {"X-Goog-Resource-ID": "another"},
        {"X-Goog-Channel-ID": str(uuid.uuid4())},
        {"X-Goog-Channel-ID": "1 OR 1=1"},
        {"X-Goog-Message-Number": "-1"},
        {"X-Goog-Message-Number": "9" * 20},
        {"X-Goog-Resource-State": ""},
    ],
)
def test_a_forgery_is_refused_without_effect(
    notice: dict[str, str], run_due: RunDue, forgery: dict[str, str]
) -> None:
    before = (SyncState.objects.values().get(pk=collection().pk), list(Channel.objects.values()))

    assert hand_over(notice | forgery).status_code == 404

    assert before == (
        SyncState.objects.values().get(pk=collection().pk),
        list(Channel.objects.values()),
    )
    assert run_due() == []


def test_every_refusal_looks_the_same(notice: dict[str, str]) -> None:
    forged = hand_over(notice | {"X-Goog-Channel-Token": "forged"})
    unknown = hand_over(notice | {"X-Goog-Channel-ID": str(uuid.uuid4())})

    assert (forged.status_code, forged.content) == (unknown.status_code, unknown.content)


def test_an_ended_channel_is_refused(notice: dict[str, str], run_due: RunDue) -> None:
    Channel.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert hand_over(notice).status_code == 404
    assert run_due() == []


ABSURD = ["9" * 5000, "-1", "1e400", "NaN", "²", "", "\x00", "Ω" * 10, "0x10", "+1", " 1"]
ABSURD_DATES = [
    "+999999999999999999",
    "Tue, 19 Nov 2013 01:13:52 +999999999999999999",
    "Tue, 99 Nov 99999 01:13:52 GMT",
    "Sun Nov  6 08:49:37 1994",
    "Sun, 06 Nov 1994 08:49:37 -0000",
    "9" * 5000,
]


@pytest.mark.parametrize("number", ABSURD)
def test_an_absurd_number_is_refused(notice: dict[str, str], number: str) -> None:
    assert hand_over(notice | {"X-Goog-Message-Number": number}).status_code == 404


@pytest.mark.parametrize("moment", [*ABSURD, *ABSURD_DATES])
def test_an_absurd_expiration_without_the_secret_is_refused(db: None, moment: str) -> None:
    forged = {
        "X-Goog-Channel-ID": str(uuid.uuid4()),
        "X-Goog-Channel-Token": "guess",
        "X-Goog-Resource-ID": "resource",
        "X-Goog-Resource-State": "exists",
        "X-Goog-Message-Number": "1",
        "X-Goog-Channel-Expiration": moment,
    }

    assert hand_over(forged).status_code == 404


HEADERS = (
    "X-Goog-Channel-ID",
    "X-Goog-Channel-Token",
    "X-Goog-Resource-ID",
    "X-Goog-Resource-State",
    "X-Goog-Message-Number",
    "X-Goog-Channel-Expiration",
)
texts = st.text(st.characters(max_codepoint=255), max_size=400)


@settings_of(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.dictionaries(st.sampled_from(HEADERS), texts | st.integers().map(str)))
def test_whatever_the_headers_say_it_is_taken_or_refused(
    changes: dict[str, str], notice: dict[str, str]
) -> None:
    assert hand_over(notice | changes).status_code in (204, 404)


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
def test_only_posts_are_taken(db: None, method: str) -> None:
    assert getattr(Client(), method)(ADDRESS).status_code == 405


def test_an_answer_costs_few_statements(
    notice: dict[str, str], django_capture_on_commit_callbacks: Any
) -> None:
    with CaptureQueriesContext(connection) as captured:
        hand_over(notice)
    assert len(statements(captured)) == 4

    with CaptureQueriesContext(connection) as captured:
        hand_over(notice)
    assert len(statements(captured)) == 2, "the same message again"


def test_five_hundred_duplicates_are_one_pull(
    notice: dict[str, str], google: Control, run_due: RunDue
) -> None:
    assert {hand_over(notice).status_code for _ in range(500)} == {204}

    run_due()

    assert google.counts() == {"events.list": 1}
    assert hand_over(notice).status_code == 204
    assert run_due() == []


def test_five_hundred_messages_are_one_pull(
    notice: dict[str, str], google: Control, run_due: RunDue
) -> None:
    for number in range(2, 502):
        hand_over(numbered(notice, number))

    run_due()

    assert google.counts() == {"events.list": 1}


def test_a_change_during_a_pull_is_caught_by_another(
    notice: dict[str, str], google: Control, run_due: RunDue
) -> None:
    state = collection()
    SyncState.objects.filter(pk=state.pk).update(due_at=timezone.now())
    held = due.claim(state.pk)
    assert held is not None
    wanted = collection().wanted
    hand_over(notice)
    due.release(held, done=wanted, due_at=timezone.now() + timedelta(minutes=5))
    SyncState.objects.filter(pk=state.pk).update(due_at=timezone.now())

    run_due()

    assert Event.objects.count() == 1
    state.refresh_from_db()
    assert state.wanted == state.done


def test_a_burst_during_a_pull_is_looked_at_when_it_is_over(
    notice: dict[str, str], google: Control, run_due: RunDue
) -> None:
    state = collection()
    SyncState.objects.filter(pk=state.pk).update(due_at=timezone.now())
    held = due.claim(state.pk)
    assert held is not None
    wanted = collection().wanted
    for number in range(2, 7):
        hand_over(numbered(notice, number))
    due.release(held, done=wanted)

    follow_up(state.pk)

    state.refresh_from_db()
    assert state.wanted > state.done
    assert state.due_at > timezone.now()
    hand_over(numbered(notice, 100))
    assert run_due() == [], "the pull that is to come sees it too"
    state.refresh_from_db()
    assert state.wanted == state.done + 6
    SyncState.objects.filter(pk=state.pk).update(due_at=timezone.now())
    run_due()
    assert google.counts() == {"events.list": 1}


class Clock:
    """The product's clock, moved forward by the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = timezone.now()
        monkeypatch.setattr(timezone, "now", lambda: self.now)

    def pass_by(self, **length: float) -> None:
        self.now += timedelta(**length)


def test_many_messages_in_ten_seconds_make_two_pulls(
    notice: dict[str, str], google: Control, run_due: RunDue, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    for number in range(2, 252):
        assert hand_over(numbered(notice, number)).status_code == 204
        clock.pass_by(seconds=0.04)
        run_due()
    for _ in range(60):
        clock.pass_by(seconds=0.1)
        run_due()

    assert google.counts() == {"events.list": 2}
    assert collection().wanted == collection().done


def test_a_change_that_follows_another_waits_for_a_moment_only(
    notice: dict[str, str], google: Control, run_due: RunDue, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    hand_over(numbered(notice, 2))
    run_due()
    clock.pass_by(seconds=0.3)
    hand_over(numbered(notice, 3))
    assert timedelta(0) < collection().due_at - clock.now <= timedelta(seconds=0.1)
    clock.pass_by(seconds=0.11)
    run_due()
    assert google.counts() == {"events.list": 2}

    clock.pass_by(seconds=3)
    hand_over(numbered(notice, 4))

    assert collection().due_at == clock.now, "after a while of quiet at once"


def test_changes_without_an_end_are_pulled_all_the_same(
    notice: dict[str, str], google: Control, run_due: RunDue, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    for number in range(2, 202):
        hand_over(numbered(notice, number))
        run_due()
        clock.pass_by(seconds=0.09)

    assert google.counts() == {"events.list": 2}, "at once, and after fifteen seconds"


def test_a_wait_for_google_is_not_cut_short(notice: dict[str, str], run_due: RunDue) -> None:
    later = timezone.now() + timedelta(hours=4)
    SyncState.objects.update(due_at=later, error_code="usage-limit")

    assert hand_over(notice).status_code == 204

    assert collection().due_at == later
    assert run_due() == []


def test_a_parked_collection_stays_parked(notice: dict[str, str], run_due: RunDue) -> None:
    SyncState.objects.update(parked=True)

    assert hand_over(notice).status_code == 204

    assert collection().parked
    assert run_due() == []


def test_a_connection_that_ended_is_left_alone(notice: dict[str, str], run_due: RunDue) -> None:
    Connection.objects.update(status=Connection.Status.RECONNECT_REQUIRED)

    assert hand_over(notice).status_code == 204

    assert collection().wanted == collection().done
    assert SyncRun.objects.filter(kind=SyncRun.Kind.INCREMENT).count() == 0


def test_a_change_of_the_calendar_list_is_pulled(
    google: Control,
    alice: User,
    connect: Connect,
    run_due: RunDue,
    webhook: Webhook,
    settings: Settings,
) -> None:
    connect(alice)
    open_all(run_due)
    channel = Channel.objects.get(collection__calendar=None)
    google.create_calendar("Team", owner=ADA)

    hand_over(notifications(webhook, channel, 2)[1])
    run_due()

    assert SyncState.objects.filter(calendar__name="Team").count() == 1
