"""Sending one local change to Google: at most three calls, and what came of it as a value.

Nothing here touches the database. A change that Google refuses because it has another version isn't
merged here: the version is returned, stored, and the change is sent again on top of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from calendars.events.merging import as_row
from calendars.events.people import Json
from calendars.events.rows import Deletion, EventRow, MalformedEvent
from calendars.google import bodies
from calendars.google.client import CalendarClient
from calendars.google.errors import (
    AlreadyExists,
    BadRequest,
    EventGone,
    EventUnreadable,
    Forbidden,
    NotFound,
    VersionMismatch,
)
from calendars.google.resources import EventResource
from calendars.google.wire import event_row
from calendars.models import Calendar, Event, PendingChange

Kind = PendingChange.Kind
CANCELLED = Event.Status.CANCELLED
# 404 is no proof that an event is deleted, unless it comes again and again.
BELIEVED_AFTER = 4


@dataclass(frozen=True, slots=True)
class Written:
    """Google has the change; `row` is its version of the event."""

    row: EventRow


@dataclass(frozen=True, slots=True)
class Removed:
    """Google no longer has the event, as was asked."""


@dataclass(frozen=True, slots=True)
class Found:
    """Nothing was written: Google has this version; None if it no longer has the event."""

    row: EventRow | None


Outcome = Written | Removed | Found


def deliver(change: PendingChange, client: CalendarClient) -> Outcome:
    """Raises GoogleError."""
    return _Delivery(change, client).deliver()


@dataclass
class _Delivery:
    change: PendingChange
    client: CalendarClient

    def deliver(self) -> Outcome:
        match self.change.kind:
            case Kind.DELETE:
                return self._delete()
            case Kind.MOVE:
                return self._move()
            case Kind.CREATE if self.change.base is None:
                return self._insert()
            case _:
                return self._update()

    @property
    def calendar(self) -> Calendar:
        return self.change.calendar

    @cached_property
    def base(self) -> EventRow:
        return as_row(self.change.base or {})

    @cached_property
    def wanted(self) -> EventRow:
        """The event as it should become. A creation names all columns that may be changed."""
        known = {"remote_id": self.change.remote_id, "organizer": {}}
        return as_row({**known, **(self.change.base or {}), **self.change.mine})

    def _insert(self) -> Outcome:
        body = bodies.insertion(self.wanted)
        try:
            answer = self.client.insert_event(
                self.calendar.remote_id, body, notify=self.change.notify
            )
        except AlreadyExists:
            return self._adopt()
        return self._written(answer)

    def _adopt(self) -> Outcome:
        """The answer to an earlier insertion was lost, or the event was deleted and is wanted
        again."""
        found = self._look()
        was_sent = len(self.change.sent) > 1
        return found if found.row is not None or was_sent else self._restore()

    def _restore(self) -> Outcome:
        try:
            return self._patch(bodies.restoration(self.wanted), if_match="")
        except (NotFound, EventGone):
            return self._look()

    def _update(self) -> Outcome:
        if self.base.status == CANCELLED and self.wanted.status != CANCELLED:
            return self._restore()
        if not self.base.etag:  # an instance that only its series implies
            return self._look()
        if self.wanted.status == CANCELLED:
            return self._cancel()
        told: list[object] = []
        if self._changes_guests():
            known = self._get()
            if known is None or known.etag != self.base.etag:
                return Found(self._row(known))
            told = known.attendees
        body = bodies.changes(self.change.mine, self.wanted, self.base, told)
        try:
            return self._patch(body, if_match=self.base.etag)
        except (VersionMismatch, EventGone, NotFound):
            return self._look()

    def _changes_guests(self) -> bool:
        """Whether the list of guests is sent, of which Google knows more than Daybook keeps."""
        is_changed = "attendees" in self.change.mine and bool(self.base.attendees)
        return is_changed and bodies.own_answer(self.wanted, self.base) is None

    def _patch(self, body: Json, *, if_match: str) -> Outcome:
        answer = self.client.patch_event(
            self.calendar.remote_id,
            self.change.remote_id,
            body,
            if_match=if_match,
            notify=self.change.notify,
        )
        return self._written(answer)

    def _cancel(self) -> Outcome:
        """An instance that is cancelled stays known; Google tells its new version only if asked."""
        try:
            self._send_deletion()
        except VersionMismatch:
            return self._look()
        except (EventGone, NotFound):
            pass
        row = self._row(self._get())
        return Removed() if row is None else Written(row)

    def _delete(self) -> Outcome:
        try:
            self._send_deletion()
        except (EventGone, NotFound):
            return Removed()
        except VersionMismatch:
            found = self._row(self._get())
            return Removed() if found is None else Found(found)
        return Removed()

    def _send_deletion(self) -> None:
        self.client.delete_event(
            self.calendar.remote_id,
            self.change.remote_id,
            if_match=self.base.etag,
            notify=self.change.notify,
        )

    def _move(self) -> Outcome:
        source = self.change.source
        try:
            answer = self.client.move_event(
                source.remote_id if source else "",
                self.change.remote_id,
                destination=self.calendar.remote_id,
                notify=self.change.notify,
            )
        except (NotFound, EventGone, AlreadyExists):  # the answer to an earlier call was lost
            return self._look()
        except (Forbidden, BadRequest):
            if self.wanted.recurrence:
                raise
            return self._insert()  # a copy; the original is deleted after it
        return self._written(answer)

    def _look(self) -> Found:
        return Found(self._row(self._get()))

    def _get(self) -> EventResource | None:
        try:
            return self.client.get_event(self.calendar.remote_id, self.change.remote_id)
        except EventGone:
            return None
        except NotFound:
            if self.change.attempts < BELIEVED_AFTER:
                raise
            return None

    def _written(self, answer: EventResource) -> Outcome:
        row = self._row(answer)
        return Removed() if row is None else Written(row)

    def _row(self, resource: EventResource | None) -> EventRow | None:
        """None for an event that is deleted."""
        if resource is None:
            return None
        try:
            row = event_row(resource, self.calendar.time_zone)
        except MalformedEvent as error:
            raise EventUnreadable(str(error)) from None
        return None if isinstance(row, Deletion) else row
