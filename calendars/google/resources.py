"""Google's lists of events and the event resource, typed while they are decoded.

https://developers.google.com/workspace/calendar/api/v3/reference/events#resource
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec
from msgspec import Raw, Struct, field

from calendars.google.decoding import NOT_STRICTLY_JSON, decode_json, is_storable


class EventList(Struct, rename="camel"):
    """One page of a list; each item still as it came, so that none spoils the others."""

    items: list[Raw] = field(default_factory=list)
    next_page_token: str | None = None
    next_sync_token: str | None = None
    time_zone: str | None = None


class MalformedEvent(ValueError):
    """An event that cannot be kept; the message says why, for the person whose event it is."""


class When(Struct, gc=False):
    """A start, end or originalStartTime: a date or a time."""

    date: str | None = None
    date_time: str = field(default="", name="dateTime")
    time_zone: str = field(default="", name="timeZone")


class EventResource(Struct, gc=False, rename="camel"):
    """What Daybook keeps of an event, by Google's names for it."""

    id: str = ""
    status: str = ""
    summary: str = ""
    description: str = ""
    location: str = ""
    ical_uid: str = field(default="", name="iCalUID")
    etag: str = ""
    visibility: str = ""
    transparency: str = ""
    event_type: str = ""
    color_id: str = ""
    html_link: str = ""
    recurring_event_id: str = ""
    updated: str = ""
    sequence: int = 0
    start: When | None = None
    end: When | None = None
    original_start_time: When | None = None
    end_time_unspecified: bool = False
    recurrence: list[str] = field(default_factory=list)
    organizer: dict[str, Any] = field(default_factory=dict)
    attendees: list[Any] = field(default_factory=list)
    reminders: dict[str, Any] = field(default_factory=dict)


# Of the wrong type they say why an event cannot be kept; anything else counts as left out.
_NEEDED = {
    "start": "its start is not a date or time",
    "end": "its end is not a date or time",
    "originalStartTime": "its originalStartTime is not a date or time",
    "recurrence": "its repetition cannot be read",
}
_events = msgspec.json.Decoder(EventResource)
_lists = msgspec.json.Decoder(EventList)


def event_list(content: bytes) -> EventList:
    """Raises ValueError where it is no list of events in JSON."""
    try:
        with suppress(*NOT_STRICTLY_JSON):
            if is_storable(content):
                return _lists.decode(content)
        return _lists.decode(msgspec.json.encode(decode_json(content)))
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None


def event_resource(raw: Raw) -> EventResource:
    """Raises MalformedEvent. A resource whose members are of their types takes the short way."""
    try:
        return _events.decode(raw)
    except NOT_STRICTLY_JSON:
        return _of_odd_types(whole_item(raw))


def whole_item(raw: Raw) -> dict[str, Any]:
    """With the members that Daybook does not know; of no object, nothing."""
    item = decode_json(bytes(raw))
    return item if isinstance(item, dict) else {}


def _of_odd_types(item: Mapping[str, Any]) -> EventResource:
    members = {}
    for member in msgspec.structs.fields(EventResource):
        value = item.get(member.encode_name)
        if value is None:
            continue
        try:
            members[member.name] = msgspec.convert(value, member.type)
        except msgspec.ValidationError:
            if reason := _NEEDED.get(member.encode_name):
                raise MalformedEvent(reason) from None
    return EventResource(**members)
