"""Makes reminders ahead: all of an owner's that are due within a window, again when something
changes.

The whole window is planned anew and compared with the rows, so that no writer of events and no
setting has to know of reminders: an owner is rolled when the change sequence moved on, when the
settings or the zone changed, and once a day. Nothing is written if nothing differs. A sync pays
nothing for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.security_context import acting_as, acting_as_system
from calendars.models import (
    Calendar,
    NotificationPreferences,
    Reminder,
    ReminderRoll,
    event_id_for,
)
from calendars.reminders.defaults import DAY_MINUTES, LONGEST_MINUTES, CalendarReminders
from calendars.reminders.devices import devices_of
from calendars.reminders.planning import Happening, Planned, Ways, plan
from config.workers import OneOfMany
from profiles.preferences import reader_of

WINDOW = timedelta(hours=48)
AHEAD_AT_LEAST = timedelta(hours=24)
LOOKED_BACK = timedelta(days=1)
# What is planned for a moment that is just over when it becomes known is still due.
JUST_KNOWN = timedelta(minutes=1)
OWNERS = 200
BATCH = 500
State = Reminder.State
# A clock that was ahead leaves a window that ends too late: it is made again as well.
_OWNERS_BEHIND = """
SELECT sequence.owner_id FROM calendars_changesequence AS sequence
LEFT JOIN calendars_reminderroll AS roll USING (owner_id)
LEFT JOIN profiles_profile AS profile USING (owner_id)
WHERE (roll.number IS NULL OR roll.number < sequence.last OR roll.rolled_until IS NULL
       OR roll.rolled_until NOT BETWEEN %(least)s AND %(most)s
       OR roll.zone <> coalesce(profile.timezone, ''))
  AND sequence.owner_id <> ALL(%(done)s)
ORDER BY roll.rolled_until NULLS FIRST, sequence.owner_id LIMIT %(limit)s
"""
# Only reminders that an event has of its own may be due long before it.
HAPPENINGS = """
SELECT o.event_id, e.calendar_id, e.recurring_event_id, o.original_start_at, o.start_at, o.all_day,
    e.reminders::text, e.changed_at
FROM calendars_occurrence AS o
JOIN calendars_event AS e ON e.id = o.event_id
WHERE o.owner_id = %(owner)s AND o.start_at >= %(after)s AND o.start_at < %(before)s
  AND e.owner_id = %(owner)s AND e.status <> 'cancelled' AND e.event_type <> 'workingLocation'
  AND (o.start_at < %(near)s OR e.reminders ? 'overrides')
  AND NOT e.attendees @> '[{"self": true, "response": "declined"}]'
"""
_ROLL = """
SELECT coalesce((SELECT last FROM calendars_changesequence WHERE owner_id = %(owner)s), 0),
    coalesce((SELECT timezone FROM profiles_profile WHERE owner_id = %(owner)s), '')
"""


def roll_owners() -> int:
    """Roll all owners that are behind, each in its own context; return how many."""
    done: list[int] = []
    failed = 0
    while owners := _owners_behind(done):
        for owner_id in owners:
            with OneOfMany("reminders_roll_fault", owner=owner_id) as one:
                roll_owner(owner_id)
            failed += one.failed
        done += owners
    return len(done) - failed


def roll_owner(owner_id: int) -> None:
    with acting_as(user_id=owner_id, is_change=False):
        roll_reminders(owner_id=owner_id, now=timezone.now())


def roll_again(owner_id: int) -> None:
    """Have the owner's reminders made again: a setting changed."""
    ReminderRoll.objects.filter(owner_id=owner_id).update(rolled_until=None)


def roll_reminders(*, owner_id: int, now: datetime) -> None:
    """Make, move and drop the owner's rows of the window. Runs in the owner's transaction."""
    ReminderRoll.objects.bulk_create([ReminderRoll(owner_id=owner_id)], ignore_conflicts=True)
    roll = ReminderRoll.objects.select_for_update(no_key=True).get(pk=owner_id)
    number, zone = _state(owner_id)  # before anything else is read: later changes are read again
    ways = _ways(owner_id)
    calendars = _calendars(owner_id)
    until = now + WINDOW
    settings = _digest(ways, calendars)
    planned = {
        one.id: one for one in _planned(owner_id, now, until, ways, calendars) if one.due_at < until
    }
    rows = _rows(owner_id, now)
    _drop(rows, planned, until)
    _move(rows, planned, now)
    _make(
        owner_id,
        [
            one
            for one in planned.values()
            if one.id not in rows and _is_owed(one, roll, now, is_same=roll.settings == settings)
        ],
    )
    roll.number, roll.zone, roll.settings, roll.rolled_until = number, zone, settings, until
    roll.save()


def _is_owed(one: Planned, roll: ReminderRoll, now: datetime, *, is_same: bool) -> bool:
    """Return whether a reminder that wasn't there is to be made.

    One whose time is over is owed only if it could be known before: nothing reminds of what was
    imported, moved or switched on afterwards. After an outage what was never made is owed too.
    """
    if one.due_at >= now - JUST_KNOWN:
        return True
    if roll.number and roll.rolled_until is not None and one.due_at >= roll.rolled_until:
        return True
    return is_same and one.due_at >= one.changed_at - JUST_KNOWN


def _owners_behind(done: Sequence[int]) -> list[int]:
    now = timezone.now()
    known: dict[str, Any] = {
        "least": now + AHEAD_AT_LEAST,
        "most": now + WINDOW + JUST_KNOWN,
        "done": list(done),
        "limit": OWNERS,
    }
    reason = "to list owners whose reminders are to be made"
    with acting_as_system(reason=reason), connection.cursor() as cursor:
        cursor.execute(_OWNERS_BEHIND, known)
        return [owner_id for (owner_id,) in cursor.fetchall()]


def _state(owner_id: int) -> tuple[int, str]:
    """Return the last change set and the zone of the profile."""
    with connection.cursor() as cursor:
        cursor.execute(_ROLL, {"owner": owner_id})
        number, zone = cursor.fetchone() or (0, "")
    return int(number), str(zone)


def _ways(owner_id: int) -> Ways:
    chosen = NotificationPreferences.objects.filter(pk=owner_id).first()
    chosen = chosen or NotificationPreferences(owner_id=owner_id)
    return Ways(
        mail=chosen.mail,
        popup=chosen.popup,
        push=chosen.push and devices_of(owner_id).exists(),
        zone=reader_of(User(pk=owner_id)).zone,
        all_day_at=chosen.all_day_at,
    )


def _calendars(owner_id: int) -> dict[UUID, CalendarReminders]:
    columns = ("pk", "connection_id", "default_reminders", "own_reminders")
    found = Calendar.objects.of(owner_id).only(*columns).order_by("pk")
    return {calendar.pk: CalendarReminders.of(calendar) for calendar in found}


def _digest(ways: Ways, calendars: dict[UUID, CalendarReminders]) -> str:
    parts = [str(ways), *(f"{key} {value}" for key, value in calendars.items())]
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


def _planned(
    owner_id: int,
    now: datetime,
    until: datetime,
    ways: Ways,
    calendars: dict[UUID, CalendarReminders],
) -> Iterator[Planned]:
    longest = max((each.longest for each in calendars.values()), default=0)
    # An all-day event begins up to a day away from midnight UTC, and reminds days before.
    near = until + timedelta(minutes=longest) + _all_day_lead(calendars)
    place: dict[str, Any] = {
        "owner": owner_id,
        "after": now - LOOKED_BACK,
        "before": until + timedelta(minutes=LONGEST_MINUTES + DAY_MINUTES),
        "near": near,
    }
    with connection.cursor() as cursor:
        cursor.execute(HAPPENINGS, place)
        rows = cursor.fetchall()
    read: dict[str, Any] = {}
    for event_id, calendar_id, parent, original, start, all_day, text, changed in rows:
        defaults = calendars.get(calendar_id)
        if defaults is None:  # its calendar left the account
            continue
        if text not in read:
            read[text] = msgspec.json.decode(text)
        series_id = event_id_for(calendar_id, parent) if parent else event_id
        happening = Happening(
            event_id, series_id, calendar_id, original, start, all_day, read[text], changed
        )
        yield from plan(happening, defaults, ways)


def _all_day_lead(calendars: dict[UUID, CalendarReminders]) -> timedelta:
    days = [lead.before for each in calendars.values() for lead in each.all_day]
    return timedelta(days=max(days, default=0) + 1)


def _rows(owner_id: int, now: datetime) -> dict[UUID, Reminder]:
    recent = Reminder.objects.filter(owner_id=owner_id, start_at__gte=now - LOOKED_BACK)
    columns = ("state", "due_at", "expires_at", "event_id", "snoozed", "lease_until")
    return {row.pk: row for row in recent.only(*columns)}


def _drop(rows: dict[UUID, Reminder], planned: Collection[UUID], until: datetime) -> None:
    """Those that are still to be sent, and whose event no longer has them."""
    gone = [
        row.pk
        for row in rows.values()
        if row.state in (State.SCHEDULED, State.RINGING)
        and row.due_at < until
        and row.pk not in planned
    ]
    if gone:
        Reminder.objects.filter(pk__in=gone, state__in=[State.SCHEDULED, State.RINGING]).delete()


def _move(rows: dict[UUID, Reminder], planned: dict[UUID, Planned], now: datetime) -> None:
    """Those of all-day events whose hour changed, those of an instance that was changed, and those
    that were missed by a clock that was wrong."""
    changed = []
    for key in rows.keys() & planned.keys():
        row, wanted = rows[key], planned[key]
        if row.state == State.MISSED and wanted.due_at > now:
            row.state, row.ended_at = State.SCHEDULED, None
        elif row.state != State.SCHEDULED or (
            row.event_id == wanted.event_id and (row.due_at == wanted.due_at or row.snoozed)
        ):
            continue
        row.event_id, row.expires_at = wanted.event_id, wanted.expires_at
        row.due_at = row.due_at if row.snoozed else wanted.due_at
        changed.append(row)
    if changed:
        names = ["event_id", "due_at", "expires_at", "state", "ended_at"]
        Reminder.objects.bulk_update(changed, names)


def _make(owner_id: int, wanted: Iterable[Planned]) -> None:
    rows = [Reminder(owner_id=owner_id, **_columns(one)) for one in wanted]
    Reminder.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)


def _columns(one: Planned) -> dict[str, Any]:
    values = one._asdict()
    del values["changed_at"]
    return values
