"""What a sync did to each event is kept for a while, and a bad sync can be undone."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError
from django.test import Client
from django.utils import timezone

from accounts.models import User
from calendars.connections.overview import request_sync
from calendars.events.history import KEPT, KEPT_PER_EVENT
from calendars.models import Connection, Event, EventChange, Occurrence, SyncRun, SyncState
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.factories import make_user
from tests.product import call_command, prune_history

ADA = "ada@sandbox.example"


def hour(summary: str, **members: object) -> dict[str, object]:
    return {
        "summary": summary,
        "start": {"dateTime": "2026-12-01T10:00:00Z", "timeZone": "UTC"},
        "end": {"dateTime": "2026-12-01T11:00:00Z", "timeZone": "UTC"},
        **members,
    }


def sync(connection: Connection, run_due: RunDue) -> SyncRun:
    request_sync(owner=connection.owner, connection_id=connection.pk)
    run_due()
    return SyncRun.objects.filter(calendar__remote_id=ADA).latest("started_at")


@pytest.fixture
def synced(google: Control, alice: User, connect: Connect, run_due: RunDue) -> Connection:
    google.add_events(
        ADA,
        [
            hour("Moved", id="moved1"),
            hour("Gone", id="gone01", recurrence=["RRULE:FREQ=DAILY;COUNT=3"]),
        ],
    )
    connection = connect(alice)
    run_due()
    return connection


@pytest.fixture
def bad_run(google: Control, synced: Connection, run_due: RunDue) -> SyncRun:
    google.patch_event(ADA, "moved1", {"summary": "Spoilt"})
    google.delete_event(ADA, "gone01")
    google.add_event(ADA, hour("Junk", id="junk01"))
    return sync(synced, run_due)


def test_a_first_import_leaves_no_history(synced: Connection) -> None:
    assert Event.objects.count() == 2
    assert not EventChange.objects.exists()


@pytest.mark.quick
def test_each_change_is_kept_with_what_was_before(bad_run: SyncRun) -> None:
    changes = {change.remote_id: change for change in bad_run.changes.all()}
    kinds = {remote_id: change.kind for remote_id, change in changes.items()}
    assert kinds == {"moved1": "updated", "gone01": "deleted", "junk01": "created"}
    assert changes["moved1"].summary == "Moved"
    assert changes["junk01"].before is None
    assert (bad_run.created, bad_run.updated, bad_run.deleted) == (1, 1, 1)


def test_a_full_list_of_what_is_known_changes_nothing(synced: Connection, run_due: RunDue) -> None:
    request_sync(owner=synced.owner, connection_id=synced.pk, full=True)
    run_due()
    run = SyncRun.objects.filter(calendar__remote_id=ADA).latest("started_at")
    assert (run.kind, run.fetched, run.updated) == ("full", 2, 0)
    assert not EventChange.objects.exists()


@pytest.mark.quick
@pytest.mark.django_db(transaction=True)  # each transaction is a change set of its own
def test_a_bad_sync_is_undone_and_the_next_full_list_decides(
    synced: Connection, bad_run: SyncRun, run_due: RunDue
) -> None:
    out = StringIO()
    call_command("undo_sync", str(bad_run.pk), stdout=out)

    assert "1 brought back, 1 restored, 1 removed" in out.getvalue()
    assert set(Event.objects.values_list("summary", flat=True)) == {"Moved", "Gone"}
    assert Occurrence.objects.count() == 4
    assert SyncState.objects.get(calendar__remote_id=ADA).full_wanted

    assert sync(synced, run_due).kind == "full"
    assert set(Event.objects.values_list("summary", flat=True)) == {"Spoilt", "Junk"}
    assert Occurrence.objects.count() == 2


@pytest.mark.parametrize("special", [{"summary": "Special"}, {"status": "cancelled"}])
def test_an_instance_that_differs_is_undone_and_its_series_shows_it_again(
    google: Control, synced: Connection, run_due: RunDue, special: dict[str, str]
) -> None:
    google.patch_event(ADA, "gone01_20261202T100000Z", special)
    run = sync(synced, run_due)

    call_command("undo_sync", str(run.pk), stdout=StringIO())

    assert set(Event.objects.values_list("summary", flat=True)) == {"Moved", "Gone"}
    assert Occurrence.objects.filter(event__remote_id="gone01").count() == 3


def test_an_administrator_undoes_a_run(bad_run: SyncRun, client: Client) -> None:
    client.force_login(make_user("admin@example.org", is_staff=True, is_superuser=True))
    answer = client.post(
        "/admin/calendars/syncrun/",
        {"action": "undo", "_selected_action": [bad_run.pk]},
        follow=True,
    )
    assert "2 restored, 1 removed." in answer.content.decode()
    assert set(Event.objects.values_list("summary", flat=True)) == {"Moved", "Gone"}
    assert client.get("/admin/calendars/eventchange/").status_code == 200


def test_what_changed_nothing_cannot_be_undone(synced: Connection) -> None:
    run = SyncRun.objects.filter(calendar__remote_id=ADA).latest("started_at")
    with pytest.raises(CommandError, match="no record of changes"):
        call_command("undo_sync", str(run.pk))


def test_history_stays_short(synced: Connection, google: Control, run_due: RunDue) -> None:
    for number in range(3):
        google.patch_event(ADA, "moved1", {"summary": f"Version {number}"})
        sync(synced, run_due)
    change = EventChange.objects.latest("pk")
    copies = [
        EventChange(
            owner=change.owner,
            calendar=change.calendar,
            run=change.run,
            event_id=change.event_id,
            remote_id=change.remote_id,
            kind=change.kind,
        )
        for _ in range(KEPT_PER_EVENT)
    ]
    EventChange.objects.bulk_create(copies)
    EventChange.objects.filter(pk=copies[0].pk).update(
        changed_at=timezone.now() - KEPT - timedelta(days=1)
    )

    assert prune_history() == 3
    assert EventChange.objects.count() == KEPT_PER_EVENT
