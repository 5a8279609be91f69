"""One order in which transactions lock the rows of calendars, so that none waits in a circle.

1. The connection. Who writes for one of its collections shares it (FOR KEY SHARE), so that syncs of
   one account do not wait for each other; who ends or deletes it holds it alone (FOR UPDATE), and
   so waits until no page is being written, and lets no other begin.
2. The connection's credential.
3. Calendars, in the order of their keys.
4. Events and what is derived from them.
5. The rows of sync work (SyncState) in the order of their keys, then runs.

What locks a single row and nothing after it (a claim, a heartbeat) needs no order. A deadlock that
PostgreSQL detects all the same is rolled back and retried: a request by accounts.middleware, a
task's work when its row is due again.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection as database
from django.db.models import QuerySet

from calendars.models import Calendar, Connection, SyncState


def share_connection(connection_id: UUID) -> bool:
    """Until the transaction ends nobody can end or delete the connection. False: it is gone.

    Django's select_for_update knows no FOR KEY SHARE.
    """
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT FROM calendars_connection WHERE id = %s FOR KEY SHARE", [connection_id]
        )
        return bool(cursor.rowcount == 1)


def hold_calendars_of(owner_id: int) -> None:
    """Before all of a person's calendars go: no page is being written, and none will be."""
    _lock(Connection.objects.filter(owner_id=owner_id).select_for_update())
    _lock(Calendar.objects.filter(owner_id=owner_id).select_for_update())


def lock_calendars(calendars: QuerySet[Calendar]) -> None:
    """Before several of them are changed."""
    _lock(calendars.select_for_update(of=("self",), no_key=True))


def lock_states(states: QuerySet[SyncState]) -> None:
    """Before several of them are changed."""
    _lock(states.select_for_update(of=("self",), no_key=True))


def _lock(rows: QuerySet[Connection] | QuerySet[Calendar] | QuerySet[SyncState]) -> None:
    list(rows.order_by("pk").values_list("pk"))
