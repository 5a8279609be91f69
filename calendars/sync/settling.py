"""How a run ends in its collection's row: synced, put off, or parked.

A suspicious list's deletions are held and the calendar is listed again later. A second such list
is accepted if it contains anything, or if little is lost; otherwise the user decides.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from accounts.security_context import acting_as
from calendars.google.credentials import require_reconnect
from calendars.google.errors import (
    AccessTokenRejected,
    EndlessList,
    GoogleError,
    GrantRevoked,
    NotFound,
    RefreshUnderWay,
    Retry,
    ScopeMissing,
)
from calendars.models import SyncRun, SyncState
from calendars.sync.due import Lease, LeaseLost, acting_under, put_off, release, request_syncs
from calendars.sync.notifications import follow_up
from calendars.sync.runs import end_run, ending
from config.backoff import DAILY_LIMIT, JITTER, SYNC, random_factor

log = structlog.get_logger(__name__)
RELIST_AFTER = timedelta(minutes=10)
BELIEVED_SHARE = 5  # a list with less than a fifth of the known events is suspicious
LITTLE = 20  # events that a second empty list may delete
Deletions = SyncState.Deletions

# A database restart takes seconds; in a longer outage the lease lapses.
RELEASE_PAUSES_SECONDS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0)
UNFORESEEN = (
    "unforeseen",
    "An internal error occurred with this calendar. Daybook will try again automatically.",
)
NOT_STORED = (
    "not-stored",
    "Daybook's database rejected what Google sent. Daybook will try again automatically.",
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens to the events that a full list did not contain."""

    deletions: str
    held_count: int = 0
    relist_at: datetime | None = None

    @property
    def is_held(self) -> bool:
        return self.deletions in (Deletions.HELD, Deletions.ASKED)


def decide_deletions(state: SyncState, *, seen: int, known: int) -> Decision:
    """Decide by the number of `known` events and those `seen` in the list."""
    if seen * BELIEVED_SHARE >= known or state.deletions == Deletions.APPROVED:
        return Decision(Deletions.APPLIED)
    missing = known - seen
    if state.deletions == Deletions.ASKED:
        return Decision(Deletions.ASKED, missing)
    if state.deletions != Deletions.HELD:
        return Decision(Deletions.HELD, missing, timezone.now() + RELIST_AFTER)
    if state.relist_at and timezone.now() < state.relist_at:
        return Decision(Deletions.HELD, missing, state.relist_at)
    confirmed = seen > 0 or known <= LITTLE
    return Decision(Deletions.APPLIED) if confirmed else Decision(Deletions.ASKED, missing)


def notice(decision: Decision) -> tuple[str, str]:
    """Return code and message for the user, both "" if nothing is held. The message is one of
    `calendars.models.stored_texts`."""
    count = f"{decision.held_count:,}"
    if decision.deletions == Deletions.HELD:
        return "deletions-held", (
            f"Google's list was unexpectedly almost empty. Events missing from it: {count}. They"
            " are kept until Daybook has listed the calendar again."
        )
    if decision.deletions == Deletions.ASKED:
        return "deletions-asked", (
            f"Google listed the calendar as empty twice. Events missing from it: {count}. They are"
            " kept until you confirm the removal."
        )
    return "", ""


def settle_success(
    state: SyncState,
    lease: Lease,
    *,
    sync_token: str,
    decision: Decision | None,
    is_resumed: bool,
) -> dict[str, Any]:
    """Settle in the transaction of the last page; return the changes of the run's row.

    `decision` is the guard's decision for a full run. Requests made since the state was read stay
    open. A resumed list (`is_resumed`) may be older than every request.
    """
    now = timezone.now()
    standing = decision or Decision(state.deletions, state.held_count, state.relist_at)
    error_code, error_message = notice(standing)
    release(
        lease,
        sync_token=sync_token,
        page_token="",
        run=None,
        done=state.done if is_resumed else state.wanted,
        due_at=_next_look(now, standing),
        attempts=0,
        error_code=error_code,
        error_message=error_message,
        deletions=standing.deletions,
        held_count=standing.held_count,
        relist_at=standing.relist_at,
        last_synced_at=now,
    )
    follow_up(state.pk, at_once=is_resumed)
    held = decision is not None and decision.is_held
    return ending(SyncRun.Outcome.COMPLETED, error_code if held else "")


def settle_failure(state: SyncState, run: SyncRun, lease: Lease, error: GoogleError) -> None:
    """Record the error, and when the run continues from its last page.

    Errors that a retry can't resolve end the run and park the row until the next request.
    """
    log.warning("sync_failed", state=state.pk, run=str(run.pk), code=error.code)
    if isinstance(error, GrantRevoked | AccessTokenRejected | ScopeMissing):
        require_reconnect(state.connection, error)
    _settle(state, run, lease, error)


def _settle(state: SyncState, run: SyncRun, lease: Lease, error: GoogleError) -> None:
    changes: dict[str, Any] = {}
    if error.retry is Retry.NEVER:  # a row that an administrator parked meanwhile stays parked
        changes["parked"] = True
    if isinstance(error, EndlessList):
        changes["page_token"] = ""
    changes |= {"error_code": error.code, "error_message": error.message}
    with acting_under(lease):
        put_off(lease, wait=_pause(state.attempts, error), **changes)
        _note_failure(state, run, error)


@contextmanager
def interruptions_settled(state: SyncState, lease: Lease) -> Iterator[None]:
    """Handle database errors, lost leases and unexpected errors, so that they end the work but
    not the worker.

    Uncommitted changes are rolled back; the run continues at its page.
    """
    try:
        yield
    except LeaseLost:
        log.info("lease_lost", state=state.pk)
    except (DatabaseError, InterfaceError) as error:
        log.warning("sync_interrupted", state=state.pk, error=type(error.__cause__).__name__)
        _release_interrupted(state, lease, NOT_STORED)
    except Exception:  # one calendar must not affect the others
        log.exception("sync_fault", state=state.pk)
        _release_interrupted(state, lease, UNFORESEEN)


def _release_interrupted(state: SyncState, lease: Lease, told: tuple[str, str]) -> None:
    for pause in RELEASE_PAUSES_SECONDS:
        time.sleep(pause)
        if not connection.in_atomic_block:
            connection.close()
        try:
            with acting_as(user_id=state.owner_id):
                put_off(
                    lease,
                    wait=SYNC.wait(state.attempts),
                    error_code=told[0],
                    error_message=told[1],
                )
        except (DatabaseError, InterfaceError):
            continue
        except LeaseLost:
            log.info("lease_lost", state=state.pk)
        return


def _note_failure(state: SyncState, run: SyncRun, error: GoogleError) -> None:
    SyncRun.objects.filter(pk=run.pk).update(error_code=error.code)
    if error.retry is Retry.NEVER:
        end_run(run, SyncRun.Outcome.FAILED, error_code=error.code)
        if run.kind == SyncRun.Kind.FULL:
            SyncState.objects.filter(pk=state.pk).update(full_wanted=True)
    if isinstance(error, NotFound) and state.calendar_id is not None:
        the_list = SyncState.objects.filter(connection=state.connection_id, calendar=None)
        request_syncs(the_list.filter(parked=False).values_list("pk", flat=True))


def _next_look(now: datetime, standing: Decision) -> datetime:
    usual = now + timedelta(seconds=settings.SYNC_INTERVAL_SECONDS) * random_factor(*JITTER)
    return min(usual, standing.relist_at) if standing.relist_at else usual


def _pause(attempts: int, error: GoogleError) -> timedelta:
    if error.retry is Retry.HOURS:
        return DAILY_LIMIT.wait(0)
    if isinstance(error, RefreshUnderWay):  # it ends soon in either case
        return timedelta(seconds=error.retry_after_seconds or 0) * random_factor(*JITTER)
    return max(timedelta(seconds=error.retry_after_seconds or 0), SYNC.wait(attempts))
