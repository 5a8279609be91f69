"""The lock order of calendar rows, which prevents deadlocks.

1. The connection. Writers for one of its collections share it (FOR KEY SHARE), so that syncs of
one account run in parallel; ending or deleting it takes FOR UPDATE, which waits for running
pages and blocks new ones.
2. The connection's credential.
3. Calendars, in the order of their keys.
4. Events and what is derived from them.
5. The rows of sync work (SyncState) in the order of their keys, then runs.

Transactions that lock a single row (a claim, a heartbeat) need no order. A deadlock that
PostgreSQL detects all the same is rolled back and retried: a request by accounts.middleware, a
task's work when its row is due again.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection as database
from django.db.models import QuerySet

from calendars.models import Calendar, Connection, SyncState


def share_connection(connection_id: UUID) -> bool:
    """Keep the connection from being ended or deleted. Returns False if it no longer exists.

    Django's select_for_update doesn't support FOR KEY SHARE.
    """
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT FROM calendars_connection WHERE id = %s FOR KEY SHARE", [connection_id]
        )
        return bool(cursor.rowcount == 1)


def hold_calendars_of(owner_id: int) -> None:
    """Lock before deleting all of a user's calendars: waits for running pages and blocks new
    ones."""
    _lock(Connection.objects.filter(owner_id=owner_id).select_for_update())
    _lock(Calendar.objects.filter(owner_id=owner_id).select_for_update())


def lock_calendars(calendars: QuerySet[Calendar]) -> None:
    """Lock before changing several of them."""
    _lock(calendars.select_for_update(of=("self",), no_key=True))


def lock_states(states: QuerySet[SyncState]) -> None:
    """Before several of them are changed."""
    _lock(states.select_for_update(of=("self",), no_key=True))


def _lock(rows: QuerySet[Connection] | QuerySet[Calendar] | QuerySet[SyncState]) -> None:
    list(rows.order_by("pk").values_list("pk"))
