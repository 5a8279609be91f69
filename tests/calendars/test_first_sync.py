"""A connected account's calendars and events arrive, whole and once."""

from __future__ import annotations

from datetime import UTC, datetime

from accounts.models import User
from calendars.connections.overview import request_sync
from calendars.models import Calendar, Event, Occurrence, QuarantinedEvent, SyncRun, SyncState
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue

WORK = "ada@sandbox.example"


def timed(summary: str, start: str, end: str, **members: object) -> dict[str, object]:
    return {"summary": summary, "start": {"dateTime": start}, "end": {"dateTime": end}, **members}


def test_calendars_and_events_arrive(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    google.create_calendar("Family", owner=WORK, time_zone="Asia/Tokyo")
    google.add_event(
        WORK, timed("Dentist", "2026-11-24T09:00:00+01:00", "2026-11-24T09:30:00+01:00")
    )
    connection = connect(alice)

    runs = run_due()

    assert [run.outcome for run in runs] == [SyncRun.Outcome.COMPLETED] * 3
    names = Calendar.objects.filter(connection=connection).values_list("name", "time_zone")
    assert set(names) == {("Ada", "Europe/Berlin"), ("Family", "Asia/Tokyo")}
    event = Event.objects.get(owner=alice)
    assert (event.summary, event.start_at) == ("Dentist", datetime(2026, 11, 24, 8, tzinfo=UTC))
    assert Occurrence.objects.get(owner=alice).start_at == event.start_at


def test_a_second_sync_fetches_only_what_changed(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    google.bulk(WORK, 30, recurring=0)
    connection = connect(alice)
    run_due()
    added = google.add_event(WORK, timed("New", "2026-12-01T10:00:00Z", "2026-12-01T11:00:00Z"))
    google.clear_requests()

    request_sync(owner=alice, connection_id=connection.pk)
    run_due()

    run = SyncRun.objects.filter(calendar__remote_id=WORK).latest("started_at")
    assert (run.kind, run.fetched, run.created) == (SyncRun.Kind.INCREMENT, 1, 1)
    assert Event.objects.filter(remote_id=added["id"]).exists()
    assert google.counts() == {"calendarList.list": 1, "events.list": 1}


def test_a_deleted_event_goes(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    event = google.add_event(WORK, timed("Gone", "2026-12-01T10:00:00Z", "2026-12-01T11:00:00Z"))
    connection = connect(alice)
    run_due()
    google.delete_event(WORK, event["id"])

    request_sync(owner=alice, connection_id=connection.pk)
    run_due()

    assert not Event.objects.exists()
    assert not Occurrence.objects.exists()


def test_many_pages_arrive_whole(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    google.bulk(WORK, 6000, recurring=0.01)
    connect(alice)

    run_due()

    run = SyncRun.objects.get(calendar__remote_id=WORK)
    assert run.pages == 4, "the current month, then three pages of all"
    ours = set(Event.objects.filter(calendar__remote_id=WORK).values_list("remote_id", "etag"))
    theirs = {(event["id"], event["etag"]) for event in google.truth(WORK)["events"]}
    assert ours == theirs


def test_an_old_sync_token_leads_to_a_rebuild_without_ghosts(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    kept, dropped = google.add_events(
        WORK,
        [
            timed("Kept", "2026-12-01T10:00:00Z", "2026-12-01T11:00:00Z"),
            timed("Dropped", "2026-12-02T10:00:00Z", "2026-12-02T11:00:00Z"),
        ],
    )
    connection = connect(alice)
    run_due()
    google.delete_event(WORK, dropped["id"])
    google.invalidate_sync_tokens(WORK)

    request_sync(owner=alice, connection_id=connection.pk)
    run_due()

    assert list(Event.objects.values_list("remote_id", flat=True)) == [kept["id"]]
    run = SyncRun.objects.filter(calendar__remote_id=WORK).latest("started_at")
    assert (run.kind, run.deleted) == (SyncRun.Kind.FULL, 1)


def test_one_malformed_event_is_set_aside_and_the_rest_is_kept(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    google.bulk(WORK, 20, recurring=0)
    google.add_event(
        WORK, {"id": "badevent1", "summary": "No times", "status": "confirmed"}, raw=True
    )
    connect(alice)

    run_due()

    assert Event.objects.count() == 20
    quarantined = QuarantinedEvent.objects.get()
    assert (quarantined.summary, quarantined.reason) == ("No times", "it has no start")
    assert SyncRun.objects.get(calendar__remote_id=WORK).quarantined == 1


def test_a_message_that_comes_twice_pulls_once(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    connect(alice)
    run_due()
    runs = SyncRun.objects.count()

    run_due()

    assert SyncRun.objects.count() == runs
    assert not SyncState.objects.exclude(lease_until=None).exists()
