"""Counts events in the shared memory, and writes one row for each span and kind of them.

Anybody can fail to sign in a thousand times a second; the log says so in one row a minute and
key. What no row was written for yet is lost with the shared memory, and stands in the process's
own log.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
import redis
import structlog

from accounts.audit.events import COUNTED
from accounts.models import AuditEvent
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
