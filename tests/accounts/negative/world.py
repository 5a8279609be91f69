"""The wire to the server, the people and their tokens, and what a refusal looks like."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from http.client import HTTPConnection
from threading import Lock
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.test import Client as Browser
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from accounts.sessions.lifecycle import TokenPair
from tests.accounts.ask import REQUEST_ID
from tests.accounts.forgeries import INVALID
from tests.factories import legacy_claims, make_legacy_token, make_session

WHOAMI = "/api/v1/whoami"
DETAILS = {
    "token-invalid": "The access token isn't valid. Refresh it, or sign in again.",
    "token-expired": "The access token has expired. Refresh it.",
}


@dataclass(frozen=True)
class Reply:
    """One answer, and how many statements the server's own connections ran for it."""

    status: int
    headers: Message
    body: bytes
    statements: int

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class StatementCounter:
    """Counts on connections that open while it watches: each request of the server's is one."""

    count: int = 0
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        with self._lock:
            self.count += 1
        return execute(sql, params, many, context)

    @contextmanager
    def watching(self) -> Iterator[None]:
        def watch(connection: BaseDatabaseWrapper, **_: Any) -> None:
            connection.execute_wrappers.append(self)

        connection_created.connect(watch)
        try:
            yield
        finally:
            connection_created.disconnect(watch)


@dataclass
class World:
    """Alice has a session, Bob a cookie, and Olga a token of the old system."""

    server: LiveServer
    settings: Settings
    alice: User
    bob: User
    olga: User
    counter: StatementCounter
    tokens: TokenPair = field(init=False)
    legacy: str = field(init=False)
    cookie: str = field(init=False)

    def __post_init__(self) -> None:
        """Alice's first generation is confirmed, so that a request costs one statement."""
        self.tokens = make_session(self.alice)
        assert self.present(self.tokens.access).status == 200
        self.legacy = make_legacy_token(legacy_claims(self.olga))
        browser = Browser()
        browser.force_login(self.bob)
        name = self.settings.SESSION_COOKIE_NAME
        self.cookie = f"{name}={browser.cookies[name].value}"

    def present(self, token: str | bytes, *, cookie: str = "") -> Reply:
        raw = token.encode() if isinstance(token, str) else token
        return self.ask([b"Authorization: Bearer " + raw], cookie=cookie)

    def ask(self, lines: list[bytes], *, cookie: str = "", path: str = WHOAMI) -> Reply:
        """GET with these header lines as they stand."""
        more = [f"Cookie: {cookie}".encode()] if cookie else []
        return self.send("GET", path, [*lines, *more])

    def post(self, path: str, body: Mapping[str, Any] | None = None, *, token: str = "") -> Reply:
        lines = [f"Authorization: Bearer {token}".encode()] if token else []
        return self.send("POST", path, lines, json.dumps(body or {}).encode())

    def refresh(self, refresh: str) -> Reply:
        return self.post("/api/v1/auth/token/refresh", {"refresh": refresh})

    def send(self, method: str, path: str, lines: list[bytes], body: bytes = b"") -> Reply:
        head = [
            f"{method} {path} HTTP/1.0".encode(),
            b"Host: localhost",
            f"X-Request-ID: {REQUEST_ID}".encode(),
            *([b"Content-Type: application/json"] if body else []),
            b"Content-Length: %d" % len(body),
            *lines,
        ]
        before = self.counter.count
        raw = self._exchange(b"\r\n".join(head) + b"\r\n\r\n" + body)
        status_line, _, rest = raw.partition(b"\r\n")
        headers, _, answer = rest.partition(b"\r\n\r\n")
        return Reply(
            int(status_line.split()[1]),
            BytesParser().parsebytes(headers),
            answer,
            self.counter.count - before,
        )

    def _exchange(self, request: bytes) -> bytes:
        address = self.server.thread.host, self.server.thread.port
        with socket.create_connection(address, timeout=30) as wire:
            wire.sendall(request)
            return b"".join(iter(lambda: wire.recv(65536), b""))

    @contextmanager
    def kept_alive(self) -> Iterator[Callable[[str, str], tuple[int, Any]]]:
        """Asks for paths over one connection, each with its token or none."""
        wire = HTTPConnection(self.server.thread.host, self.server.thread.port, timeout=30)

        def ask(path: str, token: str) -> tuple[int, Any]:
            wire.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
            response = wire.getresponse()
            return response.status, json.loads(response.read())

        try:
            yield ask
        finally:
            wire.close()

    @contextmanager
    def database_away(self) -> Iterator[None]:
        """What the server connects to anew is a port where nobody listens."""
        known = connections.settings["default"]
        port, known["PORT"] = known["PORT"], "1"
        try:
            yield
        finally:
            known["PORT"] = port


def assert_refused(reply: Reply, code: str = "token-invalid", *, statements: int = 0) -> None:
    """The one answer of every refused token: the body is constant, and so is its cost."""
    assert reply.status == 401, reply.body
    assert reply.headers["WWW-Authenticate"] == INVALID
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert reply.json() == {
        "type": f"urn:daybook:problem:{code}",
        "title": "Sign-in required",
        "status": 401,
        "detail": DETAILS[code],
        "code": code,
        "request_id": REQUEST_ID,
    }
    assert reply.statements == statements


def assert_let_in(reply: Reply, user: User, method: str = "enhanced") -> None:
    assert reply.status == 200, reply.body
    assert reply.json() == {"user": str(user.public_id), "method": method}
