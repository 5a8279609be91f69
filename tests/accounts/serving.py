"""Daybook as processes of its own, on the database of the test."""

from __future__ import annotations

import fcntl
import functools
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.db import connection

CHECKOUT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
PATIENCE_SECONDS = 60
NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True)
class Server:
    port: int

    def send(
        self, method: str, path: str, *, token: str = "", body: Mapping[str, Any] | None = None
    ) -> Answer:
        """One request on a connection of its own."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        wire = HTTPConnection(HOST, self.port, timeout=PATIENCE_SECONDS)
        try:
            wire.request(method, path, json.dumps(body) if body is not None else None, headers)
            return _read(wire.getresponse())
        finally:
            wire.close()


@contextmanager
def serving(*, processes: int = 1, environment: Mapping[str, str] = NOTHING) -> Iterator[Server]:
    """gunicorn over the rows that are committed; `environment` is added to ours.

    It gets a socket that listens already, so the first request waits for it by itself.
    """
    collect_static_files()
    with socket.create_server((HOST, 0), backlog=256) as listener:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "--bind", f"fd://{listener.fileno()}"),
                *("--workers", str(processes), "--threads", "4", "--log-level", "error"),
            ],
            cwd=CHECKOUT,
            env={**os.environ, "DATABASE_URL": database_url(), **environment},
            pass_fds=[listener.fileno()],
        )
        try:
            yield Server(listener.getsockname()[1])
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


@functools.cache
def collect_static_files() -> None:
    """A page of an error names static files, and those have their names by collectstatic."""
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    with (CHECKOUT / "manage.py").open() as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        subprocess.run(command, cwd=CHECKOUT, check=True)


def database_url() -> str:
    """The database of this test, as DATABASE_URL names one."""
    way = urlsplit(os.environ["DATABASE_URL"])
    return way._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


def _read(response: HTTPResponse) -> Answer:
    return Answer(response.status, dict(response.getheaders()), response.read().decode())
