"""Opening and stopping push channels."""

from __future__ import annotations

from sandbox.errors import GoogleError
from sandbox.parameters import read_json
from sandbox.wire import Answer, Call
from sandbox.world import World


def watch_events(world: World, call: Call) -> Answer:
    """Open a channel on a calendar's events; some calendars refuse."""
    calendar = world.entry_of(call, "reader").calendar
    if not calendar.watchable:
        raise GoogleError("pushNotSupportedForRequestedResource")
    return _open(world, call, f"events:{calendar.id}")


def watch_calendar_list(world: World, call: Call) -> Answer:
    """Open a channel on an account's calendar list."""
    return _open(world, call, f"calendarList:{world.account_of(call).email}")


def stop_channel(world: World, call: Call) -> Answer:
    """Close a channel by its id and its resource's id."""
    body = read_json(call)
    world.channels.stop(str(body.get("id")), str(body.get("resourceId")), call.client_id or "")
    return Answer.empty()


def _open(world: World, call: Call, resource: str) -> Answer:
    # Google's URI of the watched collection includes the response format.
    uri = f"https://www.googleapis.com{call.path.removesuffix('/watch')}?alt=json"
    channel = world.channels.open(
        read_json(call),
        resource=resource,
        uri=uri,
        email=call.email or "",
        client_id=call.client_id or "",
    )
    return Answer.json(channel.reply())
