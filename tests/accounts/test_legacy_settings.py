"""Without its secret the legacy format does not exist; with it, it has an end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client as Browser

from config.environment import EX_CONFIG
from tests.accounts.serving import CHECKOUT
from tests.factories import LEGACY_SECRET

LEGACY = "accounts.authentication.LegacyTokenBackend"
SHOW = """
import json
import django
django.setup()
from django.conf import settings
from django.urls import Resolver404, resolve
try:
    exchange = resolve("/api/v1/auth/token/exchange").view_name
except Resolver404:
    exchange = None
sunset, end = settings.LEGACY_JWT_SUNSET, settings.LEGACY_JWT_ISSUED_BEFORE
print(json.dumps({
    "backends": settings.AUTHENTICATION_BACKENDS,
    "exchange": exchange,
    "sunset": sunset and sunset.isoformat(),
    "issued_before": end and end.isoformat(),
    "seconds": settings.LEGACY_JWT_MAX_LIFETIME,
}))
"""
SECRET = {"LEGACY_JWT_SECRET": LEGACY_SECRET}


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    given = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", **environment}
    return subprocess.run(
        [sys.executable, "-c", SHOW], cwd=CHECKOUT, env=given, capture_output=True, text=True
    )


def shown(**environment: str) -> dict[str, Any]:
    done = start(**environment)
    assert done.returncode == 0, done.stderr
    settings: dict[str, Any] = json.loads(done.stdout)
    return settings


def test_without_the_secret_there_is_neither_backend_nor_exchange() -> None:
    found = shown(LEGACY_JWT_SECRET="", LEGACY_JWT_SUNSET="2099-01-31")

    assert LEGACY not in found["backends"]
    assert found["exchange"] is None


def test_the_exchange_then_answers_like_any_unknown_address(client: Browser) -> None:
    unknown = client.post("/api/v1/auth/token/nonsense", headers={"X-Request-ID": "the-same-one"})
    exchange = client.post("/api/v1/auth/token/exchange", headers={"X-Request-ID": "the-same-one"})

    assert exchange.status_code == 404
    assert exchange.content == unknown.content


def test_with_the_secret_the_backend_comes_second() -> None:
    found = shown(**SECRET, LEGACY_JWT_SUNSET="2099-01-31")

    assert found["backends"][:2] == ["accounts.authentication.EnhancedTokenBackend", LEGACY]
    assert found["exchange"] == "auth-token-exchange"
    assert found["sunset"] == "2099-01-31T00:00:00+00:00"
    assert (found["issued_before"], found["seconds"]) == (None, 3600)


def test_times_may_be_given_to_the_second() -> None:
    found = shown(
        **SECRET,
        LEGACY_JWT_SUNSET="2099-01-31T12:00:00+02:00",
        LEGACY_JWT_ISSUED_BEFORE="2026-11-23T08:00:00Z",
        LEGACY_JWT_MAX_LIFETIME="900",
    )

    assert found["sunset"] == "2099-01-31T12:00:00+02:00"
    assert (found["issued_before"], found["seconds"]) == ("2026-11-23T08:00:00+00:00", 900)


REFUSED = {
    "LEGACY_JWT_SUNSET": [{}, {"LEGACY_JWT_SUNSET": "soon"},
                          {"LEGACY_JWT_SUNSET": "2099-01-31T12:00:00"}],
    "LEGACY_JWT_ISSUED_BEFORE": [{"LEGACY_JWT_ISSUED_BEFORE": "31.01.2026"}],
    "LEGACY_JWT_MAX_LIFETIME": [{"LEGACY_JWT_MAX_LIFETIME": "0"},
                                {"LEGACY_JWT_MAX_LIFETIME": "an hour"}],
    "LEGACY_JWT_SECRET": [{"SECRET_KEY": LEGACY_SECRET, "LEGACY_JWT_SUNSET": "2099-01-31"}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "environment"),
    [(name, environment) for name, cases in REFUSED.items() for environment in cases],
)
def test_a_bad_value_stops_the_start_in_one_line(name: str, environment: dict[str, str]) -> None:
    done = start(**SECRET, **environment)

    assert done.returncode == EX_CONFIG
    assert done.stderr.startswith(f"Daybook cannot start: {name} ")
    assert done.stderr.count("\n") == 1
    assert LEGACY_SECRET not in done.stderr + done.stdout
