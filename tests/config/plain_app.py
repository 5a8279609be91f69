"""A WSGI application for tests of the web server, and its worker with shorter limits."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from config.web.server.client import Limits
from config.web.server.worker import BufferingWorker

LARGE = 24 * 1024 * 1024  # more than the buffers of two sockets hold


class HastyWorker(BufferingWorker):
    limits: ClassVar[Limits] = Limits(head_seconds=1.0, first_seconds=1.0, bytes_per_second=1 << 24)


def application(
    environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], object]
) -> Iterable[bytes]:
    """Answer with the digest of the request's body, or with a large body."""
    answer = b"x" * LARGE if environ["PATH_INFO"] == "/large" else _digest(environ)
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]


def _digest(environ: dict[str, Any]) -> bytes:
    content = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return hashlib.sha256(content).hexdigest().encode()
