"""An immutable state of an event, stored as the bytes of the response."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sandbox.wire import Json, encode

CANCELLED = "cancelled"

# Google guarantees only these members of a cancelled instance, and of any other cancelled event
# only the id.
_KEPT_OF_INSTANCE = ("recurringEventId", "originalStartTime")


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """A state of an event; a change creates another state.

    `begin` and `end` are seconds since the epoch; for a series, those of its first instance.
    """

    id: str
    etag: str
    updated: str
    encoded: bytes
    begin: float = float("-inf")
    end: float = float("inf")
    cancelled: bool = False
    recurring: bool = False
    master: str | None = None
    # The last live state, so that a cancelled event can be restored.
    former: bytes | None = None

    def body(self) -> Json:
        """Decode the event's JSON; each caller gets its own copy."""
        content: Json = json.loads(self.encoded)
        return content

    def last_live_body(self) -> Json:
        """Return the body from before the event was cancelled, or its current one."""
        content: Json = json.loads(self.former or self.encoded)
        return content


def live_event(body: Json, *, begin: float, end: float) -> Event:
    """Return a state for a complete body with id, etag and updated."""
    return Event(
        id=body["id"],
        etag=body["etag"],
        updated=body["updated"],
        encoded=encode(body),
        begin=begin,
        end=end,
        recurring="recurrence" in body,
        master=body.get("recurringEventId"),
    )


def cancelled_event(body: Json, *, former: bytes | None = None) -> Event:
    """Return what remains of a cancelled event or instance."""
    left: Json = {"kind": "calendar#event", "etag": body["etag"], "id": body["id"]}
    left["status"] = CANCELLED
    left.update({name: body[name] for name in _KEPT_OF_INSTANCE if name in body})
    return Event(
        id=body["id"],
        etag=body["etag"],
        updated=body["updated"],
        encoded=encode(left),
        cancelled=True,
        master=body.get("recurringEventId"),
        former=former,
    )
