"""Health checks: /healthz reports that the process answers, /readyz that it can do its work."""

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

from config.database.encryption import every_sealed_rows, open_sample

FRESH_SECONDS = 1.0
_latest: tuple[float, Mapping[str, str]] = (0.0, {})


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 if every check is "ok", else 503, with the result of each check.

    The endpoint needs no authentication, so a process runs the checks at most once a second.
    """
    findings = _findings()
    status = 200 if set(findings.values()) == {"ok"} else 503
    return JsonResponse(findings, status=status)


def forget_findings() -> None:
    """Discard the cached results, so that the next request runs the checks."""
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
        return "not-writable"  # out of memory, read-only, or its disk is full
    except (DatabaseError, RedisError, OSError):
        return "unreachable"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _broker() -> str:
    """Write a value and read it back: a broker that is out of memory still answers reads."""
    token = secrets.token_hex(8)
    cache.set(f"readyz-{token}", token, timeout=5)
    return "ok" if cache.get(f"readyz-{token}") == token else "not-writable"


def _migrations() -> str:
    applied = MigrationRecorder(connection).applied_migrations()
    return "ok" if known_migrations() <= applied.keys() else "pending"


@functools.cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """Return the migrations of this code by app and name.

    They are read once, since the code of a process doesn't change. The applied ones are queried
    each time.
    """
    return frozenset(MigrationLoader(None).graph.nodes)


def _encryption() -> str:
    """Open a sample of each kind of sealed row: a wrong ENCRYPTION_KEYS shows nowhere else."""
    tallies = [open_sample(rows) for rows in every_sealed_rows()]
    lost = any(tally.seen and tally.seen == tally.unreadable for tally in tallies)
    return "key-missing" if lost else "ok"


CHECKS: Mapping[str, Callable[[], str]] = {
    "database": _database,
    "broker": _broker,
    "migrations": _migrations,
    "encryption": _encryption,
}
