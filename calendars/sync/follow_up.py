"""Changes that Google announces: the first is looked at at once, a burst of them once more."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F, Q
from django.utils import timezone

from calendars.models import SyncState
from config.workers import announce

TASK = "calendars.tasks.sync_collection"
BURST = 3  # announcements during one run
BURST_PAUSE = timedelta(seconds=2)


def note_change(state_id: int) -> None:
    """Asks for a pull, unless one that is still to begin will see the change anyway.

    A run under way may have passed the change already: `follow_up` is told of it. A collection
    that waits after a fault keeps its wait: its next run sees the change too.
    """
    now = timezone.now()
    state = SyncState.objects.filter(pk=state_id, parked=False)
    if state.filter(lease_until__gt=now).update(wanted=F("wanted") + 1):
        return
    covered = Q(wanted__gt=F("done"), due_at__lte=now + BURST_PAUSE)
    idle = state.filter(~covered, error_code="")
    if idle.update(wanted=F("wanted") + 1, due_at=now):
        announce(TASK, state_id)


def follow_up(state_id: int) -> None:
    """At the end of a run: what was announced during it is due now, a burst when it is over."""
    now = timezone.now()
    left = SyncState.objects.filter(pk=state_id, wanted__gt=F("done"))
    if not left.update(due_at=now):
        return
    burst = left.filter(wanted__gte=F("done") + BURST)
    if burst.update(due_at=now + BURST_PAUSE):
        announce(TASK, state_id, delay_seconds=BURST_PAUSE.total_seconds())
    else:
        announce(TASK, state_id)
