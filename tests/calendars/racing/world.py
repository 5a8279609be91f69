"""One person with a Google account and a calendar of their own, and what must be true of them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.security_context import acting_as
from calendars.events.history import latest_before
from calendars.models import (
    Calendar,
    Channel,
    Connection,
    Credential,
    Event,
    EventChange,
    GrantRevocation,
    Occurrence,
    SyncRun,
    SyncState,
)
from calendars.rfc5545.recurrence import expand
from calendars.sharing.importing import import_ics
from calendars.sync.due import request_syncs
from sandbox.control import Control
from tests.calendars.conftest import CLIENT_ID, CLIENT_SECRET, Connect
from tests.factories import bearer, make_session, make_user
from tests.keys.catalogue import naming_columns, orphans
from tests.product import call_command, sync_collection

ADA = "ada@sandbox.example"
OWN = "Own"
ZONE = {"timeZone": "Europe/Berlin"}
Json = dict[str, Any]
Instance = tuple[Any, ...]


class Ack(NamedTuple):
    """What a door answered; without `done` it refused, and nothing need have come of it."""

    door: str
    done: bool
    value: Any = None


@dataclass
class World:
    google: Control
    connect: Connect
    owner: User
    desk: Client
    phone: Client
    connection_id: uuid.UUID
    calendar_id: uuid.UUID
    local_id: uuid.UUID
    state_id: int
    list_state_id: int
    edits: int = 0
    imports: int = 0
    is_gone: bool = False
    is_connected: bool = True
    kept_before: frozenset[uuid.UUID] = frozenset()
    written: Event | None = None

    # Google's side

    def edit(self, pick: int) -> None:
        """One of: a new event or series, another title, a deletion, an instance that differs."""
        self.edits += 1
        kind, events = pick % 5, self.google.truth(ADA)["events"]
        chosen = events[pick // 5 % len(events)] if events else None
        title = {"summary": f"Edit {self.edits}"}
        if kind == 0 or chosen is None:
            self.google.add_event(ADA, {**title, **_hour(1 + pick // 5 % 28)})
        elif kind == 1:
            rule = {"recurrence": ["RRULE:FREQ=DAILY;COUNT=30"]}
            self.google.add_event(ADA, {**title, **rule, **_hour(1 + pick // 5 % 28)})
        elif kind == 2:
            self.google.delete_event(ADA, chosen["id"])
        elif kind == 3:
            self.google.patch_event(ADA, chosen["id"], title)
        else:
            self._edit_instance(pick, title)

    def _edit_instance(self, pick: int, title: Json) -> None:
        now = timezone.now()
        found = self.google.instances(ADA, now, now.replace(year=now.year + 1))
        instances = [each for each in found if "recurringEventId" in each]
        if instances:
            self.google.patch_event(ADA, instances[pick // 5 % len(instances)]["id"], title)

    # Work

    def ask(self, state_id: int, *, full: bool = False) -> None:
        """As a push or a person would."""
        with acting_as(user_id=self.owner.pk):
            request_syncs([state_id], full=full)

    def catch_up(self) -> None:
        for _round in range(10):
            due = SyncState.objects.due(timezone.now()).filter(owner=self.owner)
            states = list(due.values_list("pk", flat=True))
            if not states:
                return
            for state_id in states:
                sync_collection(state_id)
        raise AssertionError("work is still due after 10 rounds")

    def bring_in_step(self) -> None:
        self.ask(self.state_id)
        self.catch_up()

    # What must be true

    def remember(self) -> None:
        """The events that no other door may take away: Google has them, and so has every undo."""
        changed = EventChange.objects.filter(calendar=self.calendar_id).values("event_id")
        truth = [event["id"] for event in self.google.truth(ADA)["events"]]
        kept = Event.objects.filter(calendar=self.calendar_id, remote_id__in=truth)
        self.kept_before = frozenset(kept.exclude(pk__in=changed).values_list("pk", flat=True))

    def check(self) -> None:
        assert orphans() == {}
        for calendar in Calendar.objects.filter(owner=self.owner):
            _check_occurrences(calendar)
        if self.is_gone:
            self._check_gone()

    def _check_gone(self) -> None:
        owning = [each for each in naming_columns_of_people() if each[0] != "accounts_auditevent"]
        for table, column in owning:
            assert count(table, column, self.owner.pk) == 0, table

    def check_equal_to_google(self) -> None:
        truth = self.google.truth(ADA)["events"]
        stored = Event.objects.filter(calendar=self.calendar_id).exclude(status="cancelled")
        theirs = {(event["id"], event["etag"]) for event in truth}
        assert set(stored.values_list("remote_id", "etag")) == theirs

    @property
    def owes(self) -> bool:
        """Whether the calendar says itself that it is not in step."""
        state = SyncState.objects.get(pk=self.state_id)
        return state.full_wanted or state.done < state.wanted or state.run_id is not None

    @property
    def last_run(self) -> SyncRun | None:
        runs = SyncRun.objects.filter(calendar=self.calendar_id, changes__isnull=False)
        return runs.order_by("-started_at").first()

    def check_disconnected(self, *, keeps: bool) -> None:
        """Deleted by another door at the same time, or kept with all events."""
        made = Connection.objects.filter(pk=self.connection_id).first()
        assert not Credential.objects.filter(connection_id=self.connection_id).exists()
        assert not Channel.objects.filter(collection__connection=self.connection_id).exists()
        if made is not None:
            assert keeps
            assert made.status == Connection.Status.DISCONNECTED
            kept = set(Event.objects.filter(calendar=self.calendar_id).values_list("pk", flat=True))
            assert self.kept_before <= kept

    def check_imported(self, versions: list[int]) -> None:
        """Every event of each file is there, as one of the files has it."""
        stored = dict(
            Event.objects.filter(
                calendar__owner=self.owner, calendar__name=OWN, recurring_event_id=""
            ).values_list("ical_uid", "summary")
        )
        for version in versions:
            for uid in uids_of(version):
                assert stored[uid] in {f"Version {each}" for each in versions}

    def check_undone(self, run_id: uuid.UUID) -> None:
        for change in latest_before(run_id):
            event = Event.objects.filter(pk=change.event_id).first()
            if change.before is None:
                assert event is None
            else:
                assert event is not None
                assert event.etag == change.before["etag"]


def build(google: Control, connect: Connect, number: int) -> World:
    """A person who is in step with Google, whose last pull can be undone."""
    cache.clear()
    google.reset()
    google.register_client(CLIENT_ID, CLIENT_SECRET)
    google.create_account(ADA, time_zone=ZONE["timeZone"])
    google.add_events(ADA, [{"summary": f"First {day}", **_hour(day)} for day in (3, 4, 5)])
    google.add_event(ADA, {"summary": "S", "recurrence": ["RRULE:FREQ=WEEKLY"], **_hour(2)})
    User.objects.filter(email__startswith="alice").delete()
    GrantRevocation.objects.all().delete()
    owner = make_user(f"alice{number}@example.org")
    made = connect(owner)
    the_list = SyncState.objects.get(connection=made, calendar=None)
    sync_collection(the_list.pk)
    state = SyncState.objects.get(connection=made, calendar__remote_id=ADA)
    assert state.calendar_id is not None
    local = import_ics(owner=owner, name=OWN, content=file_of(0)).calendar
    world = World(
        google=google,
        connect=connect,
        owner=owner,
        desk=_desk(),
        phone=Client(headers=bearer(make_session(owner))),
        connection_id=made.pk,
        calendar_id=state.calendar_id,
        local_id=local.pk,
        state_id=state.pk,
        list_state_id=the_list.pk,
    )
    sync_collection(state.pk)
    for pick in (0, 3, 7, 9):
        world.edit(pick)
    world.bring_in_step()
    return world


def _desk() -> Client:
    admin = User.objects.filter(email="admin@example.org").first() or make_user(
        "admin@example.org", is_staff=True, is_superuser=True
    )
    desk = Client()
    desk.force_login(admin)
    return desk


def delete_person(world: World) -> None:
    call_command("delete_person", world.owner.email, "--yes")


def _hour(day: int) -> Json:
    """The hour of a day next month; of the 29th and later there is not always one."""
    now = timezone.now()
    year, month = (now.year, now.month + 1) if now.month < 12 else (now.year + 1, 1)
    on = f"{year}-{month:02}-{day:02}"
    return {
        "start": {"dateTime": f"{on}T10:00:00", **ZONE},
        "end": {"dateTime": f"{on}T11:00:00", **ZONE},
    }


def uids_of(version: int) -> list[str]:
    return ["1@example.org", "2@example.org", f"{version}@of.this.version"]


def file_of(version: int) -> bytes:
    events = "".join(_vevent(uid, version) for uid in uids_of(version))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n".encode()


def _vevent(uid: str, version: int) -> str:
    """The second is a series of which an instance is moved, to another hour in each version."""
    on = "20270104"
    head = f"BEGIN:VEVENT\r\nUID:{uid}\r\nSUMMARY:Version {version}\r\nSEQUENCE:{version}\r\n"
    times = f"DTSTART:{on}T080000Z\r\nDTEND:{on}T090000Z\r\n"
    if uid != "2@example.org":
        return f"{head}{times}END:VEVENT\r\n"
    hour = 10 + version % 10
    moved = f"RECURRENCE-ID:20270106T080000Z\r\nDTSTART:20270106T{hour}0000Z\r\nDURATION:PT1H\r\n"
    series = f"{head}{times}RRULE:FREQ=DAILY;COUNT=20\r\nEND:VEVENT\r\n"
    return f"{series}{head}{moved}END:VEVENT\r\n"


def naming_columns_of_people() -> list[tuple[str, str]]:
    return [
        (column.table, column.name)
        for column in naming_columns()
        if column.name in ("owner_id", "user_id", "actor_id")
    ]


def count(table: str, column: str, value: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table} WHERE {column} = %s", [value])
        return int(cursor.fetchone()[0])


def _check_occurrences(calendar: Calendar) -> None:
    """Those of the events, no fewer; of series, more only outside the horizon (they may stay until
    the next roll)."""
    rows = Occurrence.objects.filter(calendar=calendar)
    names = ("event_id", "original_start_at", "start_at", "end_at", "all_day")
    stored = set(rows.values_list(*names))
    expected = set(_expected(calendar))
    assert expected - stored == set(), _named(expected - stored)
    after, before = calendar.expanded_from, calendar.expanded_until
    inside = {each for each in stored if each[2] < before and each[3] > after}
    assert inside - expected == set(), _named(inside - expected)


def _named(instances: set[Instance]) -> list[str]:
    events = Event.objects.in_bulk({each[0] for each in instances})
    return sorted(f"{vars(events[each[0]])} at {each[1:4]}" for each in instances)[:3]


def _expected(calendar: Calendar) -> Iterator[Instance]:
    events = list(Event.objects.filter(calendar=calendar))
    replaced = {(event.recurring_event_id, event.original_start_at) for event in events}
    for event in events:
        if event.status == "cancelled":
            continue
        if not event.recurrence:
            first_at = event.original_start_at or event.start_at
            yield (event.pk, first_at, event.start_at, event.end_at, event.all_day)
            continue
        window = (calendar.expanded_from, calendar.expanded_until)
        for instance in expand(event, after=window[0], before=window[1]):
            if (event.remote_id, instance.original_start_at) not in replaced:
                yield (event.pk, *instance, event.all_day)
