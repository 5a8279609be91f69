"""The guard against mass deletion: a full list that is suddenly almost empty is not believed.

Its deletions are held and the calendar is listed again later. A second list of the same kind is
believed if it brings anything, or if little is lost; else a person is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from calendars.models import SyncState

RELIST_AFTER = timedelta(minutes=10)
BELIEVED_SHARE = 5  # a list with less than a fifth of what is known is suspicious
LITTLE = 20  # events that a second empty list may take with it
Deletions = SyncState.Deletions


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of the events that a full list did not bring."""

    deletions: str
    held_count: int = 0
    relist_at: datetime | None = None

    @property
    def is_held(self) -> bool:
        return self.deletions in (Deletions.HELD, Deletions.ASKED)


def judge(state: SyncState, *, seen: int, known: int) -> Verdict:
    """`known` events are here at the end of the list, and it brought `seen` of them."""
    if seen * BELIEVED_SHARE >= known or state.deletions == Deletions.APPROVED:
        return Verdict(Deletions.APPLIED)
    missing = known - seen
    if state.deletions == Deletions.ASKED:
        return Verdict(Deletions.ASKED, missing)
    if state.deletions != Deletions.HELD:
        return Verdict(Deletions.HELD, missing, timezone.now() + RELIST_AFTER)
    if state.relist_at and timezone.now() < state.relist_at:
        return Verdict(Deletions.HELD, missing, state.relist_at)
    confirmed = seen > 0 or known <= LITTLE
    return Verdict(Deletions.APPLIED) if confirmed else Verdict(Deletions.ASKED, missing)


def notice(verdict: Verdict) -> tuple[str, str]:
    """Code and message for the person; empty where nothing is held."""
    count = f"{verdict.held_count:,} event{'s' * (verdict.held_count != 1)}"
    if verdict.deletions == Deletions.HELD:
        return "deletions-held", (
            f"Google's list was suddenly almost empty. {count} missing from it stay here until "
            "Daybook has listed the calendar once more."
        )
    if verdict.deletions == Deletions.ASKED:
        return "deletions-asked", (
            f"Google lists the calendar as empty, twice by now. {count} stay here until you say "
            "that they may go."
        )
    return "", ""
