"""The history of one event, as its owner reads it: what changed, when, by which way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from calendars.events.history import KEPT_PER_EVENT
from calendars.models import Event, EventChange

Door, Kind = EventChange.Door, EventChange.Kind
# What a change is named by; columns that are one thing for people share a name.
NAMES: Mapping[str, str | Promise] = {
    "summary": _("title"),
    "start_at": _("time"),
    "end_at": _("time"),
    "all_day": _("time"),
    "time_zone": _("time zone"),
    "zone_definition": _("time zone"),
    "recurrence": _("repetition"),
    "location": _("place"),
    "conference_url": _("conference"),
    "description": _("note"),
    "attendees": _("people"),
    "organizer": _("organizer"),
    "reminders": _("reminders"),
    "status": _("status"),
    "visibility": _("visibility"),
    "transparency": _("shown as busy or free"),
    "colour_id": _("colour"),
}
_KINDS: Mapping[str, str | Promise] = {
    Kind.CREATED: _("Created"),
    Kind.UPDATED: _("Changed"),
    Kind.DELETED: _("Deleted"),
}
_WAYS: Mapping[str, str | Promise] = {
    Door.SYNC: _("by Google, through the sync"),
    Door.PAGE: _("by you, on a page"),
    Door.API: _("by you, through the API"),
    Door.CALDAV: _("by you, through CalDAV"),
    Door.IMPORT: _("by an import of a file"),
    Door.RULE: _("by a rule"),
    Door.UNDO: _("by an undo"),
}
_FIELDS = {field.column: field for field in Event._meta.concrete_fields}


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One change. `fields` are the names of what changed, for an update."""

    change_id: int
    changed_at: datetime
    kind: str
    door: str
    actor_id: int | None
    act: UUID
    fields: tuple[str, ...]

    @property
    def is_undoable(self) -> bool:
        """Whether it's one person's change: a run or an import is of many events."""
        return self.door not in (Door.SYNC, Door.IMPORT)

    @property
    def names(self) -> list[str]:
        """The fields in words, each once."""
        return list(dict.fromkeys(str(NAMES[name]) for name in self.fields))

    @property
    def what(self) -> str | Promise:
        return _KINDS[self.kind]

    @property
    def way(self) -> str | Promise:
        return _WAYS[self.door]


def history_of(event: Event) -> list[HistoryLine]:
    """Return the kept changes of an event, the newest first, by one query."""
    changes = EventChange.objects.filter(event_id=event.pk, calendar_id=event.calendar_id)
    return _lines(changes, {name: getattr(event, name) for name in NAMES})


def history_of_deleted(owner_id: int, event_id: UUID) -> list[HistoryLine]:
    """Return the kept changes of an event that isn't there any more: from them it's restored."""
    changes = EventChange.objects.filter(owner_id=owner_id, event_id=event_id)
    return _lines(changes.filter(calendar__removed_at=None), {})


def _lines(changes: QuerySet[EventChange], after: Mapping[str, Any]) -> list[HistoryLine]:
    lines = []
    for change in changes.order_by("-id")[:KEPT_PER_EVENT]:
        before = _values(change.before)
        lines.append(_line(change, before, after))
        after = before
    return lines


def _line(change: EventChange, before: Mapping[str, Any], after: Mapping[str, Any]) -> HistoryLine:
    changed = [name for name in NAMES if name in before and before[name] != after.get(name)]
    is_update = change.kind == Kind.UPDATED
    fields = tuple(dict.fromkeys(changed)) if is_update else ()
    return HistoryLine(
        change.pk, change.changed_at, change.kind, change.door, change.actor_id, change.act, fields
    )


def _values(kept: Mapping[str, Any] | None) -> dict[str, Any]:
    """A row from before a migration may lack a column."""
    return {name: _FIELDS[name].to_python(kept[name]) for name in NAMES if kept and name in kept}
