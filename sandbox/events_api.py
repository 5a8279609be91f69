"""`events`, except for its lists."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.editing import (
    delete_event,
    find_event,
    insert_event,
    move_event,
    patch_event,
    update_event,
)
from sandbox.errors import GoogleError
from sandbox.event import Event
from sandbox.events_list import shown_in_zone, with_few_attendees
from sandbox.parameters import read_json, read_number, read_zone
from sandbox.wire import Answer, Call
from sandbox.world import World


def get_event(world: World, call: Call) -> Answer:
    """Return an event, even a cancelled one."""
    entry = world.entry_of(call, "reader")
    event = find_event(entry.calendar, call.arguments["eventId"])
    if call.headers.get("If-None-Match") == event.etag:
        return Answer.empty(304)
    return _answer(call, event)


def insert(world: World, call: Call) -> Answer:
    """Create an event."""
    entry = world.entry_of(call, "writer")
    event = insert_event(entry.calendar, read_json(call), by=call.email)
    world.events_changed(entry.calendar)
    return _answer(call, event)


def import_event(world: World, call: Call) -> Answer:
    """Import a private copy of an event by its iCalUID."""
    entry, body = world.entry_of(call, "writer"), read_json(call)
    if not body.get("iCalUID"):
        raise GoogleError("required", location="iCalUID")
    event = insert_event(entry.calendar, {**body, "id": None}, by=call.email)
    world.events_changed(entry.calendar)
    return _answer(call, event)


def patch(world: World, call: Call) -> Answer:
    """Change some members of an event."""
    return _edit(world, call, patch_event)


def update(world: World, call: Call) -> Answer:
    """Replace an event."""
    return _edit(world, call, update_event)


def _edit(world: World, call: Call, change: Callable[..., Event]) -> Answer:
    entry = world.entry_of(call, "writer")
    if_match = call.headers.get("If-Match")
    event = change(entry.calendar, call.arguments["eventId"], read_json(call), if_match=if_match)
    world.events_changed(entry.calendar)
    return _answer(call, event)


def delete(world: World, call: Call) -> Answer:
    """Cancel an event."""
    entry = world.entry_of(call, "writer")
    delete_event(entry.calendar, call.arguments["eventId"], if_match=call.headers.get("If-Match"))
    world.events_changed(entry.calendar)
    return Answer.empty()


def move(world: World, call: Call) -> Answer:
    """Move an event to another calendar; it keeps its id."""
    source = world.entry_of(call, "writer")
    account = world.account_of(call)
    target = account.entry(call.query.get("destination", ""))
    if target is None or not target.may("writer"):
        raise GoogleError("notFound", location="destination")
    moved = move_event(source.calendar, target.calendar, call.arguments["eventId"])
    for entry in (source, target):
        world.events_changed(entry.calendar)
    return _answer(call, moved)


def _answer(call: Call, event: Event) -> Answer:
    zone, limit = read_zone(call), read_number(call, "maxAttendees")
    if zone is None and limit is None:
        return Answer(body=event.encoded, headers={"ETag": event.etag})
    body = event.body()
    if zone is not None:
        body = shown_in_zone(body, zone)
    if limit is not None:
        body = with_few_attendees(body, limit)
    return Answer.json(body, headers={"ETag": event.etag})
