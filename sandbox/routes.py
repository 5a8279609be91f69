"""Calendar v3's methods: where they are, what they need and who answers.

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

_READ_LIST = frozenset(
    {"calendar", "calendar.readonly", "calendar.calendarlist", "calendar.calendarlist.readonly"}
)
_WRITE_LIST = frozenset({"calendar", "calendar.calendarlist", "calendar.app.created"})
_READ_CALENDARS = frozenset(
    {
        "calendar",
        "calendar.readonly",
        "calendar.calendars",
        "calendar.calendars.readonly",
        "calendar.app.created",
    }
)
_WRITE_CALENDARS = frozenset({"calendar", "calendar.calendars", "calendar.app.created"})
_WRITE_EVENTS = frozenset(
    {"calendar", "calendar.events", "calendar.events.owned", "calendar.app.created"}
)
_READ_EVENTS = _WRITE_EVENTS | {
    "calendar.readonly",
    "calendar.events.readonly",
    "calendar.events.freebusy",
    "calendar.events.owned.readonly",
    "calendar.events.public.readonly",
}
_ANY = _READ_LIST | _WRITE_LIST | _READ_CALENDARS | _READ_EVENTS


@dataclass(frozen=True, slots=True)
class Route:
    """One method of the API."""

    kind: str
    method: str
    path: tuple[str, ...]
    scopes: frozenset[str]
    handler: Handler

    def match(self, method: str, segments: list[str]) -> dict[str, str] | None:
        """The arguments in a path, or None when it is another's."""
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
# Fixed words stand before the names that would swallow them.
ROUTES = (
    _route("calendarList.list", "GET", _LIST, _READ_LIST, calendar_list_api.list_calendars),
    _route("calendarList.insert", "POST", _LIST, _WRITE_LIST, calendar_list_api.insert),
    _route(
        "calendarList.watch", "POST", f"{_LIST}/watch", _READ_LIST, watch_api.watch_calendar_list
    ),
    _route(
        "calendarList.get",
        "GET",
        f"{_LIST}/{{calendarId}}",
        _READ_LIST,
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
        _WRITE_CALENDARS,
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
    _route("events.move", "POST", f"{_EVENTS}/{{eventId}}/move", _WRITE_EVENTS, events_api.move),
    _route("events.get", "GET", f"{_EVENTS}/{{eventId}}", _READ_EVENTS, events_api.get_event),
    _route("events.patch", "PATCH", f"{_EVENTS}/{{eventId}}", _WRITE_EVENTS, events_api.patch),
    _route("events.update", "PUT", f"{_EVENTS}/{{eventId}}", _WRITE_EVENTS, events_api.update),
    _route("events.delete", "DELETE", f"{_EVENTS}/{{eventId}}", _WRITE_EVENTS, events_api.delete),
    _route("channels.stop", "POST", "channels/stop", _ANY, watch_api.stop_channel),
    _route("colors.get", "GET", "colors", _ANY, calendars_api.get_colors),
)


def find_route(call: Call) -> Route | None:
    """The method that a call names; notes its kind and arguments on the call."""
    segments = call.segments
    if tuple(segments[:2]) != ROOT:
        return None
    # Google lets a client that cannot PATCH say so in a header.
    method = call.headers.get("X-HTTP-Method-Override", call.method).upper()
    for route in ROUTES:
        arguments = route.match(method, segments[2:])
        if arguments is not None:
            call.kind, call.arguments = route.kind, arguments
            return route
    return None


def identify(world: World, call: Call) -> None:
    """Notes whose call it is, without judging the token yet."""
    access = world.tokens.access.get(call.bearer or "")
    if access is not None:
        call.email, call.client_id = access.email, access.client_id
    account = world.accounts.get(call.email or "")
    if account is not None and "calendarId" in call.arguments:
        call.arguments["calendarId"] = account.resolve(call.arguments["calendarId"])


def answer_call(world: World, call: Call, route: Route | None) -> Answer:
    """Token, scope and quota, then the work; a refusal is an answer too."""
    try:
        if route is None:
            raise GoogleError("notFound")
        access = world.tokens.authorise(call.bearer, route.scopes, f"calendar.v3.{route.kind}")
        world.quota.spend(access.email, access.client_id)
        return route.handler(world, call)
    except GoogleError as error:
        return error.answer()
