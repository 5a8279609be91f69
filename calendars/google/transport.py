"""HTTP to Google: one connection pool per process, timeouts on every step, bounded responses.

A read timeout restarts with each byte, so a slow response would never reach it. The whole call
has a deadline: a timer watches the head of a response, and the body is checked between reads.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any
from urllib.parse import urlencode

import urllib3
from django.utils import timezone
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from calendars.google.decoding import decode_json, http_date, seconds_between
from calendars.google.errors import GoogleUnavailable
from config.workers import cut_after

CONNECT_TIMEOUT_SECONDS = 5.0
READ_TIMEOUT_SECONDS = 20.0
CALL_TIMEOUT_SECONDS = 60.0
LONGEST_RETRY_AFTER_SECONDS = 3600.0
MAX_ANSWER_BYTES = 64 * 1024 * 1024
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """One response."""

    status: int
    content: bytes
    retry_after_seconds: float | None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def body(self) -> Any:
        """The decoded JSON, None if there is none. Raises GoogleUnavailable if it isn't JSON.

        Google sends JSON; HTML with status 200 comes from a proxy. In an error it counts as no
        body.
        """
        try:
            return decode_json(self.content) if self.content.strip() else None
        except ValueError:
            if self.ok:
                raise GoogleUnavailable("the answer is not JSON") from None
            return None


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | str | None = None,
    form: Mapping[str, str] | None = None,
) -> Answer:
    """Send one request, without retries. Raises GoogleUnavailable if no complete response
    arrived."""
    deadline = time.monotonic() + CALL_TIMEOUT_SECONDS
    try:
        response = _pool(os.getpid()).request(
            method,
            url,
            headers={"Accept-Encoding": "gzip", **(headers or {}), **(_FORM if form else {})},
            body=urlencode(form) if form else body,
            preload_content=False,
            redirect=False,
            retries=False,
        )
        try:
            content = _read(response, deadline)
        finally:
            response.release_conn()
    except HTTPError as error:
        raise GoogleUnavailable(type(error).__name__) from None
    return Answer(response.status, content, _retry_after(response))


@lru_cache(maxsize=1)
def _pool(process_id: int) -> urllib3.PoolManager:
    """Keyed by process, so that a forked worker never uses its parent's sockets."""
    timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT_SECONDS, read=READ_TIMEOUT_SECONDS)
    pool = urllib3.PoolManager(num_pools=4, maxsize=16, timeout=timeout)
    pool.pool_classes_by_scheme = {"http": _WatchedPool, "https": _WatchedTLSPool}
    return pool


@contextmanager
def _cut_at_deadline(connection: HTTPConnection) -> Iterator[None]:
    """Shut down the socket if the head of a response takes longer than the deadline."""
    cut = threading.Event()
    with cut_after(CALL_TIMEOUT_SECONDS, partial(_shut, connection, cut)):
        yield
    if cut.is_set():  # http.client accepts a truncated head
        raise GoogleUnavailable("the answer took too long")


def _shut(connection: HTTPConnection, cut: threading.Event) -> None:
    cut.set()
    if connection.sock is not None:
        with suppress(OSError):  # closed already
            connection.sock.shutdown(socket.SHUT_RDWR)


class _WatchedConnection(HTTPConnection):
    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]  # as urllib3 has it
        with _cut_at_deadline(self):
            return super().getresponse()


class _WatchedTLSConnection(HTTPSConnection):
    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]  # as urllib3 has it
        with _cut_at_deadline(self):
            return super().getresponse()


class _WatchedPool(HTTPConnectionPool):
    ConnectionCls = _WatchedConnection


class _WatchedTLSPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTLSConnection


def _read(response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    """`read1` returns what has arrived; `read` would wait for a whole chunk."""
    chunks = []
    size = 0
    while chunk := response.read1(_CHUNK_BYTES, decode_content=True):
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            response.close()
            raise GoogleUnavailable("the answer is too large")
        if time.monotonic() > deadline:
            response.close()
            raise GoogleUnavailable("the answer took too long")
        chunks.append(chunk)
    return b"".join(chunks)


def _retry_after(response: urllib3.BaseHTTPResponse) -> float | None:
    """Parse seconds or an HTTP date (RFC 9110 section 10.2.3), at most an hour."""
    raw = response.headers.get("Retry-After", "")
    at = http_date(raw)
    asked = (at - timezone.now()).total_seconds() if at else raw
    return seconds_between(asked, least=0, most=LONGEST_RETRY_AFTER_SECONDS)
