"""Write the audit log.

Events are collected on the request and written after its transaction, so that a refusal, a
rollback or a crash is recorded too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import structlog
from django.db import Error as DatabaseError
from django.db.models import Subquery
from django.http import HttpRequest

from accounts.audit import events
from accounts.audit.tally import count_events, forget_tally, take_tallies
from accounts.clients import Client
from accounts.models import AuditEvent, User
from accounts.tokens.access import Authentication

log = structlog.get_logger(__name__)
TRAIL = "audit_trail"
_ADMINISTRATOR = "acting_administrator"


def act_as_administrator(request: HttpRequest) -> None:
    """Attribute the rest of the request's events to this administrator."""
    setattr(request, _ADMINISTRATOR, request.user)


def record(
    event: str,
    *,
    user: User | None,
    request: HttpRequest | None = None,
    outcome: str = events.OK,
    reason: str = "",
    method: str = "",
    session_id: UUID | None = None,
    client_id: str = "",
    details: dict[str, str] | None = None,
    by: str = "",
) -> None:
    """Record an event of `audit/events.py` at the end of the request, or immediately without
    one.

    Admin pages name the administrator automatically. `details` must not contain a secret. The
    `jti` of the request's access token, or one given in `details`, is stored as a digest.
    """
    entry = AuditEvent(
        event=event,
        outcome=outcome,
        reason=reason,
        user=user,
        method=method,
        session_id=session_id,
        client_id=client_id,
        details=_without_jti(_jti_of(request) | (details or {})),
        by=by,
    )
    administrator: User | None = getattr(request, _ADMINISTRATOR, None)
    if administrator is not None and (user is None or administrator.pk != user.pk):
        entry.by, entry.actor = events.ADMINISTRATOR, administrator
    if request is not None:
        _describe(entry, request)
    trail: list[AuditEvent] | None = getattr(request, TRAIL, None)
    if trail is None:
        write([entry])
    else:
        trail.append(entry)


def write(entries: Iterable[AuditEvent]) -> None:
    """Write the request's events: one INSERT for listed ones, one round trip for counted ones."""
    rows = list(entries)
    if any(row.event == events.ACCOUNT_DELETED for row in rows):
        rows = [_anonymous(row) for row in rows]
    counted = [row for row in rows if row.event in events.COUNTED]
    listed = [row for row in rows if row.event not in events.COUNTED]
    if counted:
        count_events(counted)
    if not listed:
        return
    try:
        _insert(listed)
    except DatabaseError as error:
        # The request has ended and its response stays; the process log keeps the event.
        names = [row.event for row in listed]
        log.error("audit_not_written", events=names, error=type(error).__name__)


def write_tallies(*, until: datetime | None = None) -> int:
    """Write the counts of finished intervals; return the number of rows."""
    written = 0
    for name, rows in take_tallies(until=until):
        _insert(rows)
        forget_tally(name)
        written += len(rows)
    return written


def _insert(rows: list[AuditEvent]) -> None:
    """Insert events; the reference to a user deleted meanwhile is dropped, not the event."""
    for row in rows:
        for column in ("user_id", "actor_id"):
            person = getattr(row, column)
            if person is not None:
                setattr(row, column, Subquery(User.objects.filter(pk=person).values("pk")))
    AuditEvent.objects.bulk_create(rows, ignore_conflicts=True)


def _describe(entry: AuditEvent, request: HttpRequest) -> None:
    client = Client.of(request)
    entry.ip, entry.user_agent = client.ip, client.user_agent
    entry.request_id = getattr(request, "request_id", "")


def _anonymous(entry: AuditEvent) -> AuditEvent:
    """Events of an administrator keep their address, which doesn't identify the deleted user."""
    entry.user = entry.session_id = None
    if not entry.by:
        entry.ip = None
        entry.user_agent = entry.client_id = ""
    return entry


def _jti_of(request: HttpRequest | None) -> dict[str, str]:
    authentication: Authentication | None = getattr(request, "authentication", None)
    return {"jti": authentication.jti} if authentication and authentication.jti else {}


def _without_jti(details: dict[str, str]) -> dict[str, str]:
    if "jti" not in details:
        return details
    digest = hashlib.sha256(details["jti"].encode()).hexdigest()
    return {**details, "jti": f"sha256:{digest}"}
