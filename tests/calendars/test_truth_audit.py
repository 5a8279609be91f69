"""A sampled calendar is listed again and compared; drift is repaired, counted and shown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from calendars.models import Connection, Event, EventChange, SyncState, event_id_for
from calendars.sync import audit
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.product import audit_sample

ADA = "ada@sandbox.example"


@pytest.fixture
def synced(
    google: Control,
    alice: User,
    connect: Connect,
    run_due: RunDue,
    monkeypatch: pytest.MonkeyPatch,
) -> Connection:
    """A calendar whose events are not so new that a pull could still be on its way."""
    google.bulk(ADA, 20, recurring=0.1)
    connection = connect(alice)
    run_due()
    monkeypatch.setattr(audit, "CLOCKS_APART", timedelta(minutes=-10))
    return connection


def test_without_drift_nothing_is_written(google: Control, synced: Connection) -> None:
    token = SyncState.objects.get(calendar__remote_id=ADA).sync_token
    google.clear_requests()

    (run,) = audit_sample()

    assert (run.kind, run.outcome, run.fetched) == ("audit", "completed", 20)
    assert (run.created, run.updated, run.deleted) == (0, 0, 0)
    assert google.counts() == {"events.list": 2}, "one pull, one list"
    assert SyncState.objects.get(calendar__remote_id=ADA).sync_token.startswith(token[:5])
    assert not EventChange.objects.exists()


def test_drift_is_repaired_counted_and_shown(
    google: Control, synced: Connection, client: Client
) -> None:
    lost, spoilt = Event.objects.filter(recurrence=[])[:2]
    remote_id = lost.remote_id
    lost.delete()
    summary = spoilt.summary
    Event.objects.filter(pk=spoilt.pk).update(summary="Spoilt")

    (run,) = audit_sample()

    spoilt.refresh_from_db()
    assert spoilt.summary == summary
    assert Event.objects.filter(remote_id=remote_id).exists()
    assert (run.created, run.updated, run.deleted) == (1, 1, 0)
    client.force_login(synced.owner)
    assert "Audit" in client.get("/settings/calendars/").content.decode()


def test_an_event_that_google_does_not_have_goes(google: Control, synced: Connection) -> None:
    known = Event.objects.filter(recurrence=[]).first()
    assert known is not None
    Event.objects.create(
        id=event_id_for(known.calendar_id, "ghost2"),
        owner=known.owner,
        calendar=known.calendar,
        remote_id="ghost2",
        start_at=known.start_at,
        end_at=known.end_at,
        changed_at=timezone.now() - timedelta(hours=1),
    )

    (run,) = audit_sample()

    assert run.deleted == 1
    assert not Event.objects.filter(remote_id="ghost2").exists()


def test_what_changed_at_google_meanwhile_is_no_drift(google: Control, synced: Connection) -> None:
    google.bulk(ADA, 3, recurring=0)
    (run,) = audit_sample()
    assert (run.created, run.updated, run.deleted) == (0, 0, 0)
    assert {one.etag for one in Event.objects.all()} == {
        event["etag"] for event in google.truth(ADA)["events"]
    }


def test_a_fault_of_google_ends_the_audit_and_parks_nothing(
    google: Control, synced: Connection
) -> None:
    google.order_fault("google_error", "events.list", first=2, error="quotaExceeded", always=True)
    (run,) = audit_sample()
    assert (run.outcome, run.error_code) == ("failed", "usage-limit")
    assert not SyncState.objects.get(calendar__remote_id=ADA).parked


def test_the_longest_unaudited_comes_first(
    google: Control, synced: Connection, run_due: RunDue
) -> None:
    google.create_calendar("Family", owner=ADA)
    SyncState.objects.update(due_at=timezone.now())
    run_due()
    audited = [run.calendar for _ in range(3) for run in audit_sample(1)]
    assert audited[0] != audited[1]
    assert audited[0] == audited[2]
