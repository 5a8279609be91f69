"""`events.list` and `events.instances`: full lists, incremental lists and their pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from sandbox.account import ListEntry
from sandbox.calendar import Calendar
from sandbox.editing import find_event
from sandbox.errors import GoogleError
from sandbox.event import Event, cancelled_event
from sandbox.events_query import (
    EventsQuery,
    check_same_query,
    query_shape,
    read_query,
    refuse_with_sync_token,
    sync_shape,
)
from sandbox.expansion import Expansion, touches
from sandbox.listing import Listing
from sandbox.parameters import read_size
from sandbox.sync_tokens import read_token, write_token
from sandbox.times import parse_moment, read_when, render_when, stamp_of
from sandbox.wire import Answer, Call, Json, encode
from sandbox.world import World

_DEFAULT_SIZE = 250
_LARGEST_SIZE = 2500
_BUSY_ONLY = frozenset(
    {
        "kind",
        "etag",
        "id",
        "status",
        "start",
        "end",
        "updated",
        "recurrence",
        "recurringEventId",
        "originalStartTime",
        "visibility",
        "eventType",
    }
)
_PLACE = "the place of one more item"
_MALFORMED = {
    "kind": "calendar#event",
    "id": "malformedmalformed",
    "status": "confirmed",
    "summary": "Event without a readable time",
    "updated": "yesterday",
    "start": {"dateTime": "soon"},
    "end": {},
}


def list_events(world: World, call: Call) -> Answer:
    """Return a page of a calendar's events."""
    entry = world.entry_of(call)
    listing, offset = _listing(entry, call)
    return _page(entry, call, listing, offset)


def list_instances(world: World, call: Call) -> Answer:
    """Return a page of a recurring event's instances."""
    entry = world.entry_of(call)
    query, shape = read_query(call), {"instances": call.arguments["eventId"], **query_shape(call)}
    if "pageToken" in call.query:
        listing, offset = entry.calendar.shelf.open(call.query["pageToken"], shape)
        return _page(entry, call, listing, offset)
    events = _instances(entry.calendar, call, query)
    return _page(entry, call, Listing(shape, _rendered(entry, query, events), None), 0)


def _instances(calendar: Calendar, call: Call, query: EventsQuery) -> list[Event]:
    master = find_event(calendar, call.arguments["eventId"])
    if not master.recurring:
        return []
    expansion = Expansion(calendar, master)
    events = expansion.instances(query.time_min, query.time_max, with_cancelled=query.show_deleted)
    original = call.query.get("originalStart")
    if original is None:
        return events
    wanted = _original_id(master.id, original)
    return [event for event in events if event.id == wanted]


def _original_id(master_id: str, text: str) -> str:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise GoogleError("invalid", location="originalStart") from None
    return f"{master_id}_{stamp_of(when if 'T' in text else when.date())}"


def _listing(entry: ListEntry, call: Call) -> tuple[Listing, int]:
    calendar, query, shape = entry.calendar, read_query(call), query_shape(call)
    shape["role"] = entry.role == "freeBusyReader"
    if "syncToken" in call.query:
        refuse_with_sync_token(call)
    if "pageToken" in call.query:
        return calendar.shelf.open(call.query["pageToken"], shape)
    if "syncToken" in call.query:
        return _increment(entry, call, query, shape), 0
    known = calendar.shelf.find(calendar.events.state, shape)
    return known or _whole(entry, call, query, shape), 0


def _whole(entry: ListEntry, call: Call, query: EventsQuery, shape: Json) -> Listing:
    calendar = entry.calendar
    events: Iterable[Event] = [e for e in calendar.events if _is_listed(calendar, e, query)]
    if query.single:
        events = _unfolded(calendar, events, query)
    token = None
    if query.syncs:
        token = write_token(calendar.id, calendar.events, sync_shape(call))
    listing = Listing(shape, _rendered(entry, query, _ordered(events, query)), token)
    return calendar.shelf.keep(listing)


def _is_listed(calendar: Calendar, event: Event, query: EventsQuery) -> bool:
    if event.cancelled:
        # Without showDeleted a cancelled instance is still listed, as the gap in its series.
        gap = event.master is not None and not query.single
        return query.show_deleted or query.updated_min is not None or gap
    if query.updated_min is not None and event.updated < query.updated_min:
        return False
    if query.single and event.recurring:
        return not query.selects or query.accepts(event.body())
    if not touches(calendar, event, query.time_min, query.time_max):
        return False
    return not query.selects or query.accepts(event.body())


def _unfolded(calendar: Calendar, events: Iterable[Event], query: EventsQuery) -> list[Event]:
    unfolded: list[Event] = []
    for event in events:
        if not event.recurring:
            unfolded.append(event)
            continue
        # Here the exceptions are in the list themselves.
        instances = Expansion(calendar, event).instances(query.time_min, query.time_max)
        unfolded += [i for i in instances if calendar.events.get(i.id) is None]
    return unfolded


def _ordered(events: Iterable[Event], query: EventsQuery) -> Iterable[Event]:
    if query.order_by == "updated":
        return sorted(events, key=lambda event: (event.updated, event.etag))
    if query.order_by == "startTime" or query.single:
        return sorted(events, key=lambda event: (event.begin, event.id))
    return events


def _increment(entry: ListEntry, call: Call, query: EventsQuery, shape: Json) -> Listing:
    calendar, journal = entry.calendar, entry.calendar.events
    version, remembered = read_token(call.query["syncToken"], calendar.id, journal)
    check_same_query(call, remembered)
    stale = (call.distortion or {}).get("fault") == "stale_repeats"
    changed = journal.states_since(version) if stale else journal.since(version)
    if query.single:
        changed = _unfolded_changes(calendar, changed, version)
    low, high = (_remembered(remembered, name) for name in ("timeMin", "timeMax"))
    changed = [event for event in changed if touches(calendar, event, low, high)]
    if query.types:
        changed = [e for e in changed if e.cancelled or query.accepts(e.body())]
    token = write_token(calendar.id, journal, remembered)
    return Listing(shape, _rendered(entry, query, changed), token)


def _remembered(shape: Json, name: str) -> datetime | None:
    return parse_moment(shape[name][0]) if name in shape else None


def _unfolded_changes(calendar: Calendar, changed: list[Event], version: int) -> list[Event]:
    """Yield all instances of each changed series, those that it no longer has as cancelled."""
    return [shown for event in changed for shown in _unfolded_change(calendar, event, version)]


def _unfolded_change(calendar: Calendar, event: Event, version: int) -> Iterator[Event]:
    state = calendar.events.state_at(event.id, version)
    now, before = _shown(calendar, event), _shown(calendar, state)
    stored = {
        name
        for name in now.keys() | before.keys()
        if name != event.id and calendar.events.get(name) is not None
    }
    yield from (now[name] for name in now if name not in stored)
    if event.cancelled and (state is None or not state.recurring):
        yield event
        return
    gone = (name for name in before if name not in now and name not in stored)
    yield from (cancelled_event(before[name].body()) for name in gone)


def _shown(calendar: Calendar, event: Event | None) -> dict[str, Event]:
    """Return what a state shows with singleEvents, by id."""
    if event is None or event.cancelled:
        return {}
    if not event.recurring:
        return {event.id: event}
    return {instance.id: instance for instance in Expansion(calendar, event).own(None, None)}


def _rendered(entry: ListEntry, query: EventsQuery, events: Iterable[Event]) -> list[bytes]:
    """Yield the events as bytes, as stored unless the query changes their form."""
    changes = list(_changes(entry, query))
    if not changes:
        return [event.encoded for event in events]
    return [encode(_changed(event.body(), changes)) for event in events]


def _changes(entry: ListEntry, query: EventsQuery) -> Iterable[Callable[[Json], Json]]:
    if entry.role == "freeBusyReader":
        yield lambda body: {k: v for k, v in body.items() if k in _BUSY_ONLY}
    zone = query.zone
    if zone is not None and zone != entry.calendar.zone:
        yield lambda body: shown_in_zone(body, zone)
    limit = query.max_attendees
    if limit is not None:
        yield lambda body: with_few_attendees(body, limit)


def _changed(body: Json, changes: Iterable[Callable[[Json], Json]]) -> Json:
    for change in changes:
        body = change(body)
    return body


def shown_in_zone(body: Json, zone: Any) -> Json:
    """Return the event's times with the offsets of another zone."""
    for name in ("start", "end", "originalStartTime"):
        if "dateTime" in body.get(name, {}):
            time = body[name]
            body[name] = render_when(read_when(time, zone), zone, time.get("timeZone"))
    return body


def with_few_attendees(body: Json, limit: int) -> Json:
    """Drop all attendees but the calendar's own entry if they exceed the limit."""
    attendees = body.get("attendees", [])
    if len(attendees) > limit:
        body["attendees"] = [one for one in attendees if one.get("self")]
        body["attendeesOmitted"] = True
    return body


def _page(entry: ListEntry, call: Call, listing: Listing, offset: int) -> Answer:
    size = read_size(call, default=_DEFAULT_SIZE, cap=_LARGEST_SIZE)
    shelf, head, distortion = entry.calendar.shelf, _head(entry), call.distortion or {}
    if distortion.get("fault") == "empty_page":
        shelf.leave_open(listing)
        return Answer.json({**head, "nextPageToken": listing.page_token(offset), "items": []})
    if distortion.get("fault") in ("short_list", "cut_list"):
        kept = listing.items[: int(len(listing.items) * float(distortion["keep"]))]
        cursor = listing.sync_token if distortion["fault"] == "short_list" else None
        listing = Listing(listing.shape, kept, cursor)
    if offset + size < len(listing.items):
        shelf.leave_open(listing)
    answer = listing.page(head, offset, size, call.query.get("fields"))
    if distortion.get("fault") == "malformed_item":
        return _with_item(answer, str(distortion["json"]) or json.dumps(_MALFORMED))
    return answer


def _with_item(answer: Answer, item: str) -> Answer:
    """Insert the item into the JSON as text: it may be something that no encoder writes."""
    page = json.loads(answer.body)
    page["items"].insert(len(page["items"]) // 2, _PLACE)
    body = encode(page).replace(encode(_PLACE), item.encode())
    return Answer(answer.status, body, answer.content_type, dict(answer.headers))


def _head(entry: ListEntry) -> Json:
    calendar = entry.calendar
    return {
        "kind": "calendar#events",
        "etag": f'"p{calendar.events.version}"',
        "summary": calendar.summary,
        "description": calendar.description or "",
        "updated": calendar.changed_at,
        "timeZone": calendar.time_zone,
        "accessRole": entry.role,
        "defaultReminders": entry.default_reminders,
    }
