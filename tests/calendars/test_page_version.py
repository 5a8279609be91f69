"""An open page polls the cache for changes of its own user's data."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.management import CommandError
from django.db import connection as database
from django.db import transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Session, User
from accounts.security_context import acting_as, acting_as_system
from calendars.models import Calendar, Connection, Event, EventChange, SyncRun, SyncState
from config.database.redis import redis_connection
from profiles.services import change_profile
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.calendars.rows import make_calendar, make_connection
from tests.factories import bearer, make_session, make_user
from tests.product import call_command

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "/calendar/version/"
ADA = "ada@sandbox.example"
PAGES = [
    "/calendar/day/2026-11-18/",
    "/settings/calendars/",
    "/calendar/month/2026-11-18/",
    "/calendar/agenda/2026-11-18/",
]
CALENDAR = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//tests//EN\r
BEGIN:VEVENT\r
UID:lunch@tests\r
DTSTAMP:20261118T100000Z\r
DTSTART:20261118T120000Z\r
SUMMARY:Lunch\r
END:VEVENT\r
END:VCALENDAR\r
"""
LUNCH = {
    "id": "lunch1",
    "summary": "Lunch",
    "start": {"dateTime": "2026-12-01T10:00:00Z", "timeZone": "UTC"},
    "end": {"dateTime": "2026-12-01T11:00:00Z", "timeZone": "UTC"},
}


class OpenPage:
    """A page in a browser, which knows the version that it shows."""

    def __init__(self, client: Client, path: str = "/settings/calendars/") -> None:
        self.client, self.path = client, path
        self.reload()

    def reload(self) -> None:
        page = self.client.get(self.path).content.decode()
        self.version = page.split('data-version="')[1].split('"')[0]

    def ask(self) -> int:
        answer = self.client.get(ADDRESS, headers={"If-None-Match": f'"{self.version}"'})
        assert answer.content == b""
        return answer.status_code


def opened(person: User, path: str = "/settings/calendars/") -> OpenPage:
    client = Client()
    client.force_login(person)
    return OpenPage(client, path)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_shows_the_newest_costs_no_statement(alice: User, path: str) -> None:
    make_calendar(make_connection(alice), "Work", "#4a6fa5")
    page = opened(alice, path)
    with CaptureQueriesContext(database) as captured:
        assert [page.ask() for _ in range(5)] == [304] * 5
    assert not captured.captured_queries


@pytest.mark.parametrize("path", PAGES)
def test_what_is_committed_for_the_person_is_a_new_version(alice: User, path: str) -> None:
    page = opened(alice, path)
    with acting_as(user_id=alice.pk):
        make_calendar(make_connection(alice), "Work", "#4a6fa5")
        assert page.ask() == 304, "it is not committed yet"
    assert page.ask() == 204
    page.reload()
    assert page.ask() == 304


def test_what_is_undone_is_no_new_version(alice: User) -> None:
    page = opened(alice)
    with acting_as(user_id=alice.pk):
        make_connection(alice)
        transaction.set_rollback(True)
    assert page.ask() == 304


def test_anothers_changes_are_no_new_version(alice: User, charlie: User) -> None:
    page = opened(alice)
    with acting_as(user_id=charlie.pk):
        make_connection(charlie)
    opened(charlie).client.post("/calendar/selection/")
    assert page.ask() == 304


def test_the_answer_names_no_person(alice: User) -> None:
    page = opened(alice)
    answer = page.client.get(ADDRESS)
    assert (answer.status_code, answer["ETag"]) == (204, f'"{page.version}"')
    assert answer["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert not answer.cookies


@pytest.mark.parametrize("cookie", [None, "", "forged"])
def test_a_stranger_is_told_to_ask_for_the_page(
    alice: User, settings: Settings, cookie: str | None
) -> None:
    page = opened(alice)
    page.client.cookies.pop(settings.SESSION_COOKIE_NAME)
    if cookie is not None:
        page.client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    answer = page.client.get(ADDRESS, headers={"If-None-Match": f'"{page.version}"'})
    assert (answer.status_code, "ETag" in answer) == (204, False)


def test_who_has_signed_out_is_told_nothing_more(alice: User, settings: Settings) -> None:
    page = opened(alice)
    cookie = page.client.cookies[settings.SESSION_COOKIE_NAME].value
    page.client.post("/accounts/logout/")
    page.client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    answer = page.client.get(ADDRESS, headers={"If-None-Match": f'"{page.version}"'})
    assert (answer.status_code, "ETag" in answer) == (204, False)


def test_a_session_that_was_ended_elsewhere_is_noticed_at_once(alice: User) -> None:
    page = opened(alice)
    phone = Client(headers=bearer(make_session(alice)))
    browser = Session.objects.get(user=alice, is_browser=True)
    assert phone.delete(f"/api/v1/auth/sessions/{browser.pk}").status_code == 204
    assert page.ask() == 204
    assert page.client.get("/settings/calendars/").status_code == 302


def test_a_version_that_was_lost_counts_as_changed_once(alice: User) -> None:
    page = opened(alice)
    cache.clear()
    assert page.ask() == 204
    page.reload()
    assert page.ask() == 304


def test_a_version_lasts_a_minute_and_so_does_the_word_of_who_asks(alice: User) -> None:
    """A worker that dies after its commit and before its announcement delays a page by a minute."""
    opened(alice)
    memory = redis_connection()
    keys = [*memory.keys("daybook:pages:*"), *memory.keys("daybook:follower:*")]
    assert len(keys) == 2
    assert all(0 < memory.ttl(key) <= 60 for key in keys)


def test_without_the_cache_pages_are_there_and_their_browsers_know(
    alice: User, settings: Settings
) -> None:
    page = opened(alice)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    page.reload()
    assert page.version == ""
    assert page.ask() == 503
    with acting_as(user_id=alice.pk):
        make_connection(alice)
    assert Connection.objects.count() == 1


def test_a_sync_and_a_refusal_are_new_versions(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    page = opened(alice)
    connection = connect(alice)
    assert page.ask() == 204
    page.reload()
    run_due()
    assert page.ask() == 204
    page.reload()
    google.revoke_grant(ADA)
    SyncState.objects.filter(connection=connection).update(due_at=timezone.now())
    run_due()
    assert page.ask() == 204


Change = Callable[[User, Calendar], object]


def _disconnect(owner: User, calendar: Calendar) -> None:
    assert calendar.connection_id is not None
    client = Client()
    client.force_login(owner)
    assert (
        client.post(
            f"/settings/calendars/accounts/{calendar.connection_id}/disconnect/"
        ).status_code
        == 302
    )


def _select(owner: User, calendar: Calendar) -> None:
    client = Client()
    client.force_login(owner)
    assert client.post("/calendar/selection/").status_code == 302


def _sync_by_phone(owner: User, calendar: Calendar) -> None:
    phone = Client(headers=bearer(make_session(owner)))
    answer = phone.post(
        f"/api/v1/connections/{calendar.connection_id}/sync", {}, "application/json"
    )
    assert answer.status_code == 202


def _move(owner: User, _calendar: Calendar) -> None:
    phone = Client(headers=bearer(make_session(owner)))
    answer = phone.patch("/api/v1/profile", {"timezone": "Asia/Tokyo"}, "application/json")
    assert answer.status_code == 200


@pytest.mark.parametrize("change", [_disconnect, _select, _sync_by_phone, _move])
def test_what_the_person_does_elsewhere_is_a_new_version(alice: User, change: Change) -> None:
    calendar = make_calendar(make_connection(alice), "Work", "#4a6fa5")
    page = opened(alice)
    change(alice, calendar)
    assert page.ask() == 204


def test_what_the_person_reads_elsewhere_is_no_new_version(alice: User) -> None:
    page = opened(alice)
    other = opened(alice, "/calendar/day/2026-11-18/")
    phone = Client(headers=bearer(make_session(alice)))
    assert phone.get("/api/v1/connections").status_code == 200
    page.reload()
    assert phone.get("/api/v1/connections").status_code == 200
    other.reload()
    assert page.ask() == 304


def test_an_import_by_command_is_a_new_version(alice: User, tmp_path: Path) -> None:
    file = tmp_path / "lunch.ics"
    file.write_bytes(CALENDAR)
    page = opened(alice)
    call_command("import_ics", str(file), user=alice.email, calendar="Lunches")
    assert page.ask() == 204


def test_the_undo_of_an_import_is_a_new_version(alice: User, charlie: User, tmp_path: Path) -> None:
    file, said = tmp_path / "lunch.ics", StringIO()
    file.write_bytes(CALENDAR)
    call_command("import_ics", str(file), user=alice.email, calendar="Lunches", stdout=said)
    act = said.getvalue().split()[-1]
    page, others = opened(alice), opened(charlie)
    call_command("undo_sync", act, stdout=StringIO())
    assert not Event.objects.exists()
    assert (page.ask(), others.ask()) == (204, 304)


@pytest.fixture
def bad_run(google: Control, alice: User, connect: Connect, run_due: RunDue) -> SyncRun:
    google.add_event(ADA, LUNCH)
    connection = connect(alice)
    run_due()
    google.patch_event(ADA, "lunch1", {"summary": "Spoilt"})
    SyncState.objects.filter(connection=connection).update(due_at=timezone.now())
    run_due()
    return SyncRun.objects.get(updated=1)


def _by_command(run: SyncRun) -> None:
    call_command("undo_sync", str(run.pk), stdout=StringIO())


def _by_an_administrator(run: SyncRun) -> None:
    desk = Client()
    desk.force_login(make_user("root@example.org", is_staff=True, is_superuser=True))
    chosen = {"action": "undo", "_selected_action": [run.pk]}
    assert desk.post("/admin/calendars/syncrun/", chosen).status_code == 302


@pytest.mark.parametrize("undo", [_by_command, _by_an_administrator])
def test_the_undo_of_a_sync_is_a_new_version(
    alice: User, charlie: User, bad_run: SyncRun, undo: Callable[[SyncRun], None]
) -> None:
    page, others = opened(alice), opened(charlie)
    undo(bad_run)
    assert Event.objects.get().summary == "Lunch"
    assert (page.ask(), others.ask()) == (204, 304)


def test_an_undo_that_is_refused_is_no_new_version(alice: User, bad_run: SyncRun) -> None:
    EventChange.objects.all().delete()
    page = opened(alice)
    with pytest.raises(CommandError, match="no record of changes"):
        call_command("undo_sync", str(bad_run.pk))
    assert page.ask() == 304


@pytest.mark.parametrize("action", ["park", "unpark", "sync_now", "sync_fully"])
def test_what_an_administrator_does_is_a_new_version_of_its_owners(
    alice: User, charlie: User, action: str
) -> None:
    state = make_calendar(make_connection(alice), "Work", "#4a6fa5").sync_state
    SyncState.objects.filter(pk=state.pk).update(parked=action == "unpark")
    page, others = opened(alice), opened(charlie)
    desk = Client()
    desk.force_login(make_user("root@example.org", is_staff=True, is_superuser=True))
    chosen = {"action": action, "_selected_action": [state.pk]}
    assert desk.post("/admin/calendars/syncstate/", chosen).status_code == 302
    assert (page.ask(), others.ask()) == (204, 304)


def test_a_profile_that_an_administrator_changes_is_a_new_version_of_its_owners(
    alice: User, charlie: User
) -> None:
    """Pages of the administration act as the system, and not for the profile's owner."""
    page, others = opened(alice), opened(charlie)
    with acting_as_system(reason="to do what the administration does"):
        change_profile(owner=alice, changes={"timezone": "Asia/Tokyo"})
    assert (page.ask(), others.ask()) == (204, 304)
