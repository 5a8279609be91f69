"""Edits at Google and here, in any order, through faults and deaths: none is lost, none is doubled.

Hypothesis edits one calendar at both sides, orders faults, lets workers die between any two
statements, loses answers, and sends and syncs. At the end both sides are equal, or a conflict names
both; the ledger says which writes may have been superseded. More examples than the few of an
ordinary run: EDIT_EXAMPLES=300.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from accounts.models import User
from calendars.connections.overview import request_sync
from calendars.events.editing import create_event
from calendars.events.history import Author
from calendars.events.resolving import retry_change, settle_conflict
from calendars.events.scopes import Scope, change_in_scope, delete_in_scope
from calendars.events.undo import undo_act
from calendars.google import credentials, quota
from calendars.models import (
    Calendar,
    Connection,
    Credential,
    Event,
    EventChange,
    Occurrence,
    PendingChange,
    SyncState,
)
from config.web.problems import DomainError
from sandbox.control import Control
from tests.calendars.conftest import CLIENT_ID, CLIENT_SECRET, Connect
from tests.calendars.converging import sides
from tests.calendars.converging.dying import dying_at
from tests.calendars.converging.ledger import (
    ABSENT,
    LIFE,
    LIVE,
    SIDES,
    Key,
    Ledger,
    Side,
    State,
)
from tests.product import send_change, sync_collection

pytestmark = pytest.mark.django_db(transaction=True)

ADA = sides.ADA
HOME = ZoneInfo(sides.ZONE)
MONDAY = datetime(2026, 11, 30, 9, tzinfo=HOME)
Json = dict[str, Any]
Fields = Mapping[str, Any]
RULES = [
    ["RRULE:FREQ=DAILY;COUNT=9"],
    ["RRULE:FREQ=WEEKLY"],
    ["RRULE:FREQ=WEEKLY;BYDAY=MO,TH;INTERVAL=2"],
    ["RRULE:FREQ=DAILY;INTERVAL=3;UNTIL=20270301T000000Z"],
]
TRANSIENT: list[tuple[str, Json]] = [
    ("status", {"status": 500}),
    ("status", {"status": 503}),
    ("html", {"status": 502}),
    ("html", {"status": 200}),
    ("drop", {}),
    ("drop_mid_body", {}),
    ("half_json", {}),
    ("lost_answer", {}),
    ("google_error", {"error": "rateLimitExceeded"}),
    ("google_error", {"error": "userRateLimitExceeded"}),
    ("google_error", {"error": "quotaExceeded"}),
    ("google_error", {"error": "authError"}),
]
CALLS = [
    "events.insert", "events.patch", "events.delete", "events.get", "events.list", "events.*",
    "events.move",
]  # fmt: skip
MOST_CALLS = 12  # to send one change: four tries each of a change, of a look, and of a change
picks = st.integers(0, 10_000)
deaths = st.integers(1, 25)
offsets = st.integers(-20, 60)
scopes = st.sampled_from(list(Scope))


class Editing(RuleBasedStateMachine):
    numbers = count(1)

    def __init__(self, google: Control, alice: User, connect: Connect) -> None:
        super().__init__()
        self.google, self.alice, self.connect = google, alice, connect

    @initialize()
    def begin(self) -> None:
        Connection.objects.all().delete()
        cache.clear()
        self.google.reset()
        self.google.register_client(CLIENT_ID, CLIENT_SECRET)
        self.google.create_account(ADA, time_zone=HOME.key)
        self.ledger = Ledger()
        self.acts: list[Any] = []
        self.connection = self.connect(self.alice)
        self.pull()
        self.at_google(self._fill)
        self.sync()

    def _fill(self) -> None:
        for lines in (None, RULES[1], RULES[0]):
            self._add_there(lines, 0)

    # At Google

    @rule(lines=st.none() | st.sampled_from(RULES), offset=offsets)
    def add_there(self, lines: list[str] | None, offset: int) -> None:
        self.at_google(lambda: self._add_there(lines, offset))

    @rule(pick=picks, kind=st.sampled_from(["summary", "location", "description", "times"]))
    def change_there(self, pick: int, kind: str) -> None:
        if events := self.google.truth(ADA)["events"]:
            event = events[pick % len(events)]
            changes = self._moved(event, pick) if kind == "times" else {kind: self.word("There")}
            self.at_google(lambda: self.google.patch_event(ADA, event["id"], changes))

    @rule(pick=picks)
    def delete_there(self, pick: int) -> None:
        if events := self.google.truth(ADA)["events"]:
            self.at_google(lambda: self.google.delete_event(ADA, events[pick % len(events)]["id"]))

    @rule(pick=picks, cancel=st.booleans())
    def change_instance_there(self, pick: int, cancel: bool) -> None:
        instances = [
            one
            for one in self.google.instances(ADA, MONDAY, MONDAY + timedelta(days=60))
            if "recurringEventId" in one
        ]
        if not instances:
            return
        chosen = instances[pick % len(instances)]["id"]
        if cancel:
            self.at_google(lambda: self.google.delete_event(ADA, chosen))
        else:
            word = self.word("There")
            self.at_google(lambda: self.google.patch_event(ADA, chosen, {"summary": word}))

    # Here

    @rule(lines=st.just([]) | st.sampled_from(RULES), offset=offsets, all_day=st.booleans())
    def add_here(self, lines: list[str], offset: int, all_day: bool) -> None:
        start_at = MONDAY + timedelta(days=offset)
        if all_day:
            start_at = start_at.replace(hour=0, tzinfo=UTC)
            lines = [line.replace("T000000Z", "") for line in lines]
        values = {
            "summary": self.word("Here"),
            "start_at": start_at.astimezone(UTC),
            "end_at": (start_at + timedelta(days=1 if all_day else 1 / 24)).astimezone(UTC),
            "all_day": all_day,
            "time_zone": "UTC" if all_day else HOME.key,
            "recurrence": lines,
        }
        self.here(
            lambda author: create_event(
                owner_id=self.alice.pk, calendar_id=self.calendar.pk, values=values, author=author
            )
        )

    @rule(
        pick=picks,
        kind=st.sampled_from(["summary", "location", "description", "times"]),
        scope=scopes,
    )
    def change_here(self, pick: int, kind: str, scope: Scope) -> None:
        if (chosen := self.occurrence(pick)) is None:
            return
        event = chosen.event
        changes: Json = {kind: self.word("Here")}
        if kind == "times":
            shift = timedelta(minutes=15 * (pick % 30 + 1))
            shift = timedelta(days=pick % 3 + 1) if event.all_day else shift
            changes = {"start_at": chosen.start_at + shift, "end_at": chosen.end_at + shift}
        self.here(
            lambda author: change_in_scope(
                owner_id=self.alice.pk,
                event_id=event.pk,
                base=event.change_set,
                changes=changes,
                scope=scope,
                original_start_at=chosen.original_start_at,
                author=author,
            )
        )

    @rule(pick=picks, scope=scopes)
    def delete_here(self, pick: int, scope: Scope) -> None:
        if (chosen := self.occurrence(pick)) is None:
            return
        self.here(
            lambda author: delete_in_scope(
                owner_id=self.alice.pk,
                event_id=chosen.event_id,
                base=chosen.event.change_set,
                scope=scope,
                original_start_at=chosen.original_start_at,
                author=author,
            )
        )

    def undo_here(self, pick: int) -> None:
        """No rule: an undo that leaves nothing to be sent gives way to what Google has meanwhile,
        which the ledger takes for a loss."""
        if self.acts:
            act = self.acts[pick % len(self.acts)]
            self.here(lambda author: undo_act(owner_id=self.alice.pk, act=act, author=author))

    @rule(pick=picks, keep=st.sampled_from(["mine", "theirs"]))
    def settle(self, pick: int, keep: str) -> None:
        conflicts = PendingChange.objects.filter(state="conflict").order_by("remote_id")
        if not conflicts:
            return
        chosen = conflicts[pick % len(conflicts)]
        author = self.author()
        settle_conflict(owner_id=self.alice.pk, event_id=chosen.pk, keep=keep, author=author)
        self.ledger.settle(chosen.remote_id, self.states()[0])

    # On the way

    @rule(fault=st.sampled_from(TRANSIENT), on=st.sampled_from(CALLS), first=st.integers(1, 3),
          many=st.integers(1, 6))  # fmt: skip
    def order_fault(self, fault: tuple[str, Json], on: str, first: int, many: int) -> None:
        name, parameters = fault
        self.google.order_fault(name, on, first=first, last=first + many - 1, **parameters)

    @rule(on=st.sampled_from(CALLS[:3]))
    def refuse_a_change(self, on: str) -> None:
        """Google says no, for good: it must be said, and what was written here be kept."""
        self.google.order_fault("google_error", on, error="forbiddenForNonOrganizer")

    @rule()
    def expire_access_tokens(self) -> None:
        self.google.expire_access_tokens(ADA)

    @rule()
    def invalidate_sync_tokens(self) -> None:
        self.google.invalidate_sync_tokens(ADA)

    @rule()
    def send(self) -> None:
        self.run(self.send_due)

    @rule(at=deaths)
    def die_while_sending(self, at: int) -> None:
        with dying_at(at):
            self.send_due()
        self.lapse()
        self.observe()

    @rule(at=deaths)
    def die_while_syncing(self, at: int) -> None:
        self.request()
        with dying_at(at):
            self.pull_due()
        self.lapse()
        self.observe()

    @rule()
    def pull(self) -> None:
        self.request()
        self.run(self.pull_due)

    @rule()
    def sync(self) -> None:
        self.pull()
        self.send()
        self.pull()

    # What it is made of

    def word(self, side: str) -> str:
        return f"{side} {next(self.numbers)}"

    def author(self) -> Author:
        return Author(EventChange.Door.API, actor_id=self.alice.pk)

    def at_google(self, edit: Callable[[], object]) -> None:
        before = sides.there(self.google)
        edit()
        self.note("there", before, sides.there(self.google))

    def here(self, edit: Callable[[Author], object]) -> None:
        """An edit that is refused writes nothing; one that is acknowledged must not be lost."""
        before, author = sides.here(), self.author()
        try:
            edit(author)
        except DomainError:
            assert sides.here() == before
            return
        self.acts.append(author.act)
        self.note("here", before, sides.here())

    def note(self, side: Side, before: sides.Rows, after: sides.Rows) -> None:
        known = before.keys() | after.keys() | self.ledger.events()
        self.ledger.write(side, sides.state_of(before, known), sides.state_of(after, known))

    def run(self, work: Callable[[], None]) -> None:
        work()
        self.observe()

    def observe(self) -> None:
        for side, state in zip(SIDES, self.states(), strict=True):
            self.ledger.observe(side, state)

    def states(self) -> tuple[State, State]:
        here, there = sides.here(), sides.there(self.google)
        known = here.keys() | there.keys() | self.ledger.events()
        return sides.state_of(here, known), sides.state_of(there, known)

    def lapse(self) -> None:
        """Time passes: the leases of the dead lapse, and what was put off is due."""
        past = timezone.now() - timedelta(seconds=1)
        PendingChange.objects.exclude(lease_until=None).update(lease_until=past)
        SyncState.objects.exclude(lease_until=None).update(lease_until=past)
        Credential.objects.exclude(lease_until=None).update(lease_until=past)
        PendingChange.objects.update(due_at=past)
        SyncState.objects.update(due_at=past)

    def request(self) -> None:
        if Connection.objects.get().status != Connection.Status.ACTIVE:
            self.google.clear_faults()
            self.connect(self.alice)
        request_sync(owner=self.alice, connection_id=self.connection.pk)

    def pull_due(self) -> None:
        for _round in range(4):
            for state_id in SyncState.objects.due(timezone.now()).values_list("pk", flat=True):
                sync_collection(state_id)

    def send_due(self) -> None:
        for _round in range(4):
            waiting = PendingChange.objects.filter(state="pending").due(timezone.now())
            for event_id in list(waiting.values_list("pk", flat=True)):
                self.google.clear_requests()
                send_change(event_id)
                calls = self.google.counts()
                assert sum(calls.values()) <= MOST_CALLS, calls

    def occurrence(self, pick: int) -> Occurrence | None:
        found = Occurrence.objects.filter(
            calendar=self.calendar, start_at__lt=MONDAY + timedelta(60)
        )
        listed = found.select_related("event").order_by("start_at", "event__remote_id")
        return listed[pick % len(listed)] if listed else None

    @property
    def calendar(self) -> Calendar:
        return Calendar.objects.get(remote_id=ADA)

    def _add_there(self, lines: list[str] | None, offset: int) -> None:
        start = MONDAY + timedelta(days=offset)
        body: Json = {
            "summary": self.word("There"),
            "start": _time(start),
            "end": _time(start + timedelta(hours=1)),
        }
        self.google.add_event(ADA, body | ({"recurrence": lines} if lines else {}))

    def _moved(self, event: Json, pick: int) -> Json:
        shift = timedelta(hours=pick % 5 + 1)
        if "date" in event["start"]:
            return {"end": {"date": _later(event["end"]["date"])}}
        return {
            name: {**event[name], "dateTime": _shifted(event[name]["dateTime"], shift)}
            for name in ("start", "end")
        }

    # At the end

    def teardown(self) -> None:
        if not Connection.objects.exists():
            return
        self.google.clear_faults()
        cache.clear()
        for _round in range(6):
            self.lapse()
            for failed in PendingChange.objects.filter(state="failed"):
                retry_change(owner_id=self.alice.pk, event_id=failed.pk)
            self.sync()
        conflicts = {one.remote_id: one for one in PendingChange.objects.all()}
        assert {one.state for one in conflicts.values()} <= {"conflict"}
        here, there = self.states()
        for event in self.ledger.events() | here.keys() | there.keys():
            if event in conflicts:
                self.check_conflict(conflicts[event])
            elif not self._is_below(event, conflicts):
                self.check_event(event, here.get(event), there.get(event))
        self.check_once()

    def _is_below(self, event: str, conflicts: dict[str, PendingChange]) -> bool:
        """Whether it is an instance of a series in conflict: it goes with its series."""
        return event.split("_")[0] in conflicts

    def check_event(self, event: str, here: Fields | None, there: Fields | None) -> None:
        assert here == there, event
        if "_" in event:
            # Google drops an instance that its changed series no longer has, also if it was edited
            # there a moment ago: what was written to instances isn't followed through that.
            return
        if here is None:
            assert not self.ledger.unseen_by_deletions(event), "it was deleted with an edit unseen"
            return
        for key in self.ledger.keys_of(event):
            heads = self.ledger.heads(key)
            if key.field != LIFE and here.get(LIFE) != LIVE:
                continue
            assert [write.value for write in heads] == [here[key.field]], (key, heads)

    def check_conflict(self, pending: PendingChange) -> None:
        named = sides.sides_of_conflict(pending)
        if "_" in pending.remote_id:  # as in `check_event`
            return
        for key in self.ledger.keys_of(pending.remote_id):
            for write in self.ledger.heads(key):
                assert any(_names(side, key, write.value) for side in named), (key, write, named)

    def check_once(self) -> None:
        """What nobody wrote is a double: each event has the id that it was given once."""
        for state in (sides.here(), sides.there(self.google)):
            assert {event for event in state if "_" not in event} <= self.ledger.events()


def _names(side: Json, key: Key, value: Any) -> bool:
    if key.field == LIFE:
        return bool(side[LIFE] == ("gone" if value == ABSENT else value))
    return bool(side.get(key.field) == value)


def _time(at: datetime) -> Json:
    return {"dateTime": at.isoformat(), "timeZone": HOME.key}


def _shifted(text: str, shift: timedelta) -> str:
    return (datetime.fromisoformat(text) + shift).isoformat()


def _later(text: str) -> str:
    return (datetime.fromisoformat(text) + timedelta(days=1)).date().isoformat()


@pytest.fixture
def editing(google: Control, alice: User, connect: Connect, quick_calls: None) -> Editing:
    """Both sides with a single event, a weekly and a daily series."""
    machine = Editing(google, alice, connect)
    machine.begin()
    return machine


def test_deleted_by_both_sides_is_no_conflict(editing: Editing) -> None:
    """Found by the machine: a conflict in which both sides had deleted the series."""
    weekly = Event.objects.get(recurrence=RULES[1])
    editing.change_here(_place_of(weekly), "summary", Scope.ALL)
    editing.at_google(lambda: editing.google.delete_event(ADA, weekly.remote_id))
    editing.pull()
    assert PendingChange.objects.get().theirs_deleted

    editing.delete_here(_place_of(weekly), Scope.ALL)

    assert not PendingChange.objects.exists()
    editing.teardown()
    assert not Event.objects.filter(pk=weekly.pk).exists()


def test_cancelled_by_both_sides_is_no_conflict(editing: Editing) -> None:
    weekly = Event.objects.get(recurrence=RULES[1])
    editing.change_here(_place_of(weekly), "summary", Scope.THIS)
    exception = Event.objects.exclude(recurring_event_id="").get()
    editing.at_google(lambda: editing.google.delete_event(ADA, exception.remote_id))
    editing.pull()
    assert PendingChange.objects.get().theirs_deleted

    editing.delete_here(_place_of(exception), Scope.THIS)

    assert not PendingChange.objects.exists()
    editing.teardown()


def test_an_undone_exception_is_as_its_series_again(editing: Editing) -> None:
    weekly = Event.objects.get(recurrence=RULES[1])
    editing.change_here(_place_of(weekly), "times", Scope.THIS)
    editing.sync()

    editing.undo_here(0)

    editing.teardown()
    assert not PendingChange.objects.exists()


def _place_of(event: Event) -> int:
    """The place of its first occurrence in the list from which the machine picks."""
    listed = Occurrence.objects.filter(calendar=event.calendar)
    ordered = listed.order_by("start_at", "event__remote_id").values_list("event_id", flat=True)
    return list(ordered).index(event.pk)


@pytest.mark.timeout(0 if "EDIT_EXAMPLES" in os.environ else 300)
def test_no_edit_is_lost_and_none_is_doubled(
    google: Control,
    alice: User,
    connect: Connect,
    quick_calls: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(quota, "FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(credentials, "WAIT_FOR_WINNER_SECONDS", 0.05)
    run_state_machine_as_test(
        partial(Editing, google, alice, connect),  # type: ignore[arg-type]  # any callable will do
        settings=settings(
            max_examples=int(os.environ.get("EDIT_EXAMPLES", "12")),
            database=None,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
