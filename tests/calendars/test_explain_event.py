"""`manage.py explain_event` explains step by step why an event is shown or not, for each reason."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError
from django.test import Client
from django.utils import timezone

from accounts.models import User
from calendars.connections.disconnecting import disconnect
from calendars.connections.overview import request_sync
from calendars.models import Calendar, Connection, Credential, Event, Occurrence, SyncRun, SyncState
from calendars.timeline.selection import change_calendar
from profiles.services import change_profile
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.factories import make_user
from tests.product import call_command

ADA = "ada@sandbox.example"
TOMORROW = timezone.now().replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")  # the zone of the account's calendar, and so of the user
Explained = tuple[int, str]


def stamp(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def hour(summary: str, at: datetime = TOMORROW, **members: object) -> dict[str, object]:
    start, end = stamp(at), stamp(at + timedelta(hours=1))
    return {
        "summary": summary,
        "start": {"dateTime": start, "timeZone": "UTC"},
        "end": {"dateTime": end, "timeZone": "UTC"},
        **members,
    }


def explain(asked: object, user: str = "alice@example.org") -> Explained:
    """Return the exit code and the output."""
    out = StringIO()
    try:
        call_command("explain_event", "--user", user, str(asked), stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def sync(connection: Connection, run_due: RunDue) -> SyncRun:
    request_sync(owner=connection.owner, connection_id=connection.pk)
    run_due()
    return SyncRun.objects.filter(calendar__remote_id=ADA).latest("started_at")


@pytest.fixture
def synced(google: Control, alice: User, connect: Connect, run_due: RunDue) -> Connection:
    daily = ["RRULE:FREQ=DAILY;COUNT=3"]
    google.add_events(
        ADA,
        [
            hour("Zahnärztin Café", id="single1", iCalUID="uid-1@example.org"),
            hour("Stand-up", id="series1", recurrence=daily),
        ],
    )
    google.add_event(ADA, {"id": "broken1", "summary": "Odd one"}, raw=True)
    connection = connect(alice)
    run_due()
    return connection


@pytest.fixture
def event(synced: Connection) -> Event:
    return Event.objects.get(remote_id="single1")


def test_an_event_that_was_received_is_shown(synced: Connection, event: Event) -> None:
    run = SyncRun.objects.get(pk=str(event.seen_run))

    code, said = explain("zahnärztin")

    assert code == 0
    assert f"+ received: Received from {ADA} (Google); last seen by the full run {run.pk}" in said
    assert f"+ times: From {TOMORROW.astimezone(BERLIN):%Y-%m-%d %H:%M %Z}" in said
    assert said.endswith("= shown\n")


@pytest.mark.parametrize("asked", ["ZAHNARZTIN CAFE", "single1", "uid-1@example.org"])
def test_it_is_found_without_case_and_accents_and_by_the_ids_of_google(
    event: Event, asked: str
) -> None:
    assert f"id {event.pk}, source id single1" in explain(asked)[1]


def test_it_is_found_by_its_id_and_by_that_of_an_occurrence(event: Event) -> None:
    key = f"{event.pk}_{TOMORROW:%Y%m%dT%H%M%SZ}"

    assert explain(event.pk) == explain(key)
    assert "Zahnärztin" in explain(key)[1]


def test_times_are_in_the_zone_of_the_person(event: Event, alice: User) -> None:
    change_profile(owner=alice, changes={"timezone": "Asia/Kathmandu"})

    assert f"{TOMORROW:%Y-%m-%d} 15:45 +0545" in explain("single1")[1]


def test_what_cannot_be_stored_names_its_reason(synced: Connection) -> None:
    code, said = explain("odd")

    assert code == 3
    assert "- quarantined: It can't be stored: it has no start" in said
    assert "by the full run" in said


def test_a_newest_version_that_cannot_be_stored_leaves_an_older_one(
    synced: Connection, google: Control, run_due: RunDue
) -> None:
    google.add_event(ADA, {"id": "single1", "summary": "Spoilt"}, raw=True)
    sync(synced, run_due)

    code, said = explain("single1")

    assert code == 0
    assert "+ quarantined: Its newest version can't be stored, an older one is kept:" in said


def test_an_event_of_a_file_and_what_it_was_kept_without(alice: User, tmp_path: Path) -> None:
    file = tmp_path / "own.ics"
    start = f"DTSTART:{TOMORROW:%Y%m%dT%H%M%SZ}"
    lines = ("UID:1@x", "SUMMARY:Choir", start, "RRULE:FREQ=DAILY;COUNT=2", "RRULE:FREQ=NEVER")
    body = "\r\n".join(("BEGIN:VEVENT", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT"))
    file.write_text(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{body}\r\nEND:VCALENDAR\r\n")
    call_command("import_ics", str(file), user=alice.email, calendar="Own")

    code, said = explain("choir")

    assert code == 0
    assert "+ received: Imported from a file; last written at" in said
    assert "+ quarantined: Imported without RRULE" in said


def test_a_cancelled_instance_is_left_out_of_its_series(
    synced: Connection, google: Control, run_due: RunDue
) -> None:
    instance = f"series1_{TOMORROW:%Y%m%dT%H%M%SZ}"
    google.delete_event(ADA, instance)
    sync(synced, run_due)

    code, said = explain(instance)
    assert code == 3
    assert "- cancelled: The instance of “Stand-up”" in said

    code, said = explain("series1")
    assert code == 0
    assert "+ expanded: 2 instances stored within the horizon" in said
    assert "exceptions: 0 changed and shown instead, 1 cancelled" in said


def test_an_exception_replaces_the_instance_of_its_series(
    synced: Connection, google: Control, run_due: RunDue
) -> None:
    instance = f"series1_{TOMORROW:%Y%m%dT%H%M%SZ}"
    google.patch_event(ADA, instance, {"summary": "Stand-up, moved"})
    sync(synced, run_due)

    code, said = explain(instance)
    assert code == 0
    assert "+ exception: Replaces the instance of “Stand-up”" in said
    assert "exceptions: 1 changed and shown instead, 0 cancelled" in explain("series1")[1]

    google.patch_event(ADA, "series1", {"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=2"]})
    later = TOMORROW + timedelta(hours=2)
    Event.objects.filter(remote_id="series1").update(
        start_at=later, end_at=later + timedelta(hours=1)
    )
    assert "The series no longer has an instance then" in explain(instance)[1]


def test_a_series_none_of_whose_instances_is_left(
    synced: Connection, google: Control, run_due: RunDue
) -> None:
    rule, out = "RRULE:FREQ=DAILY;COUNT=1", f"EXDATE:{TOMORROW:%Y%m%dT%H%M%SZ}"
    google.add_event(ADA, hour("Nothing left", id="empt001", recurrence=[rule, out]))
    sync(synced, run_due)

    code, said = explain("nothing left")

    assert code == 3
    assert "- no-instances: Each of its instances is excluded" in said


def test_a_series_outside_the_horizon_is_expanded_on_request(
    synced: Connection, google: Control, run_due: RunDue
) -> None:
    long_ago = TOMORROW - timedelta(days=3650)
    google.add_event(
        ADA, hour("Old class", long_ago, id="oldcls1", recurrence=["RRULE:FREQ=DAILY;COUNT=2"])
    )
    sync(synced, run_due)

    code, said = explain("old class")

    assert code == 0
    assert "+ expanded: 0 instances stored within the horizon" in said
    assert "+ outside: None of its instances lies within the horizon." in said


@pytest.mark.parametrize("remote_id", ["single1", "series1"])
def test_instances_that_are_missing_are_told_with_what_brings_them_back(
    synced: Connection, remote_id: str
) -> None:
    Occurrence.objects.filter(event__remote_id=remote_id).delete()

    code, said = explain(remote_id)

    assert code == 3
    assert "- instances: " in said
    assert "manage.py sync --user EMAIL --full" in said


def test_a_series_that_is_cut_says_from_where_it_is_not_stored(synced: Connection) -> None:
    Event.objects.filter(remote_id="series1").update(stored_until=TOMORROW)

    assert "+ cut: It has too many instances: those after" in explain("series1")[1]


def test_a_calendar_that_is_not_selected(alice: User, event: Event) -> None:
    change_calendar(owner=alice, calendar_id=event.calendar_id, changes={"selected": False})

    code, said = explain("single1")

    assert code == 3
    assert "- calendar-not-selected: " in said


def test_a_calendar_that_the_account_lost(
    synced: Connection, google: Control, run_due: RunDue
) -> None:
    team = google.create_calendar("Team", owner=ADA)
    google.add_event(team, hour("Retro", id="retro01"))
    sync(synced, run_due)
    google.delete_calendar(team)
    sync(synced, run_due)

    code, said = explain("retro")

    assert code == 3
    assert "- calendar-removed: The account has no longer had this calendar since" in said


def test_a_deleted_event_names_the_run_that_deleted_it(
    synced: Connection, google: Control, run_due: RunDue
) -> None:
    google.delete_event(ADA, "single1")
    run = sync(synced, run_due)

    code, said = explain("zahnärztin")

    assert code == 3
    assert f"- deleted: Deleted by the increment run {run.pk}" in said
    assert explain("uid-1@example.org") == (code, said)


def test_an_event_that_went_with_the_undo_of_a_run(
    synced: Connection, google: Control, run_due: RunDue
) -> None:
    google.add_event(ADA, hour("Junk", id="junk01", iCalUID="junk@example.org"))
    run = sync(synced, run_due)
    call_command("undo_sync", str(run.pk), stdout=StringIO())
    undo = SyncRun.objects.get(kind="undo")

    code, said = explain("junk01")

    assert code == 3
    assert f"- undone: Removed by the undo run {undo.pk}" in said


def test_a_deletion_that_is_held(synced: Connection, google: Control, run_due: RunDue) -> None:
    google.order_fault("short_list", "events.list", keep=0.0)
    request_sync(owner=synced.owner, connection_id=synced.pk, full=True)
    run_due()

    code, said = explain("single1")

    assert code == 0
    assert "+ deletion-held: Google no longer lists it" in said
    assert "sync-fault" not in said


def test_a_connection_that_was_disconnected(synced: Connection, alice: User) -> None:
    disconnect(owner=alice, connection_id=synced.pk, keep_data=True)

    code, said = explain("single1")

    assert code == 0
    assert f"+ disconnected: {ADA} (Google) is disconnected" in said


def test_a_grant_that_is_dead(synced: Connection, google: Control, run_due: RunDue) -> None:
    google.revoke_grant(ADA)
    Credential.objects.update(access_expires_at=timezone.now() - timedelta(seconds=1))
    request_sync(owner=synced.owner, connection_id=synced.pk)
    run_due()

    assert f"+ reconnect-required: {ADA} (Google) has to be reconnected" in explain("single1")[1]


def test_a_sync_that_an_administrator_paused(synced: Connection, client: Client) -> None:
    client.force_login(make_user("admin@example.org", is_staff=True, is_superuser=True))
    state = SyncState.objects.get(calendar__remote_id=ADA)
    client.post("/admin/calendars/syncstate/", {"action": "park", "_selected_action": [state.pk]})

    said = explain("single1")[1]

    assert "+ sync-paused: The sync of “Ada” is paused by an administrator" in said


def test_what_was_never_received_tells_what_could_keep_it_away(
    synced: Connection, google: Control, run_due: RunDue
) -> None:
    google.add_event(ADA, hour("Too late", id="late001"))
    google.order_fault("status", "events.list", status=503, always=True)
    sync(synced, run_due)

    code, said = explain("too late")

    assert code == 4
    assert "- not-received: No event, quarantined event or deletion matches." in said
    assert "+ sync-fault: The sync of “Ada” has a fault" in said


def test_a_person_without_an_account(charlie: User, event: Event) -> None:
    """Nothing of Alice's is revealed, neither by title nor by id."""
    for asked in ("zahnärztin", event.pk, "single1", "odd"):
        code, said = explain(asked, "charlie@example.org")
        assert code == 4
        assert "No account is connected." in said
        assert "Zahn" not in said


def test_many_matches_are_counted(synced: Connection, google: Control, run_due: RunDue) -> None:
    google.add_events(ADA, [hour(f"Lecture {number}") for number in range(25)])
    sync(synced, run_due)

    said = explain("lecture")[1]

    assert said.count("= shown") == 20
    assert "5 more match. Enter a longer part of the title, or an id." in said


@pytest.mark.parametrize(("user", "asked"), [("no@example.org", "x"), ("alice@example.org", " ")])
def test_a_wrong_use_is_refused(alice: User, user: str, asked: str) -> None:
    with pytest.raises(CommandError):
        explain(asked, user)


def test_nothing_is_changed(synced: Connection) -> None:
    def rows() -> list[Any]:
        tables = (Event, Occurrence, Calendar, SyncState, SyncRun)
        return [list(table._base_manager.order_by("pk").values()) for table in tables]

    before = rows()
    explain("stand")

    assert rows() == before
