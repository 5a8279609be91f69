"""Under the policies the main queries use indexes, in tables with many rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.security_context import acting_as
from calendars.connections.log import RUNS, runs_of
from calendars.models import Calendar, Connection, Event
from calendars.sharing.exporting import export_calendar
from calendars.timeline.days import read_days
from calendars.timeline.occurrences import occurrences_between
from calendars.timeline.search import Asked, Search
from calendars.timeline.search_index import catch_up
from config.web.pagination import Cursor
from profiles.history import NEWEST_FIRST, read_history
from profiles.models import Profile
from profiles.services import read_profile
from tests.calendars.rows import make_calendar, make_connection
from tests.factories import make_user
from tests.privilege import as_product
from tests.row_security.rows import number_changes
from tests.statements import statements

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 1, tzinfo=UTC)
ROWS_EACH = 400
# Each table gets ROWS_EACH rows for every calendar's owner, two hours apart.
FILL = """
INSERT INTO calendars_event (id, owner_id, calendar_id, remote_id, ical_uid, etag, sequence, status,
    summary, description, location, start_at, end_at, all_day, time_zone, recurrence,
    recurring_event_id, visibility, transparency, event_type, colour_id, html_link, organizer,
    attendees, reminders, changed_at)
SELECT gen_random_uuid(), c.owner_id, c.id, n, '', '', 0, 'confirmed', 'Event ' || n, '', '',
    %(start)s + n * interval '2 hours', %(start)s + n * interval '2 hours' + interval '1 hour',
    false, 'UTC', '{}', '', '', '', '', '', '', '{}', '[]', '{}', now()
FROM calendars_calendar c, generate_series(1, %(rows)s) n;
INSERT INTO calendars_occurrence (event_id, original_start_at, owner_id, calendar_id, start_at,
    end_at, all_day, long)
SELECT id, start_at, owner_id, calendar_id, start_at, end_at, false, false FROM calendars_event;
INSERT INTO calendars_syncrun (id, owner_id, connection_id, calendar_id, kind, outcome, started_at,
    known, pages, fetched, created, updated, deleted, quarantined, retries, error_code)
SELECT gen_random_uuid(), c.owner_id, c.connection_id, c.id, 'increment', 'completed',
    %(start)s + n * interval '2 hours', 0, 1, 0, 0, 0, 0, 0, 0, ''
FROM calendars_calendar c, generate_series(1, %(rows)s) n;
INSERT INTO profiles_profilechange (id, owner_id, version, field, before, after, door, changed_at)
SELECT gen_random_uuid(), owner_id, n, 'bio', '', '', 'api', now()
FROM profiles_profile, generate_series(1, %(rows)s) n;
ANALYZE calendars_event, calendars_occurrence, calendars_syncrun, profiles_profilechange;
"""
LONG_LOG = """
INSERT INTO calendars_syncrun (id, owner_id, connection_id, kind, outcome, started_at, known, pages,
    fetched, created, updated, deleted, quarantined, retries, error_code)
SELECT gen_random_uuid(), owner_id, id, 'increment', 'completed',
    %(start)s + n * interval '5 minutes', 0, 1, 0, 0, 0, 0, 0, 0, ''
FROM calendars_connection, generate_series(1, 10000) n WHERE id = %(connection)s;
ANALYZE calendars_syncrun;
"""
FILLED = {
    "calendars_event",
    "calendars_occurrence",
    "calendars_searchentry",
    "calendars_syncrun",
    "profiles_profilechange",
}


@pytest.fixture
def filled(alice: User) -> Connection:
    """Create Alice and thirty other users, each with a calendar."""
    made = [
        make_calendar(make_connection(person), "Work", "#4a6fa5")
        for person in (alice, *(make_user(f"person{n}@example.org") for n in range(30)))
    ]
    Profile.objects.bulk_create(Profile(owner_id=calendar.owner_id) for calendar in made)
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"start": START, "rows": ROWS_EACH})
    return Connection.objects.get(owner=alice)


def plans_of(person: User, ask: Callable[[], object]) -> Iterator[dict[str, Any]]:
    """Return every node of the plan of each SELECT in the user's own request."""
    with as_product(), acting_as(user_id=person.pk):
        with CaptureQueriesContext(connection) as captured:
            ask()
        asked = [sql for sql in statements(captured) if sql.split(None, 1)[0] in ("SELECT", "WITH")]
        for statement in asked:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}")
                (found,) = cursor.fetchone()
            yield from nodes(found[0]["Plan"] if isinstance(found, list) else json.loads(found))


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def assert_by(person: User, ask: Callable[[], object], indexes: set[str]) -> None:
    """Check that no large table is scanned in full, and that these indexes are used."""
    found = list(plans_of(person, ask))
    read_whole = {one["Relation Name"] for one in found if one["Node Type"] == "Seq Scan"}
    assert not read_whole & FILLED
    assert indexes <= {one["Index Name"] for one in found if "Index Name" in one}


def month(person: User) -> list[object]:
    return list(
        occurrences_between(
            owner_id=person.pk, start_at=START, end_at=START + timedelta(days=2), limit=100
        )
    )


def test_a_window_of_the_time_line(filled: Connection, alice: User) -> None:
    assert_by(alice, lambda: month(alice), {"occurrence_timeline"})


def test_the_days_of_a_page(filled: Connection, alice: User) -> None:
    """Each day uses the indexes of starts and of long events; events are read by their ids."""
    indexes = {"occurrence_timeline", "occurrence_lasting", "occurrence_long"}
    assert_by(alice, lambda: days(alice), indexes)


def days(person: User) -> object:
    return read_days(
        owner_id=person.pk,
        start_on=START.date(),
        end_on=START.date() + timedelta(days=35),
        zone=ZoneInfo("Europe/Berlin"),
        limit=lambda _: 5,
    )


def test_the_events_of_a_calendar(filled: Connection, alice: User) -> None:
    calendar = Calendar.objects.get(owner=alice)
    index = index_on("calendars_event", "(calendar_id)")

    assert_by(alice, lambda: list(Event.objects.filter(calendar=calendar)), {index})
    assert_by(alice, lambda: list(export_calendar(calendar)), set())


def test_a_search(filled: Connection, alice: User) -> None:
    """It reads the owner's entries, however many the others have."""
    number_changes()
    for owner_id in Calendar.objects.values_list("owner_id", flat=True):
        catch_up(owner_id=owner_id)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE calendars_searchentry")

    for text in ("event 7", "evnet", "nothing"):
        assert_by(alice, partial(found_by, alice, text), {"calendars_searchentry_pkey"})


def found_by(person: User, text: str) -> object:
    search = Search(owner_id=person.pk, asked=Asked(text), zone=ZoneInfo("Europe/Berlin"))
    return search.read(None, 51)


def test_the_runs_of_a_connection(filled: Connection, alice: User) -> None:
    """A long log is read in the order of its index; a short one may as well be sorted."""
    with connection.cursor() as cursor:
        cursor.execute(LONG_LOG, {"connection": filled.pk, "start": START})
    runs = runs_of(owner=alice, connection_id=filled.pk)
    later = Cursor((timezone.now() - timedelta(days=1), filled.pk))
    for place in (None, later, later._replace(backwards=True)):
        assert_by(alice, partial(RUNS.slice, runs.all(), place, 101), {"run_latest_first"})


def test_the_history_of_a_profile(filled: Connection, alice: User) -> None:
    changes = read_history(owner=alice)
    for cursor in (None, Cursor((9, "bio")), Cursor((9, "bio"), backwards=True)):
        assert_by(
            alice,
            partial(NEWEST_FIRST.slice, changes.all(), cursor, 51),
            {"profile_change_once_a_version"},
        )


def test_a_profile(filled: Connection, alice: User) -> None:
    assert_by(alice, lambda: read_profile(owner=alice), set())


def test_what_no_index_serves_is_noticed(filled: Connection, alice: User) -> None:
    with pytest.raises(AssertionError):
        assert_by(alice, lambda: list(Event.objects.filter(summary="Event 7")), set())


def test_the_settings_are_read_once_a_statement(filled: Connection, alice: User) -> None:
    found = list(plans_of(alice, lambda: list(Event.objects.filter(start_at__gt=timezone.now()))))

    own = [one for one in found if one.get("Relation Name") == "calendars_event"]
    assert own
    assert all("current_setting" not in str(one.get("Filter")) for one in own)
    assert [one for one in found if one.get("Parent Relationship") == "InitPlan"]


def index_on(table: str, columns: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE tablename = %s AND indexdef LIKE %s",
            [table, f"%USING btree {columns}"],
        )
        return str(cursor.fetchone()[0])
