"""A connection's calendar list as a synced collection."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from calendars.events.writing import PageCounts
from calendars.google.client import Page, client_for
from calendars.google.quota import Priority
from calendars.google.wire import CalendarRow, calendar_row
from calendars.models import Calendar, Connection, SyncRun, SyncState
from calendars.models.locks import lock_calendars
from calendars.sync.due import announce_sync, request_syncs
from calendars.sync.settling import Decision
from config.workers import OneOfMany
from profiles.models import Door
from profiles.services import adopt_zone

FROM_GOOGLE = (
    *("name", "description", "colour", "time_zone", "primary", "read_only"),
    "default_reminders",
)
_Items = list[dict[str, Any]]


class CalendarListCollection:
    """The calendars of one connection, page by page. The list is short, so nothing is fetched
    ahead."""

    def __init__(self, connection: Connection, *, priority: Priority) -> None:
        self.connection = connection
        self._client = client_for(connection, priority=priority)

    def fetch(self, *, page_token: str, sync_token: str) -> Page[_Items]:
        return self._client.list_calendars(page_token=page_token, sync_token=sync_token)

    def first_look(self) -> Iterator[Page[_Items]]:
        return iter(())

    def take_retries(self) -> int:
        retries, self._client.retries = self._client.retries, 0
        return retries

    def write(self, items: _Items, run: SyncRun, *, seen: bool = True) -> PageCounts:
        counts = PageCounts(fetched=len(items))
        lock_calendars(Calendar.objects.filter(connection=self.connection))
        for item in items:
            with (
                OneOfMany("calendar_unreadable", connection=str(self.connection.pk)) as one,
                transaction.atomic(),
            ):
                self._take(calendar_row(item), run, counts)
            if one.failed:  # unreadable entries are listed, and so kept
                counts.quarantined += 1
                Calendar.objects.filter(
                    connection=self.connection, remote_id=str(item.get("id"))
                ).update(seen_run=run.pk)
        return counts

    def _take(self, row: CalendarRow | None, run: SyncRun, counts: PageCounts) -> None:
        if row is None:
            counts.quarantined += 1
        elif row.removed:
            counts.deleted += _remove(self.connection, [row.remote_id])
        else:
            created = _store(self.connection, row, run.pk)
            counts.created += created
            counts.updated += not created

    def set_aside_refused(self, items: _Items) -> bool:
        """Entries are already stored one by one."""
        return False

    def finish_full(self, run: SyncRun) -> tuple[int, Decision]:
        """An account always has a calendar, so an empty list is not trusted."""
        believed = Decision(SyncState.Deletions.APPLIED)
        known = Calendar.objects.filter(connection=self.connection, removed_at=None)
        if not known.filter(seen_run=run.pk).exists():
            return 0, believed
        unseen = known.filter(~Q(seen_run=run.pk) | Q(seen_run=None))
        removed = _remove(self.connection, list(unseen.values_list("remote_id", flat=True)))
        return removed, believed


def _store(connection: Connection, row: CalendarRow, run_id: uuid.UUID) -> bool:
    """Store a calendar, keeping the user's selection; return whether it is new."""
    given = {name: getattr(row, name) for name in FROM_GOOGLE} | {"seen_run": run_id}
    was_removed = Calendar.objects.filter(
        connection=connection, remote_id=row.remote_id, removed_at__isnull=False
    ).exists()
    calendar, created = Calendar.objects.update_or_create(
        connection=connection,
        remote_id=row.remote_id,
        defaults={**given, "removed_at": None},
        create_defaults={**given, "owner_id": connection.owner_id, "selected": row.selected},
    )
    if created:
        state = SyncState.objects.create(
            connection=connection, calendar=calendar, owner_id=connection.owner_id
        )
        announce_sync(state.pk)
        if row.primary:
            adopt_zone(owner=connection.owner, name=row.time_zone, door=Door.CALENDAR)
    elif was_removed:
        request_syncs([calendar.sync_state.pk], full=True)
    return created


def _remove(connection: Connection, remote_ids: list[str]) -> int:
    """Hide calendars from every view; their rows stay until the connection is deleted."""
    known = Calendar.objects.filter(
        connection=connection, remote_id__in=remote_ids, removed_at=None
    )
    gone = list(known.values_list("pk", flat=True))
    count = Calendar.objects.filter(pk__in=gone).update(removed_at=timezone.now())
    SyncState.objects.filter(calendar__in=gone).update(parked=True)
    return count
