"""Google's event lists and the event resource, typed during decoding.

https://developers.google.com/workspace/calendar/api/v3/reference/events#resource
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct, field

from calendars.events.rows import MalformedEvent
from calendars.google.decoding import (
    MOST_LEVELS,
    NOT_STRICTLY_JSON,
    cut_below,
    decode_json,
    is_storable,
    is_too_deep,
    storable,
)

Item = TypeVar("Item")


class EventList(Struct, Generic[Item], rename="camel"):
    """One page of a list; items stay undecoded (Raw), so that a malformed one doesn't affect
    others."""

    items: list[Item] = field(default_factory=list)
    next_page_token: str | None = None
    next_sync_token: str | None = None


class When(Struct, gc=False):
    """A start, end or originalStartTime: a date or a date-time."""

    date: str | None = None
    date_time: str = field(default="", name="dateTime")
    time_zone: str = field(default="", name="timeZone")


class EntryPoint(Struct, gc=False, rename="camel"):
    """A way into a conference: video, phone, sip or more."""

    entry_point_type: str = ""
    uri: str = ""


class ConferenceData(Struct, rename="camel"):
    entry_points: list[EntryPoint] = field(default_factory=list)


class EventResource(Struct, gc=False, rename="camel"):
    """The event fields that Daybook keeps, by Google's names, truncated to their columns."""

    id: str = ""
    status: str = ""
    recurring_event_id: str = ""
    updated: str = ""
    start: When | None = None
    end: When | None = None
    original_start_time: When | None = None
    end_time_unspecified: bool = False
    guests_can_modify: bool = False
    guests_can_invite_others: bool = True
    guests_can_see_other_guests: bool = True
    recurrence: list[str] = field(default_factory=list)
    organizer: dict[str, Any] = field(default_factory=dict)
    attendees: list[Any] = field(default_factory=list)
    reminders: dict[str, Any] = field(default_factory=dict)
    summary: str = ""
    description: str = ""
    location: str = ""
    ical_uid: Annotated[str, Meta(max_length=1024)] = field(default="", name="iCalUID")
    etag: Annotated[str, Meta(max_length=100)] = ""
    sequence: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] = 0
    visibility: Annotated[str, Meta(max_length=20)] = ""
    transparency: Annotated[str, Meta(max_length=20)] = ""
    event_type: Annotated[str, Meta(max_length=30)] = ""
    colour_id: Annotated[str, Meta(max_length=10)] = field(default="", name="colorId")
    html_link: str = ""
    hangout_link: str = ""
    conference_data: ConferenceData | None = None


# If these have a wrong type, the event can't be kept; other fields are ignored.
_NEEDED = {
    "start": "its start isn't a date or time",
    "end": "its end isn't a date or time",
    "originalStartTime": "its originalStartTime isn't a date or time",
    "recurrence": "its recurrence can't be read",
}
_events = msgspec.json.Decoder(EventResource)
_lists = msgspec.json.Decoder(EventList[Raw])
_encode = msgspec.json.encode
_LEVEL_OF_ITEMS = 2  # the page is an object and its items are a list


def event_list(content: bytes) -> EventList[Raw]:
    """Decode a list of events. Raises ValueError."""
    content.decode()  # an undecoded item may contain invalid UTF-8
    try:
        with suppress(*NOT_STRICTLY_JSON):
            if is_storable(content):
                return _lists.decode(content)
        return _list_of_odd_items(content)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None


def _list_of_odd_items(content: bytes) -> EventList[Raw]:
    """Decode the list item by item, so that only malformed ones are treated as such."""
    apart: list[bytes] = []

    def put(item: bytes) -> bytes:
        apart.append(item)
        return b'{"":%d}' % (len(apart) - 1)

    outline = msgspec.convert(decode_json(cut_below(content, _LEVEL_OF_ITEMS, put)), EventList[Any])
    items = (apart[item[""]] if isinstance(item, dict) else _encode(item) for item in outline.items)
    return EventList(
        items=[Raw(_as_json(item)) for item in items],
        next_page_token=outline.next_page_token,
        next_sync_token=outline.next_sync_token,
    )


def _as_json(item: bytes) -> bytes:
    """Raises ValueError if it isn't JSON even by a lenient parser."""
    read = decode_json(_without_depths(item))
    return item if is_storable(item) or is_too_deep(item) else _encode(read)


def event_resource(raw: Raw) -> EventResource:
    """Decode an event. Raises MalformedEvent. A resource with correct types takes the fast path."""
    if is_too_deep(bytes(raw)):
        raise MalformedEvent("it is nested too deeply")
    try:
        return _events.decode(raw)
    except NOT_STRICTLY_JSON:
        return _of_odd_types(whole_item(raw))


def whole_item(raw: Raw) -> dict[str, Any]:
    """Return the item with all members, or {} if it isn't a JSON object."""
    try:
        item = storable(decode_json(_without_depths(bytes(raw))))
    except ValueError:
        return {}
    return item if isinstance(item, dict) else {}


def _without_depths(item: bytes) -> bytes:
    return cut_below(item, MOST_LEVELS, lambda _: b"null") if is_too_deep(item) else item


def _of_odd_types(item: Mapping[str, Any]) -> EventResource:
    members = {}
    for member in msgspec.structs.fields(EventResource):
        value = item.get(member.encode_name)
        if value is None:
            continue
        try:
            members[member.name] = msgspec.convert(_cut(value, member.type), member.type)
        except msgspec.ValidationError:
            if reason := _NEEDED.get(member.encode_name):
                raise MalformedEvent(reason) from None
    return EventResource(**members)


def _cut(value: Any, wanted: Any) -> Any:
    """Truncate a text."""
    for limit in getattr(wanted, "__metadata__", ()):
        if isinstance(value, str) and limit.max_length:
            return value[: limit.max_length]
    return value
