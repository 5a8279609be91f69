"""Writes the audit log.

What a request did is collected on it and written when its transaction has ended, so that a
refusal, a roll-back or a crash keeps its entry.
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
    """What the request does to others from here on is recorded as this person's doing."""
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
    """Notes an event of `audit/events.py`: with the request's end, or at once without a request.

    What the administration pages do to others names the administrator by itself. `details` never
    holds a secret. The `jti` of the access token that the request came with, or that is given
    there, is stored as its digest.
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
    """One INSERT for what is listed, one round trip for what is counted."""
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
        # The request is over: its answer stays, and the log of the process keeps the entry.
        names = [row.event for row in listed]
        log.error("audit_not_written", events=names, error=type(error).__name__)


def write_tallies(*, until: datetime | None = None) -> int:
    """Writes what was counted in the spans that are over; gives the number of rows."""
    written = 0
    for name, rows in take_tallies(until=until):
        _insert(rows)
        forget_tally(name)
        written += len(rows)
    return written


def _insert(rows: list[AuditEvent]) -> None:
    """A person who is gone by now is left out of the row, not the row."""
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
    """Of an administrator's entries the address is no trace of the person who is deleted."""
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
