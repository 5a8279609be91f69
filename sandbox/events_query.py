"""The query parameters of an events list, and the combinations that Google refuses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sandbox.clock import rfc3339
from sandbox.errors import GoogleError
from sandbox.parameters import read_flag, read_moment, read_number, read_zone
from sandbox.wire import Call, Json

# https://developers.google.com/workspace/calendar/api/v3/reference/events/list, syncToken.
_NOT_WITH_SYNC_TOKEN = (
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMax",
    "timeMin",
    "updatedMin",
)
# A list in another order or with a filter doesn't match the state of a sync token.
_NO_SYNC_TOKEN = (
    "orderBy",
    "q",
    "iCalUID",
    "updatedMin",
    "privateExtendedProperty",
    "sharedExtendedProperty",
)
_SEARCHED = ("summary", "description", "location")


@dataclass(frozen=True, slots=True)
class EventsQuery:
    """The parameters of an events list, apart from paging."""

    single: bool
    show_deleted: bool
    time_min: datetime | None
    time_max: datetime | None
    updated_min: str | None
    words: tuple[str, ...]
    ical_uid: str | None
    order_by: str | None
    types: tuple[str, ...]
    private: tuple[str, ...]
    shared: tuple[str, ...]
    zone: ZoneInfo | None
    max_attendees: int | None
    fields: str | None
    syncs: bool

    @property
    def selects(self) -> bool:
        """Return whether it filters by more than time and status."""
        return bool(self.words or self.ical_uid or self.types or self.private or self.shared)

    def accepts(self, body: Json) -> bool:
        """Return whether an event matches the filter."""
        return (
            self.ical_uid in (None, body.get("iCalUID"))
            and (not self.types or body.get("eventType", "default") in self.types)
            and self._has_words(body)
            and _has_properties(body, "private", self.private)
            and _has_properties(body, "shared", self.shared)
        )

    def _has_words(self, body: Json) -> bool:
        people = [*body.get("attendees", ()), body.get("organizer", {})]
        texts = [str(body.get(name, "")) for name in _SEARCHED]
        texts += [
            str(person.get(name, "")) for person in people for name in ("displayName", "email")
        ]
        text = " ".join(texts).lower()
        return all(word in text for word in self.words)


def _has_properties(body: Json, side: str, wanted: tuple[str, ...]) -> bool:
    properties = (body.get("extendedProperties") or {}).get(side) or {}
    pairs = (want.partition("=") for want in wanted)
    return all(properties.get(name) == value for name, _, value in pairs)


def read_query(call: Call) -> EventsQuery:
    """Read and validate the parameters of a list or of instances."""
    query = EventsQuery(
        single=bool(read_flag(call, "singleEvents")),
        show_deleted=bool(read_flag(call, "showDeleted")),
        time_min=read_moment(call, "timeMin"),
        time_max=read_moment(call, "timeMax"),
        updated_min=_updated_min(call),
        words=tuple(call.query.get("q", "").lower().split()),
        ical_uid=call.query.get("iCalUID"),
        order_by=call.query.get("orderBy"),
        types=tuple(sorted(call.query.getall("eventTypes", []))),
        private=tuple(sorted(call.query.getall("privateExtendedProperty", []))),
        shared=tuple(sorted(call.query.getall("sharedExtendedProperty", []))),
        zone=read_zone(call),
        max_attendees=read_number(call, "maxAttendees"),
        fields=call.query.get("fields"),
        syncs=not any(name in call.query for name in _NO_SYNC_TOKEN),
    )
    _check(query)
    return query


def _check(query: EventsQuery) -> None:
    if query.order_by not in (None, "startTime", "updated"):
        raise GoogleError("invalidParameter", location="orderBy")
    if query.order_by == "startTime" and not query.single:
        raise GoogleError(
            "badRequest",
            "The requested ordering is not available for the particular query.",
            location="orderBy",
        )
    if query.time_min and query.time_max and query.time_min >= query.time_max:
        raise GoogleError("timeRangeEmpty", location="timeRange")


def _updated_min(call: Call) -> str | None:
    moment = read_moment(call, "updatedMin")
    return rfc3339(int(moment.timestamp() * 1_000_000)) if moment else None


def refuse_with_sync_token(call: Call) -> None:
    """Raise 400 for parameters that Google refuses together with a sync token."""
    for name in _NOT_WITH_SYNC_TOKEN:
        if name in call.query:
            raise GoogleError(
                "invalid", f"Sync token cannot be used together with {name}.", location=name
            )
    if read_flag(call, "showDeleted") is False:
        raise GoogleError(
            "invalid", "Sync token cannot be used with showDeleted=false.", location="showDeleted"
        )


def query_shape(call: Call) -> Json:
    """Return everything but paging and authority, which all pages of a list share."""
    passed_over = {
        "pageToken",
        "maxResults",
        "access_token",
        "key",
        "alt",
        "prettyPrint",
        "quotaUser",
        "userIp",
        "alwaysIncludeEmail",
    }
    names = sorted(set(call.query) - passed_over)
    return {name: sorted(call.query.getall(name)) for name in names}


# What an incremental query must repeat; the time window and the filter may not be sent.
_REPEATED = ("singleEvents", "timeZone", "eventTypes", "maxAttendees", "showHiddenInvitations")


def sync_shape(call: Call) -> Json:
    """Return what a sync token stores of its query."""
    names = [name for name in (*_REPEATED, "timeMin", "timeMax") if name in call.query]
    return {name: sorted(call.query.getall(name)) for name in names}


def check_same_query(call: Call, shape: Json) -> None:
    """Raise 400 if an incremental query differs from the one that returned its token."""
    asked = sync_shape(call)
    for name in _REPEATED:
        if asked.get(name) != shape.get(name):
            raise GoogleError(
                "invalid", "Sync token does not match the request parameters.", location=name
            )
