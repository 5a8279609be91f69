"""One state of one event, kept as the bytes that go out."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sandbox.wire import Json, encode

CANCELLED = "cancelled"

# Google guarantees no more of a cancelled instance, and of any other cancelled event only the id.
_KEPT_OF_INSTANCE = ("recurringEventId", "originalStartTime")


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """A state of an event: never changed, only followed by another.

    `begin` and `end` are seconds since the epoch; of a series, of its first instance.
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
    # The last live state, so that a cancelled event can be brought back.
    former: bytes | None = None

    def body(self) -> Json:
        """The event's JSON, decoded anew for each caller."""
        content: Json = json.loads(self.encoded)
        return content

    def last_live_body(self) -> Json:
        """What it was before it was cancelled, or is."""
        content: Json = json.loads(self.former or self.encoded)
        return content


def live_event(body: Json, *, begin: float, end: float) -> Event:
    """A state out of a whole body that has its id, etag and updated."""
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
    """The little that is left of an event or an instance after it was cancelled."""
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
