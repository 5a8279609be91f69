"""The doors: each does what one program of the product does, and says what it acknowledged."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.core.exceptions import ObjectDoesNotExist
from django.core.management import CommandError
from django.db import IntegrityError

from accounts.security_context import acting_as
from calendars.events.editing import create_event, delete_event
from calendars.events.history import Author
from calendars.models import EventChange, SyncRun
from calendars.sharing.importing import import_ics
from calendars.timeline.selection import select_calendars
from config.web.problems import DomainError
from tests.calendars.racing.world import OWN, Ack, World, file_of
from tests.http import Response
from tests.product import audit_collection, call_command, roll_horizon, sync_collection

Door = Callable[[], Ack]
REFUSALS = (401, 404, 409)
NOON = datetime(2026, 12, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
COLOURS = ("#112233", "#445566")


def _run_ack(name: str, run: SyncRun | None) -> Ack:
    return Ack(name, run is not None and run.outcome == SyncRun.Outcome.COMPLETED)


def _answer_ack(name: str, answer: Response, value: object = None) -> Ack:
    assert answer.status_code < 400 or answer.status_code in REFUSALS, (name, answer.content)
    return Ack(name, answer.status_code < 400, value)


def pull(world: World) -> Door:
    world.ask(world.state_id)
    return lambda: _run_ack("pull", sync_collection(world.state_id))


def full_list(world: World) -> Door:
    world.ask(world.state_id, full=True)
    return lambda: _run_ack("full_list", sync_collection(world.state_id))


def calendar_list(world: World) -> Door:
    world.ask(world.list_state_id, full=True)
    return lambda: _run_ack("calendar_list", sync_collection(world.list_state_id))


def undo(world: World) -> Door:
    run = world.last_run

    def enter() -> Ack:
        if run is None:
            return Ack("undo", False)
        try:
            call_command("undo_sync", str(run.pk), stdout=io.StringIO())
        except CommandError:
            return Ack("undo", False)
        return Ack("undo", True, run.pk)

    return enter


def import_file(world: World) -> Door:
    world.imports += 1
    version = world.imports

    def enter() -> Ack:
        try:
            import_ics(owner=world.owner, name=OWN, content=file_of(version))
        except (IntegrityError, ObjectDoesNotExist):  # the person is gone
            return Ack("import_file", False)
        return Ack("import_file", True, version)

    return enter


def write_own(world: World) -> Door:
    world.edits += 1
    values = {"summary": f"Written {world.edits}", "start_at": NOON, "end_at": NOON + HOUR}

    def enter() -> Ack:
        try:
            with acting_as(user_id=world.owner.pk):
                world.written = create_event(
                    owner_id=world.owner.pk,
                    calendar_id=world.local_id,
                    values=values,
                    author=Author(EventChange.Door.API, actor_id=world.owner.pk),
                )
        except (DomainError, IntegrityError):  # the person is gone
            return Ack("write_own", False)
        return Ack("write_own", True, world.written.pk)

    return enter


def erase_own(world: World) -> Door:
    event = world.written

    def enter() -> Ack:
        if event is None:
            return Ack("erase_own", False)
        try:
            with acting_as(user_id=world.owner.pk):
                delete_event(
                    owner_id=world.owner.pk,
                    event_id=event.pk,
                    base=event.change_set,
                    author=Author(EventChange.Door.API, actor_id=world.owner.pk),
                )
        except (DomainError, IntegrityError):  # it is gone, or the person is
            return Ack("erase_own", False)
        return Ack("erase_own", True, event.pk)

    return enter


def roll(world: World) -> Door:
    def enter() -> Ack:
        roll_horizon()
        return Ack("roll", True)

    return enter


def change_own(world: World) -> Door:
    world.edits += 1
    colour = COLOURS[world.edits % 2]
    return lambda: _patch(world, "change_own", str(world.local_id), {"colour": colour})


def change_google(world: World) -> Door:
    world.edits += 1
    chosen = bool(world.edits % 2)
    return lambda: _patch(world, "change_google", str(world.calendar_id), {"selected": chosen})


def _patch(world: World, name: str, calendar_id: str, changes: dict[str, object]) -> Ack:
    path = f"/api/v1/calendars/{calendar_id}"
    answer = world.phone.patch(path, changes, content_type="application/json")
    return _answer_ack(name, answer, changes)


def select(world: World) -> Door:
    world.edits += 1
    chosen = [str(world.local_id)] if world.edits % 2 else [str(world.calendar_id)]

    def enter() -> Ack:
        with acting_as(user_id=world.owner.pk):
            select_calendars(owner_id=world.owner.pk, chosen=chosen)
        return Ack("select", True, chosen)

    return enter


def disconnect_keeping(world: World) -> Door:
    return lambda: _disconnect(world, "disconnect_keeping", keep=True)


def disconnect_dropping(world: World) -> Door:
    return lambda: _disconnect(world, "disconnect_dropping", keep=False)


def _disconnect(world: World, name: str, *, keep: bool) -> Ack:
    path = f"/api/v1/connections/{world.connection_id}?keep_data={str(keep).lower()}"
    return _answer_ack(name, world.phone.delete(path))


def leave(world: World) -> Door:
    body = {"confirm": world.owner.email}

    def enter() -> Ack:
        answer = world.phone.delete("/api/v1/account", body, content_type="application/json")
        return _answer_ack("leave", answer)

    return enter


def delete_person(world: World) -> Door:
    def enter() -> Ack:
        try:
            call_command("delete_person", world.owner.email, "--yes", stdout=io.StringIO())
        except CommandError:
            return Ack("delete_person", False)
        return Ack("delete_person", True)

    return enter


def pause(world: World) -> Door:
    return lambda: _act(world, "pause", "park")


def unpause(world: World) -> Door:
    return lambda: _act(world, "unpause", "unpark")


def _act(world: World, name: str, action: str) -> Ack:
    form = {"action": action, "_selected_action": [world.state_id]}
    answer = world.desk.post("/admin/calendars/syncstate/", form)
    return _answer_ack(name, answer)


def audit(world: World) -> Door:
    return lambda: _run_ack("audit", audit_collection(world.state_id))


def prune(world: World) -> Door:
    def enter() -> Ack:
        call_command("prune", stdout=io.StringIO(), stderr=io.StringIO())
        return Ack("prune", True)

    return enter


DOORS: dict[str, Callable[[World], Door]] = {
    door.__name__: door
    for door in (
        *(pull, full_list, calendar_list, undo, audit, roll, prune, import_file),
        *(write_own, erase_own, change_own, change_google, select, pause, unpause),
        *(disconnect_keeping, disconnect_dropping, leave, delete_person),
    )
}
ENDS_CONNECTION = {"disconnect_keeping", "disconnect_dropping", "leave", "delete_person"}
ENDS_ACCOUNT = {"leave", "delete_person"}
