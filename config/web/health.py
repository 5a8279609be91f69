"""/healthz says that the process answers; /readyz that it can do its work."""

from __future__ import annotations

import functools
import secrets
import time
from collections.abc import Callable, Mapping

from django.core.cache import cache
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError, ResponseError

from config.database.sealing import every_sealed_rows, open_sample

FRESH_SECONDS = 1.0
_latest: tuple[float, Mapping[str, str]] = (0.0, {})


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 with {database, broker, migrations, encryption: "ok"}; 503 with the first fault's name.

    It is open to everybody, so a process looks once a second at most.
    """
    findings = _findings()
    status = 200 if set(findings.values()) == {"ok"} else 503
    return JsonResponse(findings, status=status)


def forget_findings() -> None:
    """The next probe looks for itself."""
    global _latest
    _latest = (0.0, {})


def _findings() -> Mapping[str, str]:
    global _latest
    looked_at, findings = _latest
    if not findings or time.monotonic() - looked_at > FRESH_SECONDS:
        findings = {name: _finding(check) for name, check in CHECKS.items()}
        _latest = (time.monotonic(), findings)
    return findings


def _finding(check: Callable[[], str]) -> str:
    try:
        return check()
    except ResponseError:
        return "not-writable"  # full, read-only, or its disk is
    except (DatabaseError, RedisError, OSError):
        return "unreachable"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _broker() -> str:
    """Written and read back: a broker that is full still answers what is only read."""
    token = secrets.token_hex(8)
    cache.set(f"readyz-{token}", token, timeout=5)
    return "ok" if cache.get(f"readyz-{token}") == token else "not-writable"


def _migrations() -> str:
    applied = MigrationRecorder(connection).applied_migrations()
    return "ok" if known_migrations() <= applied.keys() else "pending"


@functools.cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """The migrations of this code, by app and name: read once, since a process keeps its code.
    Which of them the database has is asked each time."""
    return frozenset(MigrationLoader(None).graph.nodes)


def _encryption() -> str:
    """Opens a few rows of each kind: with a wrong ENCRYPTION_KEYS all else looks well."""
    tallies = [open_sample(rows) for rows in every_sealed_rows()]
    lost = any(tally.seen and tally.seen == tally.unreadable for tally in tallies)
    return "key-missing" if lost else "ok"


CHECKS: Mapping[str, Callable[[], str]] = {
    "database": _database,
    "broker": _broker,
    "migrations": _migrations,
    "encryption": _encryption,
}
