"""The outbox: sends what was changed here to Google, one change at a time.

A worker claims a change in a short transaction, calls Google outside any, and stores the answer in
a third, if its lease still holds. So each step can be repeated: a new event has an id of ours, a
change names the version it is based on, and what may have been sent is noted before the call.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Count, Min, QuerySet
from django.utils import timezone

from accounts.security_context import acting_as, acting_as_system
from calendars.events import confirming
from calendars.events.expansion import Horizon
from calendars.events.pending import SEND_TASK
from calendars.google.client import client_for
from calendars.google.credentials import require_reconnect
from calendars.google.errors import (
    AccessTokenRejected,
    ClientMisconfigured,
    GoogleError,
    GoogleUnavailable,
    GrantRevoked,
    NotFound,
    RateLimited,
    Retry,
    ScopeMissing,
    WriteAccessMissing,
)
from calendars.google.quota import Priority
from calendars.models import Connection, PendingChange, SyncState
from calendars.models.locks import share_connection
from calendars.sync.delivery import Found, Outcome, Removed, Written, deliver
from calendars.sync.due import request_syncs
from calendars.sync.settling import UNFORESEEN
from config.backoff import DAILY_LIMIT, OUTBOX
from config.database.faults import is_passing
from config.metrics import CHANGES_SENT, CHANGES_WAITING, OLDEST_CHANGE_SECONDS
from config.workers import announce, send

log = structlog.get_logger(__name__)
# Longer than the time-out of one call, and renewed before each attempt. A late worker writes
# nothing here, and what it wrote at Google is found there.
LEASE = timedelta(seconds=90)
COMMIT_PAUSES_SECONDS = (0.1, 0.5, 1.0, 2.0, 4.0, 8.0)
ROUNDS = 5  # a version found and a change made meanwhile are followed at once, so often
SWEEP_SIZE = 500
REPEATED = 5  # calls to the same end, after which a missing calendar is no passing fault
Kind = PendingChange.Kind


@dataclass(frozen=True, slots=True)
class _Claim:
    """The right to send one change."""

    event_id: uuid.UUID
    owner_id: int
    token: uuid.UUID


def send_change(event_id: uuid.UUID) -> int:
    """Send the change of an event, and what is left of it. Returns the number of attempts."""
    for attempt in range(ROUNDS):
        if not _send_once(event_id):
            return attempt
    return ROUNDS


def sweep_outbox() -> int:
    """Notify the workers of the changes that are due; return how many."""
    with acting_as_system(reason="to list what is due"):
        ready = PendingChange.objects.ready(timezone.now()).values_list("pk", flat=True)
        ids = list(ready[:SWEEP_SIZE])
    for event_id in ids:
        send(SEND_TASK, str(event_id))
    measure_outbox()
    return len(ids)


def resume_changes(account: Connection) -> None:
    """Send what waited for a new grant, or for the permission to change events."""
    waiting = PendingChange.objects.filter(calendar__connection=account)
    waiting = waiting.filter(state=PendingChange.State.PENDING)
    if account.may_write:
        waiting.update(due_at=timezone.now(), attempts=0, error_code="", error_message="")
        for event_id in waiting.values_list("pk", flat=True)[:SWEEP_SIZE]:
            announce(SEND_TASK, str(event_id))


def retry_changes(changes: QuerySet[PendingChange]) -> int:
    """Send waiting and refused changes now; return how many. Conflicts need a decision."""
    pending = PendingChange.State.PENDING
    ids = list(changes.exclude(state=PendingChange.State.CONFLICT).values_list("pk", flat=True))
    count = PendingChange.objects.filter(pk__in=ids).update(
        state=pending, due_at=timezone.now(), attempts=0, error_code="", error_message=""
    )
    for event_id in ids:
        announce(SEND_TASK, str(event_id))
    return count


def measure_outbox() -> None:
    """Set the gauges: how many changes there are by state, and since when the oldest waits."""
    with acting_as_system(reason="to measure the outbox"):
        rows = PendingChange.objects.values("state").annotate(
            count=Count("pk"), oldest=Min("created_at")
        )
        found = {row["state"]: row for row in rows}
    for state in PendingChange.State.values:
        row = found.get(state)
        CHANGES_WAITING.labels(state).set(row["count"] if row else 0)
        age = (timezone.now() - row["oldest"]).total_seconds() if row else 0
        OLDEST_CHANGE_SECONDS.labels(state).set(age)


def _send_once(event_id: uuid.UUID) -> bool:
    """Returns False if there is nothing to be sent now."""
    claim = _claim(event_id)
    change = _begin(claim) if claim else None
    if claim is None or change is None:
        return False
    with _interruptions_settled(claim):
        try:
            outcome = deliver(change, _client(change))
        except GoogleError as error:
            _settle_failure(claim, change, error)
        else:
            _commit(claim, partial(_take, outcome))
            CHANGES_SENT.labels(change.kind, type(outcome).__name__.lower()).inc()
            log.info("change_sent", kind=change.kind, outcome=type(outcome).__name__)
    return True


def _claim(event_id: uuid.UUID) -> _Claim | None:
    """Returns None if another worker holds it, or it isn't due or may not be sent yet."""
    now = timezone.now()
    pending = PendingChange.objects.filter(state=PendingChange.State.PENDING, due_at__lte=now)
    mine = pending.filter(pk=event_id)
    with acting_as_system(reason="to claim a change, and learn whose it is"):
        if not PendingChange.objects.ready(now).filter(pk=event_id).exists():
            return None
        token = mine.claim(lasting=LEASE)
        if token is None:
            return None
        owner_id = mine.values_list("owner_id", flat=True).get()
    return _Claim(event_id, owner_id, token)


def _begin(claim: _Claim) -> PendingChange | None:
    """Read what is to be sent, and note it before Google may get it."""
    with acting_as(user_id=claim.owner_id, is_change=False):
        change = _held(claim)
        if change is not None:
            is_whole = change.kind in (Kind.DELETE, Kind.MOVE)
            change.sent = [*change.sent, {} if is_whole else change.mine]
            change.save(update_fields=["sent"])
    return change


def _held(claim: _Claim) -> PendingChange | None:
    """Locked; None if the lease was lost."""
    held = PendingChange.objects.select_for_update(of=("self",), no_key=True)
    held = held.select_related("calendar__connection", "source")
    return held.filter(pk=claim.event_id, lease_token=claim.token).first()


def _client(change: PendingChange) -> Any:
    account = change.calendar.connection
    assert account is not None  # noqa: S101 - only Google's calendars have pending changes
    return client_for(account, priority=Priority.PERSON)


def _commit(claim: _Claim, settle: Callable[[PendingChange], None]) -> None:
    """Run the transaction that ends an attempt, also if the database restarts meanwhile."""
    for pause in COMMIT_PAUSES_SECONDS:
        try:
            _commit_once(claim, settle)
        except (DatabaseError, InterfaceError) as error:
            if connection.in_atomic_block or not is_passing(error):
                raise
            log.warning("outbox_waits_for_database", error=type(error).__name__)
            connection.close()
            time.sleep(pause)
        else:
            return


def _commit_once(claim: _Claim, settle: Callable[[PendingChange], None]) -> None:
    """With locks in the order of calendars.models.locks. It does nothing if the lease was lost or
    the account is gone."""
    with acting_as(user_id=claim.owner_id):
        change = PendingChange.objects.filter(pk=claim.event_id).select_related("calendar").first()
        if change is None or change.calendar.connection_id is None:
            return
        if share_connection(change.calendar.connection_id):
            Horizon.locked(change.calendar)
            held = _held(claim)
            if held is not None:
                settle(held)


def _take(outcome: Outcome, change: PendingChange) -> None:
    was_deleted_meanwhile = change.theirs_deleted
    match outcome:
        case Written(row):
            confirming.confirm(change, row)
        case Removed():
            confirming.confirm_removal(change)
        case Found(row):
            confirming.take_version(change, row)
    if was_deleted_meanwhile and isinstance(outcome, Written):
        # A page told a deletion that may be older or newer than the answer: a full list knows.
        states = SyncState.objects.filter(calendar=change.calendar)
        request_syncs(states.values_list("pk", flat=True), full=True)


def _settle_failure(claim: _Claim, change: PendingChange, error: GoogleError) -> None:
    CHANGES_SENT.labels(change.kind, error.code).inc()
    log.warning("change_not_sent", change=str(claim.event_id), code=error.code)
    account = change.calendar.connection
    if isinstance(error, GrantRevoked | AccessTokenRejected) and account is not None:
        require_reconnect(account, error)
    if isinstance(error, ScopeMissing):
        error = WriteAccessMissing()
    if _is_final(error, change.attempts):
        _commit(claim, partial(confirming.give_up, code=error.code, message=error.message))
    else:
        _commit(claim, partial(_put_off, error))
    if isinstance(error, NotFound):
        _ask_for_the_list(claim, account)


def _is_final(error: GoogleError, attempts: int) -> bool:
    """What only the operator or a new consent can end is no refusal of the change."""
    if isinstance(error, NotFound):
        return attempts >= REPEATED
    waits = GrantRevoked | AccessTokenRejected | ClientMisconfigured
    return error.retry is Retry.NEVER and not isinstance(error, waits)


def _put_off(error: GoogleError, change: PendingChange) -> None:
    confirming.put_off(
        change,
        is_known=not isinstance(error, GoogleUnavailable),
        due_at=timezone.now() + _wait(error, change.attempts),
        error_code=error.code,
        error_message=error.message,
    )


def _wait(error: GoogleError, attempts: int) -> timedelta:
    if error.retry is Retry.HOURS or isinstance(error, WriteAccessMissing):
        return DAILY_LIMIT.wait(0)
    asked = timedelta(seconds=error.retry_after_seconds or 0)
    if isinstance(error, RateLimited) and asked:
        return asked
    return max(asked, OUTBOX.wait(attempts))


def _ask_for_the_list(claim: _Claim, account: Connection | None) -> None:
    """Only the calendar list says whether the calendar still exists."""
    with acting_as(user_id=claim.owner_id):
        states = SyncState.objects.filter(connection=account, calendar=None, parked=False)
        request_syncs(states.values_list("pk", flat=True))


@contextmanager
def _interruptions_settled(claim: _Claim) -> Iterator[None]:
    """A failure of the database or of our own ends the attempt and not the worker. The lease
    lapses, and the next worker finds out what Google has."""
    try:
        yield
    except (DatabaseError, InterfaceError) as error:
        log.warning("sending_interrupted", change=str(claim.event_id), error=type(error).__name__)
        raise
    except Exception:
        log.exception("sending_fault", change=str(claim.event_id))
        _commit(claim, _put_off_unforeseen)


def _put_off_unforeseen(change: PendingChange) -> None:
    confirming.put_off(
        change,
        is_known=False,
        due_at=timezone.now() + OUTBOX.wait(change.attempts),
        error_code=UNFORESEEN[0],
        error_message=UNFORESEEN[1],
    )
