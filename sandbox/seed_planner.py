"""Puts events into a calendar, on days relative to the Monday of a day's week."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sandbox.calendar import Calendar
from sandbox.editing import insert_event
from sandbox.seed_holidays import stable_id
from sandbox.wire import Json

_LETTERS = "abcdefghijkmnopqrstuvwxyz"


class Guest(NamedTuple):
    """Somebody who is invited, with the answer given."""

    email: str
    name: str
    answer: str = "accepted"
    optional: bool = False

    def but(self, answer: str, *, optional: bool = False) -> Guest:
        return self._replace(answer=answer, optional=optional)

    def resource(self) -> Json:
        """Return the attendee as Google writes it."""
        optional = {"optional": True} if self.optional else {}
        return {
            "email": self.email,
            "displayName": self.name,
            "responseStatus": self.answer,
            **optional,
        }


class Planner:
    """Events of one calendar around today. A title names one event."""

    def __init__(self, calendar: Calendar, today: date) -> None:
        self.calendar = calendar
        self._monday = today - timedelta(days=today.weekday())

    def day(self, offset: int) -> date:
        """Return the day that many days after this week's Monday."""
        return self._monday + timedelta(days=offset)

    def timed(
        self,
        summary: str,
        offset: int,
        clock: str,
        minutes: int,
        *,
        zone: str | None = None,
        guests: tuple[Guest, ...] = (),
        meet: bool = False,
        organizer: Guest | None = None,
        **more: object,
    ) -> str:
        """Create an event at a local time of `zone`, the calendar's by default."""
        place = ZoneInfo(zone or self.calendar.time_zone)
        start = datetime.combine(self.day(offset), time.fromisoformat(clock), place)
        end = start + timedelta(minutes=minutes)
        body: Json = {
            "start": {"dateTime": start.isoformat(), "timeZone": place.key},
            "end": {"dateTime": end.isoformat(), "timeZone": place.key},
            **({"attendees": [guest.resource() for guest in guests]} if guests else {}),
            **(_meet(f"{self.calendar.id} {summary}") if meet else {}),
            **more,
        }
        return self._insert(summary, body, organizer)

    def days(self, summary: str, offset: int, days: int, **more: object) -> str:
        """Create an all-day event."""
        first = self.day(offset)
        times = {
            "start": {"date": first.isoformat()},
            "end": {"date": (first + timedelta(days=days)).isoformat()},
        }
        return self._insert(summary, {**times, **more}, None)

    def _insert(self, summary: str, body: Json, organizer: Guest | None) -> str:
        event_id = stable_id(self.calendar.id, summary)
        by = {"email": organizer.email, "displayName": organizer.name} if organizer else None
        insert_event(self.calendar, {"id": event_id, "summary": summary, **body}, organizer=by)
        return event_id


def _meet(seed: str) -> Json:
    """Return the conference as Google writes it, with an address that is always the same."""
    digest = hashlib.sha256(seed.encode()).digest()
    letters = "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:10])
    code = f"{letters[:3]}-{letters[3:7]}-{letters[7:]}"
    uri = f"https://meet.google.com/{code}"
    return {
        "conferenceData": {
            "conferenceId": code,
            "conferenceSolution": {"key": {"type": "hangoutsMeet"}, "name": "Google Meet"},
            "entryPoints": [
                {"entryPointType": "video", "uri": uri, "label": uri.removeprefix("https://")},
                {"entryPointType": "phone", "uri": "tel:+49-30-303080", "pin": "123456789"},
            ],
        },
    }
