"""`calendars` and `colors`."""

from __future__ import annotations

from sandbox.account import EVENT_PALETTE, INK, PALETTE
from sandbox.calendar import Calendar
from sandbox.clock import rfc3339
from sandbox.editing import delete_event
from sandbox.errors import GoogleError
from sandbox.parameters import read_json
from sandbox.times import zone_named
from sandbox.wire import Answer, Call, Json
from sandbox.world import World


def get_calendar(world: World, call: Call) -> Answer:
    """Return a calendar's properties."""
    return Answer.json(world.entry_of(call).calendar.resource())


def insert(world: World, call: Call) -> Answer:
    """Create a secondary calendar that the account owns."""
    account, body = world.account_of(call), read_json(call)
    if not body.get("summary"):
        raise GoogleError("required", location="summary")
    zone = _time_zone(body) or account.time_zone
    calendar = Calendar("", "", zone, world.clock)
    calendar_id = f"{calendar.new_id()}@group.calendar.google.com"
    calendar = world.add_calendar(calendar_id, body["summary"], zone, owner=account)
    _adopt(calendar, body)
    return Answer.json(calendar.resource())


def patch(world: World, call: Call) -> Answer:
    """Change some properties of a calendar."""
    calendar = world.entry_of(call, "owner").calendar
    change_calendar(world, calendar, read_json(call))
    return Answer.json(calendar.resource())


def update(world: World, call: Call) -> Answer:
    """Replace the properties of a calendar."""
    calendar, body = world.entry_of(call, "owner").calendar, read_json(call)
    if not body.get("summary"):
        raise GoogleError("required", location="summary")
    change_calendar(world, calendar, {"description": None, "location": None, **body})
    return Answer.json(calendar.resource())


def delete(world: World, call: Call) -> Answer:
    """Delete a secondary calendar for all accounts."""
    entry = world.entry_of(call, "owner")
    if entry.primary:
        raise GoogleError("forbidden", "The primary calendar can't be deleted, only cleared.")
    world.remove_calendar(entry.calendar)
    return Answer.empty()


def clear(world: World, call: Call) -> Answer:
    """Delete all events of the primary calendar."""
    entry = world.entry_of(call, "owner")
    if not entry.primary:
        raise GoogleError("forbidden", "Only a primary calendar can be cleared.")
    for event in [event for event in entry.calendar.events if event.master is None]:
        if not event.cancelled:
            delete_event(entry.calendar, event.id)
    world.events_changed(entry.calendar)
    return Answer.empty()


def change_calendar(world: World, calendar: Calendar, body: Json) -> None:
    """Change a calendar and update the lists that contain it."""
    zone = _time_zone(body)
    _adopt(calendar, body)
    if zone and zone != calendar.time_zone:
        calendar.move_to_zone(zone)
    world.calendar_changed(calendar)


def _adopt(calendar: Calendar, body: Json) -> None:
    calendar.summary = body.get("summary") or calendar.summary
    calendar.description = body.get("description", calendar.description)
    calendar.location = body.get("location", calendar.location)


def _time_zone(body: Json) -> str | None:
    name = body.get("timeZone")
    if name is not None and zone_named(str(name)) is None:
        raise GoogleError("invalid", "Invalid time zone.", location="timeZone")
    return name


def get_colors(world: World, call: Call) -> Answer:
    """Return the palettes that `colorId` refers to."""
    palettes = {"calendar": PALETTE, "event": EVENT_PALETTE}
    body: Json = {"kind": "calendar#colors", "updated": rfc3339(0)}
    for name, palette in palettes.items():
        body[name] = {
            key: {"background": background, "foreground": INK}
            for key, background in palette.items()
        }
    return Answer.json(body)
