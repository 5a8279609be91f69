"""A Google account and the calendar list it has."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from sandbox.calendar import Calendar
from sandbox.clock import Clock, etag
from sandbox.journal import Journal
from sandbox.listing import Shelf
from sandbox.wire import Json, encode

# The calendar palette of `colors.get`, as far as the sandbox uses it.
PALETTE = {
    "1": "#ac725e", "2": "#d06b64", "3": "#f83a22", "4": "#fa573c", "5": "#ff7537",
    "6": "#ffad46", "7": "#42d692", "8": "#16a765", "9": "#7bd148", "10": "#b3dc6c",
    "11": "#fbe983", "12": "#fad165", "13": "#92e1c0", "14": "#9fe1e7", "15": "#9fc6e7",
    "16": "#4986e7", "17": "#9a9cff", "18": "#b99aff", "19": "#c2c2c2", "20": "#cabdbf",
    "21": "#cca6ac", "22": "#f691b2", "23": "#cd74e6", "24": "#a47ae2",
}  # fmt: skip
EVENT_PALETTE = {
    "1": "#a4bdfc", "2": "#7ae7bf", "3": "#dbadff", "4": "#ff887c", "5": "#fbd75b",
    "6": "#ffb878", "7": "#46d6db", "8": "#e1e1e1", "9": "#5484ed", "10": "#51b749",
    "11": "#dc2127",
}  # fmt: skip
INK = "#1d1d1d"
_ROLES = ("freeBusyReader", "reader", "writer", "owner")


@dataclass(frozen=True, slots=True, eq=False)
class ListEntry:
    """A calendar as one account sees it: an immutable state, replaced when something changes."""

    calendar: Calendar
    role: str
    etag: str
    settings: Json
    primary: bool = False
    deleted: bool = False

    @property
    def hidden(self) -> bool:
        """Return whether the list leaves it out by default."""
        return bool(self.settings.get("hidden"))

    @property
    def default_reminders(self) -> list[Json]:
        """Return the reminders of events that have none of their own."""
        default = [{"method": "popup", "minutes": 10}] if self.primary else []
        return list(self.settings.get("defaultReminders", default))

    def may(self, role: str) -> bool:
        """Return whether the account has at least this role."""
        return not self.deleted and _ROLES.index(self.role) >= _ROLES.index(role)

    def resource(self) -> Json:
        """Return the CalendarListEntry resource."""
        if self.deleted:
            return {
                "kind": "calendar#calendarListEntry",
                "etag": self.etag,
                "id": self.calendar.id,
                "deleted": True,
            }
        body = self.calendar.resource() | {"kind": "calendar#calendarListEntry", "etag": self.etag}
        body |= {"accessRole": self.role, "selected": True, "foregroundColor": INK}
        body["defaultReminders"] = self.default_reminders
        body |= self.settings
        body["backgroundColor"] = self.settings.get("backgroundColor") or PALETTE[body["colorId"]]
        return body | ({"primary": True} if self.primary else {})

    def encoded(self) -> bytes:
        """Return the resource as bytes."""
        return encode(self.resource())


class Account:
    """A Google account."""

    def __init__(self, email: str, name: str, time_zone: str, clock: Clock) -> None:
        self.email = email
        self.name = name
        self.time_zone = time_zone
        self.sub = str(int(hashlib.sha256(email.encode()).hexdigest()[:17], 16))
        self.clock = clock
        self.entries: Journal[ListEntry] = Journal()
        self.shelf = Shelf()

    def resolve(self, calendar_id: str) -> str:
        """Return the id; `primary` stands for the primary calendar."""
        return self.email if calendar_id == "primary" else calendar_id

    def entry(self, calendar_id: str) -> ListEntry | None:
        """Return the entry of a calendar, or None if it isn't on the list."""
        entry = self.entries.get(self.resolve(calendar_id))
        return None if entry is None or entry.deleted else entry

    def subscribe(self, calendar: Calendar, role: str, settings: Json | None = None) -> ListEntry:
        """Add a calendar to the list."""
        colour = str(sum(calendar.id.encode()) % len(PALETTE) + 1)
        return self._put(
            ListEntry(
                calendar,
                role,
                self._etag(),
                {"colorId": colour} | (settings or {}),
                primary=calendar.id == self.email,
            )
        )

    def adjust(self, entry: ListEntry, settings: Json) -> ListEntry:
        """Change the account's own settings of a calendar: colours, name, visibility."""
        return self._put(replace(entry, settings=settings, etag=self._etag()))

    def refresh(self, entry: ListEntry, role: str | None = None) -> ListEntry:
        """Replace the entry after the calendar or the account's role has changed."""
        return self._put(replace(entry, role=role or entry.role, etag=self._etag()))

    def unsubscribe(self, entry: ListEntry) -> ListEntry:
        """Remove a calendar from the list; incremental lists report it as deleted."""
        return self._put(replace(entry, deleted=True, etag=self._etag()))

    def _put(self, entry: ListEntry) -> ListEntry:
        self.entries.put(entry.calendar.id, entry)
        return entry

    def _etag(self) -> str:
        return etag(self.clock.stamp())
