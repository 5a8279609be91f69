"""A sandbox Google in its own process, and accounts connected to it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.db import connection

from accounts.models import User
from calendars.connections.consent import complete_connection, start_connection
from calendars.models import Connection, SyncState
from sandbox.control import Control
from tests.product import sync_collection

ACCOUNT = "ada@sandbox.example"
_CLIENT = {"GOOGLE_CLIENT_ID": "daybook.apps.sandbox.example", "GOOGLE_CLIENT_SECRET": "bench-only"}


@contextmanager
def running_google() -> Iterator[Control]:
    """Run the sandbox; settings and environment refer to it, so that our workers use it, too."""
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--people", "none"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found is not None
            control = Control(found[0])
            control.register_client(*_CLIENT.values())
            _point_to(control)
            yield control
        finally:
            process.terminate()


def _point_to(control: Control) -> None:
    for name, value in {**control.environment, **_CLIENT}.items():
        setattr(settings, name, value)
        os.environ[name] = value


def connect(control: Control, owner: User, *, write: bool = False) -> Connection:
    """Give consent for the account of ACCOUNT, and list its calendars."""
    answer = control.consent(start_connection(owner=owner, write=write), email=ACCOUNT)
    query = parse_qs(urlsplit(answer).query)
    made = complete_connection(owner=owner, code=query["code"][0], state=query["state"][0])
    sync_collection(SyncState.objects.get(connection=made, calendar=None).pk)
    return made


def state_of(made: Connection) -> SyncState:
    return SyncState.objects.get(connection=made, calendar__remote_id=ACCOUNT)


class Worker:
    """A process that we started."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def wait_until(self, word: str) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == f"{word}\n"

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        output, _ = self._process.communicate()
        assert self._process.returncode == 0, "a worker failed; what it said stands above"
        return dict(json.loads(output.splitlines()[-1]))


def start_worker(*arguments: str, module: str = "worker") -> Worker:
    """Start a worker on the database of this run."""
    url = urlsplit(os.environ["DATABASE_URL"])
    here = url._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments]
    environment = {**os.environ, "DATABASE_URL": here}
    pipe = subprocess.PIPE
    return Worker(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment))


def run_worker(*arguments: str, module: str = "worker") -> dict[str, Any]:
    return start_worker(*arguments, module=module).answer()
