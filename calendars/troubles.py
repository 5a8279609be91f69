"""What keeps single collections of a connection from being in step, by their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from calendars.google.errors import UsageLimitReached
from calendars.models import Calendar, SyncState

LIST = "List of calendars"
PAUSED = ("sync-paused", "An administrator has paused the sync.")
HELD = (SyncState.Deletions.HELD, SyncState.Deletions.ASKED)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One collection's; `until` is when a limit of the day ends. A collection whose deletions are
    held is in step apart from them."""

    calendar: UUID | None
    name: str
    code: str
    message: str
    until: datetime | None
    is_held: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """Troubles of one kind; no names where every collection has it."""

    names: list[str]
    message: str
    until: datetime | None
    is_held: bool

    def __str__(self) -> str:
        return f"{', '.join(self.names)}: {self.message}" if self.names else self.message


def troubles_of(
    states: Iterable[SyncState], calendars: Mapping[UUID | None, Calendar]
) -> list[Trouble]:
    return [
        Trouble(
            calendar=state.calendar_id,
            name=calendars[state.calendar_id].name if state.calendar_id in calendars else LIST,
            code=PAUSED[0] if state.paused else state.error_code,
            message=PAUSED[1] if state.paused else state.error_message,
            until=limit_ends_at(state),
            is_held=state.deletions in HELD,
        )
        for state in states
        if state.error_code or state.paused
    ]


def notices_of(troubles: Sequence[Trouble], *, collections: int) -> list[Notice]:
    """The troubles of `collections` collections, those with the same message together."""
    alike: defaultdict[str, list[Trouble]] = defaultdict(list)
    for trouble in troubles:
        alike[trouble.message].append(trouble)
    return [
        Notice(
            names=[] if len(those) == collections else [trouble.name for trouble in those],
            message=message,
            until=min((trouble.until for trouble in those if trouble.until), default=None),
            is_held=any(trouble.is_held for trouble in those),
        )
        for message, those in alike.items()
    ]


def in_step_since(states: Sequence[SyncState]) -> datetime | None:
    """When those that can be synced were last: the others are told by their names.

    None while one that nothing keeps from it was never synced.
    """
    calm = [state for state in states if not (state.parked or _is_out_of_step(state))]
    if any(state.last_synced_at is None for state in calm):
        return None
    told = calm if any(state.calendar_id for state in calm) else states
    return min((state.last_synced_at for state in told if state.last_synced_at), default=None)


def limit_ends_at(state: SyncState) -> datetime | None:
    is_limited = state.error_code == UsageLimitReached.code and not state.parked
    return state.due_at if is_limited else None


def _is_out_of_step(state: SyncState) -> bool:
    return bool(state.error_code) and state.deletions not in HELD
