"""A calendar: its properties, its events and its access control."""

from __future__ import annotations

import base64
import secrets
from collections import defaultdict
from zoneinfo import ZoneInfo

from sandbox.clock import Clock, etag, rfc3339
from sandbox.event import Event
from sandbox.event_body import settle_times
from sandbox.journal import Journal
from sandbox.listing import Shelf
from sandbox.times import zone_named
from sandbox.wire import Json, encode

_ALPHABET = "0123456789abcdefghijklmnopqrstuv"


class Calendar:
    """A calendar with the journal of its events."""

    def __init__(self, calendar_id: str, summary: str, time_zone: str, clock: Clock) -> None:
        self.id = calendar_id
        self.summary = summary
        self.description: str | None = None
        self.location: str | None = None
        self.clock = clock
        self.zone: ZoneInfo = _zone(time_zone)
        self.watchable = True
        self.public = False
        self.owner: str | None = None
        self.roles: dict[str, str] = {}
        stamp = clock.stamp()
        self.etag = etag(stamp)
        self.changed_at = rfc3339(stamp)
        self.events: Journal[Event] = Journal()
        self.exceptions: dict[str, set[str]] = defaultdict(set)
        self.shelf = Shelf()

    @property
    def time_zone(self) -> str:
        """Return the IANA name of the calendar's zone."""
        return self.zone.key

    def resource(self) -> Json:
        """Return the Calendar resource."""
        body = {"kind": "calendar#calendar", "etag": self.etag, "id": self.id}
        body |= {"summary": self.summary, "timeZone": self.time_zone}
        optional = {"description": self.description, "location": self.location}
        body |= {name: text for name, text in optional.items() if text}
        return {
            **body,
            "conferenceProperties": {"allowedConferenceSolutionTypes": ["hangoutsMeet"]},
        }

    def put(self, event: Event) -> Event:
        """Record a new state of an event."""
        self.events.put(event.id, event)
        self.changed_at = event.updated
        if event.master:
            self.exceptions[event.master].add(event.id)
        return event

    def move_to_zone(self, time_zone: str) -> None:
        """Set the time zone: events keep their moments, written with other offsets."""
        self.zone = _zone(time_zone)
        self.events.rewrite(self._respelt)
        self.shelf = Shelf()

    def _respelt(self, event: Event) -> Event:
        body = event.body()
        if event.cancelled or not {"start", "end"} <= body.keys():
            return event
        begin, end = settle_times(body, self.zone)
        return Event(
            event.id,
            event.etag,
            event.updated,
            encode(body),
            begin,
            end,
            recurring=event.recurring,
            master=event.master,
        )

    def new_id(self) -> str:
        """Return a new event id in Google's form."""
        return "".join(secrets.choice(_ALPHABET) for _ in range(26))

    def stamped(self, body: Json) -> Json:
        """Return the members that every new state gets."""
        stamp = self.clock.stamp()
        body["etag"], body["updated"] = etag(stamp), rfc3339(stamp)
        return body

    def html_link(self, event_id: str) -> str:
        """Return the URL of the event's page at Google."""
        eid = base64.urlsafe_b64encode(f"{event_id} {self.id}".encode()).decode().rstrip("=")
        return f"https://www.google.com/calendar/event?eid={eid}"

    def person(self, email: str | None = None) -> Json:
        """Return a creator or organizer; without an address the calendar itself."""
        if email is None or email == self.id:
            return {"email": self.id, "displayName": self.summary, "self": True}
        return {"email": email}


def _zone(name: str) -> ZoneInfo:
    zone = zone_named(name)
    if zone is None:
        raise ValueError(f"unknown time zone {name!r}")
    return zone
