"""Two doors at once, whichever: no orphan, no fault, and nothing lost that was acknowledged.

Hypothesis edits Google's side, picks two doors, and says at which statement each waits for the
other. Afterwards every key holds, occurrences are those of their events, and what a door
acknowledged is there, unless the other door acknowledged that it took it away. In the end a sync
brings both sides together. More than an ordinary run: RACE_EXAMPLES=100, or RACE_SECONDS=600.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from functools import partial
from itertools import count

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from pytest_django import Settings

from accounts.models import User
from calendars.models import Calendar, Connection, Event, SyncState
from sandbox.control import Control
from tests.calendars.conftest import Connect
from tests.calendars.racing.doors import DOORS, ENDS_ACCOUNT, ENDS_CONNECTION
from tests.calendars.racing.interleaving import Pause, race
from tests.calendars.racing.world import Ack, World, build

pytestmark = pytest.mark.django_db(transaction=True)
LONGER = {"RACE_EXAMPLES", "RACE_SECONDS"} & set(os.environ)
IN_STEP = {"pull", "full_list", "audit"}
picks = st.integers(0, 10_000)
pauses = st.builds(Pause, at=st.integers(1, 30), until=st.integers(1, 30))
raced: Counter[tuple[str, str]] = Counter()


class Doors(RuleBasedStateMachine):
    """The world goes on from race to race, until a door ends it."""

    numbers = count(1)

    def __init__(self, google: Control, connect: Connect, horizon: Settings) -> None:
        super().__init__()
        self.google, self.connect, self.horizon = google, connect, horizon

    @initialize()
    def begin(self) -> None:
        self.world = build(self.google, self.connect, next(self.numbers))

    @rule(
        names=st.tuples(*[st.sampled_from(sorted(DOORS))] * 2),
        stops=st.tuples(pauses, pauses),
        edits=st.lists(picks, max_size=3),
        days=st.integers(60, 120),
    )
    def race_two(
        self, names: tuple[str, str], stops: tuple[Pause, Pause], edits: list[int], days: int
    ) -> None:
        if not self.world.is_connected:
            self.begin()
        for pick in edits:
            self.world.edit(pick)
        self.horizon.SYNC_HORIZON_FUTURE_DAYS = days
        world = self.world
        world.remember()
        first, second = (DOORS[name](world) for name in names)
        raced[min(names), max(names)] += 1
        acks = race((first, second), stops)
        self.check(acks)

    def teardown(self) -> None:
        """Whatever raced: a sync later both sides are equal."""
        if not hasattr(self, "world") or not self.world.is_connected:
            return
        world = self.world
        world.desk.post(
            "/admin/calendars/syncstate/",
            {"action": "unpark", "_selected_action": [world.state_id]},
        )
        world.bring_in_step()
        assert not world.owes
        world.check()
        world.check_equal_to_google()

    def check(self, acks: list[Ack]) -> None:
        done = {ack.door for ack in acks if ack.done}
        self.world.is_gone = bool(done & ENDS_ACCOUNT)
        self.world.is_connected = not done & ENDS_CONNECTION
        self.world.check()
        for ack in acks:
            if ack.done:
                self.check_kept(ack, [other for other in acks if other is not ack], done)
            elif ack.door in ("import_file", "write_own"):
                assert self.world.is_gone

    def check_kept(self, ack: Ack, others: list[Ack], done: set[str]) -> None:
        world = self.world
        if world.is_gone:
            assert not User.objects.filter(pk=world.owner.pk).exists()
        elif ack.door in ENDS_CONNECTION:
            self.check_ended(ack, done)
        elif ack.door == "import_file":
            imported = [each.value for each in (ack, *others) if each.door == ack.door]
            world.check_imported(imported)
        elif ack.door in ("write_own", "erase_own"):
            erased = {each.value for each in (ack, *others) if each.door == "erase_own"}
            assert Event.objects.filter(pk=ack.value).exists() == (ack.value not in erased)
        elif ack.door in ("change_own", "change_google", "select"):
            self.check_chosen(ack, others)
        elif world.is_connected:
            self.check_synced(ack, others, done)

    def check_ended(self, ack: Ack, done: set[str]) -> None:
        stored = Connection.objects.filter(pk=self.world.connection_id)
        assert not stored.filter(status=Connection.Status.ACTIVE).exists()
        assert ack.door == "disconnect_keeping" or not stored.exists()
        self.world.check_disconnected(keeps="disconnect_dropping" not in done)

    def check_synced(self, ack: Ack, others: list[Ack], done: set[str]) -> None:
        world = self.world
        if ack.door in ("pause", "unpause"):
            self.check_paused(ack, others)
        elif ack.door in IN_STEP and not world.owes:
            world.check_equal_to_google()
        elif ack.door == "undo" and not done & IN_STEP:
            world.check_undone(ack.value)
            assert world.owes

    def check_chosen(self, ack: Ack, others: list[Ack]) -> None:
        """The last of two choices stands."""
        world = self.world
        stored = {
            str(calendar.pk): {"selected": calendar.selected, "colour": calendar.colour}
            for calendar in Calendar.objects.filter(owner=world.owner)
        }
        chosen = [choices(world, each) for each in (ack, *others)]
        for (calendar_id, name), value in chosen[0].items():
            values = [value, *(each[calendar_id, name] for each in chosen[1:]
                               if (calendar_id, name) in each)]  # fmt: skip
            assert calendar_id not in stored or stored[calendar_id][name] in values

    def check_paused(self, ack: Ack, others: list[Ack]) -> None:
        state = SyncState.objects.get(pk=self.world.state_id)
        if not {"pause", "unpause"} - {ack.door} & {other.door for other in others}:
            assert state.paused == (ack.door == "pause")
            assert state.parked or ack.door == "unpause"


def choices(world: World, ack: Ack) -> dict[tuple[str, str], object]:
    """What a door acknowledged to have chosen, by calendar and column."""
    if ack.door == "select":
        owned = (str(world.local_id), str(world.calendar_id))
        return {(each, "selected"): each in ack.value for each in owned}
    if ack.door == "change_own":
        return {(str(world.local_id), "colour"): ack.value["colour"]}
    if ack.door == "change_google":
        return {(str(world.calendar_id), "selected"): ack.value["selected"]}
    return {}


def deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


@pytest.mark.timeout(0 if LONGER else 300)
def test_no_door_loses_what_another_acknowledged(
    google: Control, connect: Connect, settings: Settings, db: None
) -> None:
    until = time.monotonic() + float(os.environ.get("RACE_SECONDS", "0"))
    examples = int(os.environ.get("RACE_EXAMPLES", "4"))
    before = deadlocks()
    while True:
        run_machine(partial(Doors, google, connect, settings), examples)
        if time.monotonic() >= until:
            break
    print(f"{raced.total()} races of {len(raced)} pairs, {deadlocks() - before} deadlocks")


def run_machine(machine: partial[Doors], examples: int) -> None:
    run_state_machine_as_test(
        machine,  # type: ignore[arg-type]  # any callable will do
        settings=hypothesis_settings(
            max_examples=examples,
            database=None,
            phases=(Phase.generate,),  # a race that is run again need not end in the same way
            stateful_step_count=6,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
