"""Starts workers that want an access token, as processes of their own on the test's database."""

from __future__ import annotations

import os
import subprocess
import sys

from django.conf import settings

from calendars.models import Connection
from tests.accounts.serving import CHECKOUT, database_url

GOOGLE = ("CLIENT_ID", "CLIENT_SECRET", "TOKEN_URI", "REVOKE_URI", "AUTH_URI", "API_ROOT")
PATIENCE_SECONDS = 60


def start_seekers(connection: Connection, *, threads: int = 1) -> subprocess.Popen[str]:
    """It waits for `begin`; its rows must be committed before."""
    google = {f"GOOGLE_{name}": getattr(settings, f"GOOGLE_{name}") for name in GOOGLE}
    names = [str(connection.owner_id), str(connection.pk), str(threads)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.calendars.token_seeker", *names],
        cwd=CHECKOUT,
        env={**os.environ, "DATABASE_URL": database_url(), "LOG_LEVEL": "CRITICAL", **google},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def begin(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def outcomes(process: subprocess.Popen[str]) -> list[str]:
    answer, _ = process.communicate(timeout=PATIENCE_SECONDS)
    return answer.split()
