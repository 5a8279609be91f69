"""Admin requests for calendars and events: changes that other people make at Google."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sandbox.bulk import generate_events
from sandbox.calendar import Calendar
from sandbox.calendars_api import change_calendar
from sandbox.editing import delete_event, insert_event, patch_event, write_raw_event
from sandbox.event import Event
from sandbox.expansion import Expansion, touches
from sandbox.times import parse_moment
from sandbox.wire import Json
from sandbox.world import World

if TYPE_CHECKING:
    from sandbox.admin import Order


def _calendar(world: World, order: Order) -> Calendar:
    return world.calendars[order.arguments["calendar"]]


def create_calendar(world: World, order: Order) -> Json:
    """Create a calendar.

    Takes {summary, id?, time_zone?, owner?, access? {email: role}, watchable?, public?}.
    """
    body = order.body
    owner = world.accounts[body["owner"]] if body.get("owner") else None
    zone = body.get("time_zone") or (owner.time_zone if owner else "UTC")
    calendar_id = body.get("id") or _new_id(world)
    if calendar_id in world.calendars:
        raise ValueError(f"calendar {calendar_id} exists already")
    calendar = world.add_calendar(calendar_id, body["summary"], zone, owner=owner)
    _set_up(calendar, body)
    for email, role in body.get("access", {}).items():
        world.share(calendar, world.accounts[email], role)
    return calendar.resource()


def _new_id(world: World) -> str:
    return f"{Calendar('', '', 'UTC', world.clock).new_id()}@group.calendar.google.com"


def _set_up(calendar: Calendar, body: Json) -> None:
    calendar.description = body.get("description", calendar.description)
    calendar.watchable = body.get("watchable", calendar.watchable)
    calendar.public = body.get("public", calendar.public)


def change(world: World, order: Order) -> Json:
    """Change properties: {summary?, description?, timeZone?, watchable?, public?}."""
    calendar = _calendar(world, order)
    _set_up(calendar, order.body)
    change_calendar(world, calendar, order.body)
    return calendar.resource()


def remove_calendar(world: World, order: Order) -> Json:
    """Delete a calendar for all accounts."""
    world.remove_calendar(_calendar(world, order))
    return {}


def share(world: World, order: Order) -> Json:
    """Give an account a role; without one, remove the calendar from its list."""
    calendar, account = _calendar(world, order), world.accounts[order.body["email"]]
    role = order.body.get("role")
    if role:
        world.share(calendar, account, role)
        return {}
    calendar.roles.pop(account.email, None)
    entry = account.entry(calendar.id)
    if entry:
        account.unsubscribe(entry)
        world.list_changed(account)
    return {}


def add_events(world: World, order: Order) -> list[Json]:
    """Add events; with `raw` they are stored without validation, so they may be malformed. An
    `organizer` makes it an invitation of another person."""
    calendar = _calendar(world, order)
    raw = order.body.get("raw", False)
    events = [
        write_raw_event(calendar, body)
        if raw
        else insert_event(calendar, body, organizer=body.get("organizer"))
        for body in order.body["events"]
    ]
    world.events_changed(calendar)
    return [event.body() for event in events]


def patch_events(world: World, order: Order) -> list[Json]:
    """Change events, or instances by their ids: [{id, …}]."""
    calendar = _calendar(world, order)
    events = [patch_event(calendar, changes["id"], changes) for changes in order.body["events"]]
    world.events_changed(calendar)
    return [event.body() for event in events]


def delete_events(world: World, order: Order) -> Json:
    """Cancel events or instances: {ids}."""
    calendar = _calendar(world, order)
    for event_id in order.body["ids"]:
        delete_event(calendar, event_id)
    world.events_changed(calendar)
    return {}


def bulk(world: World, order: Order) -> Json:
    """Add many generated events: {count, recurring?: fraction of series}."""
    calendar = _calendar(world, order)
    generate_events(
        calendar, int(order.body["count"]), recurring=float(order.body.get("recurring", 0.02))
    )
    world.events_changed(calendar)
    return {"version": calendar.events.version}


def truth(world: World, order: Order) -> Json:
    """Return all live masters, single events and exceptions, and the cancelled instances."""
    events = list(_calendar(world, order).events)
    gaps = [event for event in events if event.cancelled and event.master]
    return {
        "events": [event.body() for event in events if not event.cancelled],
        "cancelled_instances": [event.body() for event in gaps],
    }


def instances(world: World, order: Order) -> list[Json]:
    """Return the instances between `start` and `end` in order of their start."""
    calendar = _calendar(world, order)
    low, high = parse_moment(order.query["start"]), parse_moment(order.query["end"])
    events = [event for master in calendar.events for event in _seen(calendar, master, low, high)]
    return [event.body() for event in sorted(events, key=lambda event: (event.begin, event.id))]


def _seen(calendar: Calendar, event: Event, low: datetime, high: datetime) -> list[Event]:
    if event.cancelled or event.master:
        return []
    if event.recurring:
        return Expansion(calendar, event).instances(low, high)
    return [event] if touches(calendar, event, low, high) else []
