"""HTTP to Google: one pool of connections a process, time-outs on every step, bounded answers."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

import urllib3
from django.utils import timezone
from urllib3.exceptions import HTTPError

from calendars.google.errors import GoogleUnavailable

CONNECT_TIMEOUT_SECONDS = 5.0
READ_TIMEOUT_SECONDS = 20.0
CALL_TIMEOUT_SECONDS = 60.0
MAX_ANSWER_BYTES = 64 * 1024 * 1024
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and parsed JSON of one answer; `body` is None where there was none."""

    status: int
    body: Any
    retry_after_seconds: float | None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


def send(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | str | None = None,
    form: Mapping[str, str] | None = None,
) -> Answer:
    """One call, without retry. Raises GoogleUnavailable when no readable answer came."""
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
    return Answer(response.status, _parse(response, content), _retry_after(response))


@lru_cache(maxsize=1)
def _pool(process_id: int) -> urllib3.PoolManager:
    """Keyed by process, so that a forked worker never shares its parent's sockets."""
    timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT_SECONDS, read=READ_TIMEOUT_SECONDS)
    return urllib3.PoolManager(num_pools=4, maxsize=16, timeout=timeout)


def _read(response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    chunks = []
    size = 0
    for chunk in response.stream(_CHUNK_BYTES, decode_content=True):
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            response.close()
            raise GoogleUnavailable("the answer is too large")
        if time.monotonic() > deadline:
            response.close()
            raise GoogleUnavailable("the answer took too long")
        chunks.append(chunk)
    return b"".join(chunks)


def _parse(response: urllib3.BaseHTTPResponse, content: bytes) -> Any:
    """Google speaks JSON: a page of HTML with status 200 is some proxy's, not Google's."""
    if not content.strip():
        return None
    try:
        return json.loads(content)
    except ValueError:
        if response.status < 300:
            raise GoogleUnavailable("the answer is not JSON") from None
        return None


def _retry_after(response: urllib3.BaseHTTPResponse) -> float | None:
    """Seconds or an HTTP date (RFC 9110 section 10.2.3); at most an hour is believed."""
    raw = response.headers.get("Retry-After", "").strip()
    if not raw:
        return None
    try:
        seconds = float(raw) if raw.isdigit() else _until(raw)
    except ValueError:
        return None
    return min(max(seconds, 0.0), 3600.0)


def _until(http_date: str) -> float:
    return (parsedate_to_datetime(http_date) - timezone.now()).total_seconds()
