"""Clients that send half of a request or don't read the response, and a server for them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection

from tests.config.sessions import PATIENCE_SECONDS, REPOSITORY

HOST = "127.0.0.1"
HALF_HEAD = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Half: "
HALF_BODY = b"POST /api/v1/auth/token HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n\r\n{"
NOTHING: Mapping[str, str] = {}


@contextmanager
def gunicorn(*arguments: str, environment: Mapping[str, str] = NOTHING) -> Iterator[int]:
    """Run gunicorn as documented, with `arguments`; yields its port."""
    with socket.create_server((HOST, 0), backlog=256) as listener:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--bind", f"fd://{listener.fileno()}",
             "--log-level", "warning", *arguments],
            cwd=REPOSITORY,
            env={**os.environ, "WEB_CONCURRENCY": "1", "WEB_THREADS": "2", **environment},
            pass_fds=[listener.fileno()],
        )  # fmt: skip
        try:
            yield listener.getsockname()[1]
            assert process.poll() is None, "it ended"
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


@contextmanager
def held(port: int, beginnings: Sequence[bytes]) -> Iterator[list[socket.socket]]:
    """Hold connections that have sent a part of a request and stay silent."""
    with ExitStack() as stack:
        opened = []
        for beginning in beginnings:
            client = stack.enter_context(socket.create_connection((HOST, port), PATIENCE_SECONDS))
            client.sendall(beginning)
            opened.append(client)
        yield opened


def is_closed_within(client: socket.socket, seconds: float) -> bool:
    """Return whether the server closes the connection in time without sending anything."""
    client.settimeout(seconds)
    try:
        return client.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True


def ask(port: int, path: str = "/", body: bytes | None = None) -> tuple[int, bytes, float]:
    """Return status, content and duration of a normal request."""
    began = time.monotonic()
    wire = HTTPConnection(HOST, port, timeout=PATIENCE_SECONDS)
    try:
        wire.request("POST" if body is not None else "GET", path, body)
        answer = wire.getresponse()
        return answer.status, answer.read(), time.monotonic() - began
    finally:
        wire.close()
