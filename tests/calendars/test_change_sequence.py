"""A client asks for everything since a cursor and misses no change, however commits interleave."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event as Signal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.security_context import acting_as
from calendars.events.changes import ChangePage, Cursor, changes_since
from calendars.events.rows import EventRow
from calendars.events.writing import store_events
from calendars.models import Calendar, ChangeSequence, ChangeSet, Connection, Event, Tombstone
from tests.calendars.rows import make_calendar, make_connection, make_hour
from tests.product import roll_horizon

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE_SECONDS = 20
Told = list[tuple[str, str]]


@pytest.fixture
def made(alice: User) -> Connection:
    return make_connection(alice)


@pytest.fixture
def calendar(made: Connection) -> Calendar:
    with transaction.atomic():
        return make_calendar(made, "Work", "#4a6fa5")


class Client:
    """A program that follows one person's changes as their owner."""

    def __init__(self, owner: User, *, limit: int = 500) -> None:
        self.owner_id = owner.pk
        self.limit = limit
        self.cursor: Cursor | None = None

    def ask(self) -> Told:
        """Everything since the last question, page by page: what it is, and its name."""
        told: Told = []
        while True:
            page = self.page()
            told += [
                (change.kind, "gone" if change.row is None else str(change.row))
                for change in page.changes
            ]
            if not page.more:
                return told

    def page(self) -> ChangePage:
        with acting_as(user_id=self.owner_id):
            page = changes_since(owner_id=self.owner_id, cursor=self.cursor, limit=self.limit)
        self.cursor = page.cursor
        return page


@pytest.fixture
def client_of_alice(alice: User) -> Client:
    return Client(alice)


def store(calendar: Calendar, *rows: EventRow) -> None:
    with transaction.atomic():
        store_events(calendar=calendar, rows=rows)


def write_slowly(calendar: Calendar, written: Signal, may_commit: Signal) -> None:
    """A worker's transaction over a connection of its own."""
    try:
        with acting_as(user_id=calendar.owner_id):
            store_events(calendar=calendar, rows=[row("slow", "Began first")])
            written.set()
            assert may_commit.wait(PATIENCE_SECONDS)
    finally:
        written.set()
        connection.close()


def row(remote_id: str, summary: str = "Lunch") -> EventRow:
    at = timezone.now().replace(microsecond=0, hour=12, minute=0, second=0)
    return EventRow(
        remote_id=remote_id,
        start_at=at,
        end_at=at + timedelta(hours=1),
        all_day=False,
        time_zone="UTC",
        recurrence=[],
        organizer={},
        attendees=[],
        reminders={},
        summary=summary,
    )


def test_a_client_without_a_cursor_begins_with_everything_and_no_deletion(
    calendar: Calendar, client_of_alice: Client
) -> None:
    today = timezone.now().date()
    make_hour(calendar, "Stays", today, 9)
    make_hour(calendar, "Goes", today, 10).delete()

    assert client_of_alice.ask() == [("calendar", "Work"), ("event", "Stays")]
    assert client_of_alice.ask() == []


def test_a_deletion_during_the_first_pages_is_told(calendar: Calendar, alice: User) -> None:
    client = Client(alice, limit=1)
    event = make_hour(calendar, "Goes", timezone.now().date(), 9)
    assert [change.kind for change in client.page().changes] == ["calendar"]
    assert [change.id for change in client.page().changes] == [event.pk]
    event.delete()

    assert client.ask() == [("event", "gone")]


def test_each_change_is_told_once_in_its_last_version(
    calendar: Calendar, client_of_alice: Client
) -> None:
    client_of_alice.ask()
    event = make_hour(calendar, "First", timezone.now().date(), 9)
    Event.objects.filter(pk=event.pk).update(summary="Second")
    assert client_of_alice.ask() == [("event", "Second")]

    event.delete()
    assert client_of_alice.ask() == [("event", "gone")]

    store(calendar, row(event.remote_id, "Back"))
    assert client_of_alice.ask() == [("event", "Back")]
    assert client_of_alice.ask() == []


def test_an_upsert_that_changes_nothing_is_no_change(
    calendar: Calendar, client_of_alice: Client
) -> None:
    store(calendar, row("same"), row("other"))
    client_of_alice.ask()
    before = Event.objects.get(remote_id="same")

    store(calendar, row("same"), row("other", "Changed"))

    assert client_of_alice.ask() == [("event", "Changed")]
    after = Event.objects.get(remote_id="same")
    assert (after.change_set, after.changed_at) == (before.change_set, before.changed_at)
    other = Event.objects.get(remote_id="other")
    assert other.changed_at > after.changed_at
    assert other.change_set > after.change_set


def test_what_commits_late_is_told_late_and_not_skipped(
    calendar: Calendar, client_of_alice: Client
) -> None:
    client_of_alice.ask()
    written, may_commit = Signal(), Signal()
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(write_slowly, calendar, written, may_commit)
        assert written.wait(PATIENCE_SECONDS)
        make_hour(calendar, "Committed first", timezone.now().date(), 9)

        assert client_of_alice.ask() == [("event", "Committed first")]
        may_commit.set()
        slow.result(PATIENCE_SECONDS)

    assert client_of_alice.ask() == [("event", "Began first")]


def test_a_rolled_back_change_takes_no_number(calendar: Calendar, client_of_alice: Client) -> None:
    client_of_alice.ask()
    last = ChangeSequence.objects.get().last
    with transaction.atomic():
        make_hour(calendar, "Undone", timezone.now().date(), 9)
        transaction.set_rollback(True)
    with transaction.atomic():
        with transaction.atomic():
            make_hour(calendar, "Undone too", timezone.now().date(), 9)
            transaction.set_rollback(True)
        make_hour(calendar, "Kept", timezone.now().date(), 9)

    assert client_of_alice.ask() == [("event", "Kept")]
    assert ChangeSequence.objects.get().last == last + 1


def test_pages_are_cut_inside_a_change_set_and_nothing_is_lost(
    calendar: Calendar, alice: User
) -> None:
    store(calendar, *(row(str(number), str(number)) for number in range(25)))
    client = Client(alice, limit=4)

    told = client.ask()

    assert sorted(name for kind, name in told if kind == "event") == sorted(map(str, range(25)))


def test_calendars_are_told_with_what_their_owner_sees_of_them(
    calendar: Calendar, client_of_alice: Client
) -> None:
    make_hour(calendar, "Lunch", timezone.now().date(), 9)
    client_of_alice.ask()

    Calendar.objects.update(selected=False)
    assert client_of_alice.ask() == [("calendar", "Work")]
    Calendar.objects.update(selected=False, seen_run="0" * 32)
    roll_horizon()
    assert client_of_alice.ask() == []

    Calendar.objects.update(removed_at=timezone.now())
    assert client_of_alice.ask() == [("calendar", "gone")]
    Calendar.objects.update(removed_at=None)
    assert client_of_alice.ask() == [("calendar", "Work"), ("event", "Lunch")]


def test_a_calendars_deletion_stands_for_its_events(
    calendar: Calendar, made: Connection, client_of_alice: Client
) -> None:
    make_hour(calendar, "Lunch", timezone.now().date(), 9)
    make_hour(calendar, "Gone before", timezone.now().date(), 9).delete()
    client_of_alice.ask()

    made.delete()

    assert client_of_alice.ask() == [("calendar", "gone")]
    assert list(Tombstone.objects.values_list("kind", flat=True)) == ["calendar"]


def test_no_writer_can_forget_it(calendar: Calendar, client_of_alice: Client) -> None:
    event = make_hour(calendar, "Lunch", timezone.now().date(), 9)
    client_of_alice.ask()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE calendars_event SET location = 'Bistro'")
    assert client_of_alice.ask() == [("event", "Lunch")]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM calendars_event")
    assert client_of_alice.ask() == [("event", "gone")]

    event.change_set = 7
    with pytest.raises(IntegrityError, match="given by the database"):
        event.save(force_insert=True)


def test_others_are_told_nothing(calendar: Calendar, alice: User, charlie: User) -> None:
    make_hour(calendar, "Lunch", timezone.now().date(), 9)
    assert Client(charlie).ask() == []
    with acting_as(user_id=charlie.pk):
        assert changes_since(owner_id=alice.pk, cursor=None).changes == []


def test_one_transaction_for_two_owners_is_a_change_of_each(
    calendar: Calendar, bob: User, client_of_alice: Client
) -> None:
    client_of_bob = Client(bob)
    with transaction.atomic():
        make_hour(calendar, "Hers", timezone.now().date(), 9)
        Calendar.objects.create(owner=bob, name="His")

    assert client_of_alice.ask()[-1] == ("event", "Hers")
    assert client_of_bob.ask() == [("calendar", "His")]


def test_an_account_takes_its_sequence_along(calendar: Calendar, alice: User) -> None:
    make_hour(calendar, "Lunch", timezone.now().date(), 9)
    make_hour(calendar, "Gone", timezone.now().date(), 9).delete()

    with transaction.atomic():
        alice.delete()

    assert not ChangeSequence.objects.exists()
    assert not ChangeSet.objects.exists()
    assert not Tombstone.objects.exists()
