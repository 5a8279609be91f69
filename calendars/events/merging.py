"""Three versions of one event, merged field by field. Pure: no database.

A version is an event's columns by name, in the form of JSON (`as_json`), so that versions from the
database, from Google and from a person compare equal if they mean the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from calendars.events.guest_lists import merge_guests
from calendars.events.rows import EventRow
from calendars.models import Event

Version = Mapping[str, Any]
# When an event happens is one thing: a start of one side with a rule of the other is neither's.
TIMES = ("start_at", "end_at", "all_day", "time_zone", "zone_definition", "recurrence")
SINGLE = (
    "summary", "description", "location", "status", "visibility", "transparency", "colour_id",
    "attendees", "reminders",
)  # fmt: skip
GROUPS = (TIMES, *((name,) for name in SINGLE))
EDITABLE = frozenset((*TIMES, *SINGLE))
_FIELDS = {field.column: field for field in Event._meta.concrete_fields}


@dataclass(frozen=True, slots=True)
class Merged:
    """`values` is what the event shows, `mine` what Google doesn't have yet; `collisions` are the
    fields that both sides changed to different values."""

    values: dict[str, Any]
    mine: dict[str, Any]
    collisions: list[str]


def merge(
    *, base: Version | None, mine: Version, theirs: Version, sent: Sequence[Version] = ()
) -> Merged:
    """Lay the local changes over the remote version. Without a base each difference collides.

    `sent` are versions that Google may have from us: a remote value that is one of theirs is no
    other person's.
    """
    known = sent if base is None else (base, *sent)
    kept: dict[str, Any] = {}
    collisions: list[str] = []
    for names in GROUPS:
        own = {name: mine[name] for name in names if name in mine}
        remote = {name: theirs[name] for name in own}
        if own == remote:
            continue
        kept |= own
        if any(_is_part(remote, version) for version in known):
            continue
        together = _merged_guests(base, own, remote)
        if together is None:
            collisions += [name for name in own if own[name] != remote[name]]
        elif together == remote["attendees"]:
            del kept["attendees"]
        else:
            kept["attendees"] = together
    return Merged({**theirs, **kept}, kept, collisions)


def _merged_guests(base: Version | None, own: Version, remote: Version) -> list[Any] | None:
    """None for everything else."""
    if base is None or "attendees" not in own:
        return None
    return merge_guests(base["attendees"], own["attendees"], remote["attendees"])


def left_after(mine: Version, sent: Version) -> dict[str, Any]:
    """The groups of `mine` that say something else than what was sent."""
    return {
        name: mine[name]
        for names in GROUPS
        if not _is_part({name: mine[name] for name in names if name in mine}, sent)
        for name in names
        if name in mine
    }


def _is_part(values: Version, version: Version) -> bool:
    return all(name in version and version[name] == value for name, value in values.items())


def changed_fields(before: EventRow, after: EventRow) -> dict[str, Any]:
    """The groups in which two rows differ, each whole, with the values of `after`."""
    old, new = as_json(before), as_json(after)
    return {
        name: new[name]
        for names in GROUPS
        if any(old[each] != new[each] for each in names)
        for name in names
    }


def as_json(row: EventRow) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row._asdict().items()}


def as_row(version: Version) -> EventRow:
    return EventRow(**{name: _FIELDS[name].to_python(value) for name, value in version.items()})


def row_of(event: Event) -> EventRow:
    return EventRow(**{name: getattr(event, name) for name in EventRow._fields})


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
