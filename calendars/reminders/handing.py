"""Hands over the reminders that are due: to emails, to the messages of devices, to open pages.

All that is due of one owner is one transaction: a worker that dies hands over nothing, and one that
has committed is done. So nothing is handed over twice; what follows (an email, a message) is a row
with a lease, and a lease that lapsed is counted. The event is looked at once more, so that no
reminder tells of what was deleted or moved a moment ago.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.reading import for_reader
from accounts.security_context import acting_as, acting_as_system
from calendars.events.people import own_response
from calendars.models import Event, Occurrence, Reminder
from calendars.reminders.devices import devices_of
from calendars.reminders.mails import queue_reminder
from calendars.reminders.popups import announce_popups
from calendars.reminders.pushes import queue_pushes
from calendars.reminders.words import LATE
from config.metrics import REMINDERS
from config.workers import OneOfMany

RUN_SECONDS = 50
BATCH = 100
OWNERS = 500
DECLINED = "declined"
Method, State = Reminder.Method, Reminder.State


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder that is due, with its occurrence as it is now."""

    row: Reminder
    event: Event
    start_at: datetime
    end_at: datetime
    is_late: bool


def send_due_reminders() -> int:
    """Hand over until nothing is due, for RUN_SECONDS; return how many reminders it was.

    Workers take owners in an order of their own, so that they don't wait for each other.
    """
    handed, until = 0, time.monotonic() + RUN_SECONDS
    done: set[int] = set()
    while (owners := _owners_due(done)) and time.monotonic() < until:
        random.shuffle(owners)
        for owner_id in owners:
            with OneOfMany("reminder_fault", owner=owner_id):
                handed += hand_over_of(owner_id)
        done.update(owners)
    return handed


def hand_over_of(owner_id: int) -> int:
    """Hand over all that is due of one owner, some at a time."""
    total = 0
    while True:
        with acting_as(user_id=owner_id, is_change=False):
            taken, handed = _hand_over_some(owner_id, timezone.now())
        total += handed
        if taken < BATCH:
            return total


def _owners_due(done: Iterable[int]) -> list[int]:
    due = Reminder.objects.due(timezone.now()).order_by().exclude(owner_id__in=list(done))
    with acting_as_system(reason="to list owners with reminders that are due"):
        return list(due.values_list("owner_id", flat=True).distinct()[:OWNERS])


def _hand_over_some(owner_id: int, now: datetime) -> tuple[int, int]:
    """Return how many rows were taken, and how many handed over."""
    mine = Reminder.objects.due(now).filter(owner_id=owner_id)
    rows = list(mine.select_for_update(skip_locked=True, no_key=True, of=("self",))[:BATCH])
    if not rows:
        return 0, 0
    missed = [row for row in rows if row.expires_at < now]
    if missed:
        _note_missed(missed, now)
    current = _current([row for row in rows if row.expires_at >= now], now)
    gone = {row.pk for row in rows} - {row.pk for row in missed} - {due.row.pk for due in current}
    if gone:
        Reminder.objects.filter(pk__in=gone).delete()
    if current:
        _hand_over(owner_id, current, now)
    return len(rows), len(current)


def _current(rows: Sequence[Reminder], now: datetime) -> list[Due]:
    """Those whose occurrence is still as it was when the reminder was made."""
    events = Event.objects.in_bulk([row.event_id for row in rows])
    occurrences = _occurrences(rows)
    found = []
    for row in rows:
        event = events.get(row.event_id)
        end_at = occurrences.get((row.event_id, row.original_start_at, row.start_at))
        if event is None or end_at is None or event.status == Event.Status.CANCELLED:
            continue
        if own_response(event.attendees) == DECLINED:
            continue
        is_late = now - row.due_at > LATE
        found.append(Due(row, event, row.start_at, end_at, is_late))
    return found


def _occurrences(rows: Sequence[Reminder]) -> dict[tuple[UUID, datetime, datetime], datetime]:
    """Return the ends of the occurrences by their keys and starts."""
    found = Occurrence.objects.filter(
        event_id__in={row.event_id for row in rows},
        original_start_at__in={row.original_start_at for row in rows},
    )
    columns = ("event_id", "original_start_at", "start_at", "end_at")
    return {tuple(key): end_at for *key, end_at in found.values_list(*columns)}


def _hand_over(owner_id: int, due: Sequence[Due], now: datetime) -> None:
    owner = User.objects.get(pk=owner_id)
    by_method = {method: [one for one in due if one.row.method == method] for method in Method}
    with for_reader(owner):
        for one in by_method[Method.MAIL]:
            one.row.mail_id = queue_reminder(
                owner=owner,
                event=one.event,
                start_at=one.start_at,
                end_at=one.end_at,
                is_late=one.is_late,
                now=now,
            )
        _to_devices(owner_id, by_method[Method.PUSH], now)
    for one in due:
        one.row.handed_at = now
        if one.row.state == State.SCHEDULED:
            is_popup = one.row.method == Method.POPUP
            one.row.state = State.RINGING if is_popup else State.HANDED
    names = ["state", "mail_id", "handed_at", "ended_at", "error_code"]
    Reminder.objects.bulk_update([one.row for one in due], names)
    if by_method[Method.POPUP]:
        announce_popups(owner_id)
    _count(due)


def _to_devices(owner_id: int, due: Sequence[Due], now: datetime) -> None:
    if not due:
        return
    devices = list(devices_of(owner_id))
    for one in due:
        if not devices:
            one.row.state, one.row.ended_at = State.FAILED, now
            one.row.error_code = "no-device"
            continue
        queue_pushes(
            devices,
            reminder=one.row,
            event=one.event,
            start_at=one.start_at,
            end_at=one.end_at,
            is_late=one.is_late,
            now=now,
        )


def _note_missed(rows: Sequence[Reminder], now: datetime) -> None:
    keys = [row.pk for row in rows]
    Reminder.objects.filter(pk__in=keys).update(state=State.MISSED, ended_at=now)
    _after_commit([REMINDERS.labels(row.method, "missed").inc for row in rows])


def _count(due: Sequence[Due]) -> None:
    counts = [REMINDERS.labels(one.row.method, "handed_over").inc for one in due]
    counts += [REMINDERS.labels(one.row.method, "late").inc for one in due if one.is_late]
    _after_commit(counts)


def _after_commit(counts: Sequence[Callable[[], object]]) -> None:
    for count in counts:
        transaction.on_commit(partial(count))
