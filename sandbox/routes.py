"""The methods of Calendar v3: their paths, scopes and handlers.

The names and scopes are those of the discovery document of `calendar:v3`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox import calendar_list_api, calendars_api, events_api, events_list, watch_api
from sandbox.errors import GoogleError
from sandbox.wire import Answer, Call
from sandbox.world import World

Handler = Callable[[World, Call], Answer]
ROOT = ("calendar", "v3")


def _scopes(names: str) -> frozenset[str]:
    return frozenset(names.split())


_READ_LIST = _scopes(
    "calendar calendar.readonly calendar.calendarlist calendar.calendarlist.readonly"
)
_JOIN_LIST = _scopes("calendar calendar.calendarlist")
_CREATED = _scopes("calendar.app.created")
_WRITE_LIST = _JOIN_LIST | _CREATED
_CLEAR = _scopes("calendar calendar.calendars")
_WRITE_CALENDARS = _CLEAR | _CREATED
_READ_CALENDARS = _WRITE_CALENDARS | _scopes("calendar.readonly calendar.calendars.readonly")
_MOVE = _scopes("calendar calendar.events calendar.events.owned")
_WRITE_EVENTS = _MOVE | _CREATED
_READ_EVENTS = _WRITE_EVENTS | _scopes(
    "calendar.readonly calendar.events.readonly calendar.events.freebusy "
    "calendar.events.owned.readonly calendar.events.public.readonly"
)
_COLORS = (_READ_LIST | _READ_EVENTS) - _scopes("calendar.events calendar.events.readonly")
_STOP = (
    _READ_LIST
    | _READ_EVENTS
    | _scopes("calendar.acls calendar.acls.readonly calendar.settings calendar.settings.readonly")
)


@dataclass(frozen=True, slots=True)
class Route:
    """A method of the API."""

    kind: str
    method: str
    path: tuple[str, ...]
    scopes: frozenset[str]
    handler: Handler

    def match(self, method: str, segments: list[str]) -> dict[str, str] | None:
        """Return the arguments in a path, or None if it doesn't match."""
        if method != self.method or len(segments) != len(self.path):
            return None
        pairs = list(zip(self.path, segments, strict=True))
        if any(part != segment for part, segment in pairs if not part.startswith("{")):
            return None
        return {part[1:-1]: segment for part, segment in pairs if part.startswith("{")}


def _route(kind: str, method: str, path: str, scopes: frozenset[str], handler: Handler) -> Route:
    return Route(kind, method, tuple(path.split("/")), scopes, handler)


_LIST = "users/me/calendarList"
_EVENTS = "calendars/{calendarId}/events"
# Fixed words come before patterns that would match them, too.
ROUTES = (
    _route("calendarList.list", "GET", _LIST, _READ_LIST, calendar_list_api.list_calendars),
    _route("calendarList.insert", "POST", _LIST, _JOIN_LIST, calendar_list_api.insert),
    _route(
        "calendarList.watch", "POST", f"{_LIST}/watch", _READ_LIST, watch_api.watch_calendar_list
    ),
    _route(
        "calendarList.get",
        "GET",
        f"{_LIST}/{{calendarId}}",
        _READ_LIST | _CREATED,
        calendar_list_api.get_entry,
    ),
    _route(
        "calendarList.patch",
        "PATCH",
        f"{_LIST}/{{calendarId}}",
        _WRITE_LIST,
        calendar_list_api.patch,
    ),
    _route(
        "calendarList.update",
        "PUT",
        f"{_LIST}/{{calendarId}}",
        _WRITE_LIST,
        calendar_list_api.update,
    ),
    _route(
        "calendarList.delete",
        "DELETE",
        f"{_LIST}/{{calendarId}}",
        _WRITE_LIST,
        calendar_list_api.delete,
    ),
    _route("calendars.insert", "POST", "calendars", _WRITE_CALENDARS, calendars_api.insert),
    _route(
        "calendars.get",
        "GET",
        "calendars/{calendarId}",
        _READ_CALENDARS,
        calendars_api.get_calendar,
    ),
    _route(
        "calendars.patch", "PATCH", "calendars/{calendarId}", _WRITE_CALENDARS, calendars_api.patch
    ),
    _route(
        "calendars.update", "PUT", "calendars/{calendarId}", _WRITE_CALENDARS, calendars_api.update
    ),
    _route(
        "calendars.delete",
        "DELETE",
        "calendars/{calendarId}",
        _WRITE_CALENDARS,
        calendars_api.delete,
    ),
    _route(
        "calendars.clear",
        "POST",
        "calendars/{calendarId}/clear",
        _CLEAR,
        calendars_api.clear,
    ),
    _route("events.list", "GET", _EVENTS, _READ_EVENTS, events_list.list_events),
    _route("events.insert", "POST", _EVENTS, _WRITE_EVENTS, events_api.insert),
    _route("events.watch", "POST", f"{_EVENTS}/watch", _READ_EVENTS, watch_api.watch_events),
    _route("events.import", "POST", f"{_EVENTS}/import", _WRITE_EVENTS, events_api.import_event),
    _route(
        "events.instances",
        "GET",
        f"{_EVENTS}/{{eventId}}/instances",
        _READ_EVENTS,
        events_list.list_instances,
    ),
    _route("events.move", "POST", f"{_EVENTS}/{{eventId}}/move", _MOVE, events_api.move),
    _route("events.get", "GET", f"{_EVENTS}/{{eventId}}", _READ_EVENTS, events_api.get_event),
    _route("events.patch", "PATCH", f"{_EVENTS}/{{eventId}}", _WRITE_EVENTS, events_api.patch),
    _route("events.update", "PUT", f"{_EVENTS}/{{eventId}}", _WRITE_EVENTS, events_api.update),
    _route("events.delete", "DELETE", f"{_EVENTS}/{{eventId}}", _WRITE_EVENTS, events_api.delete),
    _route("channels.stop", "POST", "channels/stop", _STOP, watch_api.stop_channel),
    _route("colors.get", "GET", "colors", _COLORS, calendars_api.get_colors),
)


_BY_KIND = {route.kind: route for route in ROUTES}


def classify(world: World, call: Call) -> None:
    """Set a call's method, arguments and account, without checking anything."""
    segments = call.segments
    # Google allows a client that can't send PATCH to use a header.
    method = call.headers.get("X-HTTP-Method-Override", call.method).upper()
    call.kind = "unknown"
    if tuple(segments[:2]) == ROOT:
        _find_route(call, method, segments[2:])
    identify(world, call)


def _find_route(call: Call, method: str, segments: list[str]) -> None:
    for route in ROUTES:
        arguments = route.match(method, segments)
        if arguments is not None:
            call.kind, call.arguments = route.kind, arguments
            return


def identify(world: World, call: Call) -> None:
    """Set the account that a call's token belongs to, and resolve `primary`."""
    access = world.tokens.access.get(call.bearer or "")
    if access is not None:
        call.email, call.client_id = access.email, access.client_id
    account = world.accounts.get(call.email or "")
    if account is not None and "calendarId" in call.arguments:
        call.arguments["calendarId"] = account.resolve(call.arguments["calendarId"])


def answer_call(world: World, call: Call) -> Answer:
    """Check token, scope and quota, then do the work; an error is returned as a response."""
    try:
        route = _BY_KIND.get(call.kind)
        if route is None:
            raise GoogleError("notFound")
        access = world.tokens.authorise(call.bearer, route.scopes, f"calendar.v3.{route.kind}")
        world.quota.spend(access.email, access.client_id)
        return route.handler(world, call)
    except GoogleError as error:
        return error.answer()
