"""Write the audit log.

Events are collected on the request and written after its transaction, so that a refusal, a
rollback or a crash is recorded too.

Anybody can fail to sign in a thousand times a second; the log says so in one row a minute and
key. What no row was written for yet is lost with the shared memory, and stands in the process's
own log.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
import redis
import structlog
from django.db import Error as DatabaseError
from django.db.models import Subquery
from django.http import HttpRequest

from accounts.audit import events
from accounts.audit.events import COUNTED
from accounts.clients import Client
from accounts.models import AuditEvent, User
from accounts.tokens.access import Authentication
from config.database.redis import KEY_PREFIX, SharedMemory, redis_connection

log = structlog.get_logger(__name__)
_memory = SharedMemory("audit_tally_away")
INDEX = f"{KEY_PREFIX}audit-tally"

# Keys that one span tells apart; beyond them events are counted by person alone.
MAX_KEYS = 1000
MEMORY_SECONDS = 7 * 86_400
KEY_COLUMNS = (
    *("event", "outcome", "reason", "method", "user_id", "by", "actor_id"),
    *("session_id", "client_id", "ip"),
)
COARSE_COLUMNS = ("event", "outcome", "method", "user_id", "by", "actor_id")
FIRST_COLUMNS = ("user_agent", "request_id", "details")
_NAMESPACE = uuid.UUID("b0ab6a4c-6f0c-4f0e-9a51-2f0b9d5f7c11")
_COUNT = """
local span, now = tonumber(ARGV[1]), tonumber(redis.call('TIME')[1])
local start = now - now % span
local name, key = KEYS[1] .. ':' .. span .. ':' .. start, ARGV[2]
local full = redis.call('HLEN', name) >= tonumber(ARGV[5])
if full and redis.call('HEXISTS', name, key) == 0 then key = ARGV[3] end
redis.call('HINCRBY', name, key, 1)
redis.call('HSETNX', name .. ':first', key, ARGV[4])
redis.call('EXPIRE', name, ARGV[6])
redis.call('EXPIRE', name .. ':first', ARGV[6])
redis.call('ZADD', KEYS[1], start + span, name)
"""
TRAIL = "audit_trail"
_ADMINISTRATOR = "acting_administrator"


def count_events(entries: Iterable[AuditEvent]) -> None:
    """One round trip for all of them. What cannot be counted is in the log by its name."""
    counted = list(entries)
    names = [entry.event for entry in counted]
    _memory.ask(
        partial(_count, counted), otherwise=lambda: log.error("audit_not_counted", events=names)
    )


def _count(entries: Iterable[AuditEvent], memory: redis.Redis) -> None:
    pipeline = memory.pipeline(transaction=False)
    for entry in entries:
        key, coarse, first = (
            _as_key(entry, columns) for columns in (KEY_COLUMNS, COARSE_COLUMNS, FIRST_COLUMNS)
        )
        arguments = (COUNTED[entry.event], key, coarse, first, MAX_KEYS, MEMORY_SECONDS)
        pipeline.eval(_COUNT, 1, INDEX, *arguments)
    pipeline.execute()


def take_tallies(*, until: datetime | None = None) -> Iterable[tuple[str, list[AuditEvent]]]:
    """The spans that are over, each with its rows; `forget_tally` when the rows are written.

    Ids are derived from span and key, so that rows which are written twice are there once.
    """
    connection: Any = redis_connection()  # its types leave open whether answers are decoded
    now = until.timestamp() if until else connection.time()[0]
    for name in connection.zrangebyscore(INDEX, 0, now):
        counts, firsts = connection.hgetall(name), connection.hgetall(name + b":first")
        yield (
            name.decode(),
            [
                _row(name.decode(), key.decode(), int(count), firsts[key].decode())
                for key, count in counts.items()
            ],
        )


def forget_tally(name: str) -> None:
    connection = redis_connection()
    connection.delete(name, f"{name}:first")
    connection.zrem(INDEX, name)


def _as_key(entry: AuditEvent, columns: Iterable[str]) -> str:
    values = {name: getattr(entry, name) for name in columns}
    return msgspec.json.encode(values, order="deterministic").decode()


def _row(name: str, key: str, count: int, first: str) -> AuditEvent:
    start = datetime.fromtimestamp(int(name.rpartition(":")[2]), UTC)
    columns = msgspec.json.decode(key) | (msgspec.json.decode(first) if count == 1 else {})
    return AuditEvent(
        id=uuid.uuid5(_NAMESPACE, name + key), occurred_at=start, count=count, **columns
    )


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
