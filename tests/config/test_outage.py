"""During a database outage one thread at a time tries to connect; the others fail at once."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from time import sleep
from types import SimpleNamespace
from typing import cast

import pytest
from django.db import OperationalError, connection, connections
from django.test import Client as Browser
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn

from config.database.backend.connection import answers_while
from config.database.redis import TRY_AGAIN_SECONDS, Outage, outage_of

ASKING = 16


@contextmanager
def silent_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Move the connections to a server that accepts them and never answers."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=128)) as server:
        connection.close()
        with monkeypatch.context() as patch:
            patch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
            patch.setitem(connection.settings_dict, "PORT", str(server.getsockname()[1]))
            yield server
        connection.close()


def attempts_at(server: socket.socket) -> int:
    server.setblocking(False)
    count = 0
    while True:
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


def ask(_number: int) -> int:
    try:
        return Browser().get("/readyz").status_code
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_one_request_waits_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    with silent_server(monkeypatch) as server, ThreadPoolExecutor(ASKING) as threads:
        with pytest.raises(OperationalError):
            connection.ensure_connection()  # from here on the outage is known
        before = attempts_at(server)
        sleep(TRY_AGAIN_SECONDS)
        statuses = list(threads.map(ask, range(ASKING)))
        assert attempts_at(server) == 1
    assert before == 1
    assert statuses == [503] * ASKING


@pytest.mark.django_db(transaction=True)
def test_it_ends_with_the_first_successful_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    outage = outage_of((connection.settings_dict["HOST"], connection.settings_dict["PORT"]))
    outage.begin()
    connection.close()
    with pytest.raises(OperationalError):
        connection.ensure_connection()
    sleep(TRY_AGAIN_SECONDS)
    connection.ensure_connection()
    assert not outage.is_on


def test_an_attempt_belongs_to_one() -> None:
    outage = Outage()
    assert outage.may_try()
    outage.begin()
    assert not outage.may_try()
    sleep(TRY_AGAIN_SECONDS)
    assert [outage.may_try(), outage.may_try()] == [True, False]
    outage.end()
    assert [outage.may_try(), outage.may_try()] == [True, True]


@pytest.mark.django_db(transaction=True)
def test_a_silent_connection_is_dropped() -> None:
    """A server that doesn't answer stands for a network that drops all packets."""
    connection.ensure_connection()
    pgconn = connection.connection.pgconn
    assert answers_while(lambda: True, pgconn)
    pgconn.send_query(b"SELECT pg_sleep(1)")
    assert not connection.is_usable()
    connection.close()


class SlowServer:
    """A pgconn whose result takes time, as from a pooler without a free session."""

    def __init__(self, socket: int, looks: int) -> None:
        self.socket, self.looks = socket, looks

    def send_query(self, query: bytes) -> None: ...

    def flush(self) -> None: ...

    def is_busy(self) -> bool:
        self.looks -= 1
        return self.looks >= 0

    def get_result(self) -> object | None:
        self.looks -= 1
        return SimpleNamespace(status=ExecStatus.TUPLES_OK) if self.looks == -2 else None


@pytest.mark.parametrize(("others_are_served", "answers"), [(True, True), (False, False)])
def test_a_turn_is_waited_for_while_others_get_answers(
    others_are_served: bool, answers: bool
) -> None:
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        slow = SlowServer(ours.fileno(), 3)
        assert answers_while(lambda: others_are_served, cast(PGconn, slow)) is answers
