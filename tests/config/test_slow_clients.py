"""Without a proxy, clients that send or read slowly or are silent block no thread."""

from __future__ import annotations

import hashlib
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from config.web.server.client import HEAD_BYTES
from tests.config.plain_app import LARGE
from tests.config.slow_clients import (
    HALF_BODY,
    HALF_HEAD,
    ask,
    gunicorn,
    held,
    is_closed_within,
)

APPLICATION = "tests.config.plain_app:application"
EMPTY = hashlib.sha256().hexdigest().encode()
# Both threads are free, so this is the time on a busy machine.
AT_ONCE_SECONDS = 5.0


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    with gunicorn(APPLICATION, "--worker-class", "tests.config.plain_app.HastyWorker") as port:
        assert ask(port)[:2] == (200, EMPTY)
        yield port


def ask_at_once(port: int) -> None:
    status, content, seconds = ask(port)
    assert (status, content) == (200, EMPTY)
    assert seconds < AT_ONCE_SECONDS


@pytest.mark.parametrize("beginning", [HALF_HEAD, HALF_BODY, b""], ids=["head", "body", "nothing"])
def test_a_silent_client_blocks_no_thread_and_is_disconnected(
    server: int, beginning: bytes
) -> None:
    with held(server, [beginning] * 40) as clients:
        ask_at_once(server)
        assert all(is_closed_within(client, 15) for client in clients)
    ask_at_once(server)


@pytest.mark.parametrize("beginning", [HALF_HEAD, HALF_BODY], ids=["head", "body"])
def test_who_sends_a_byte_now_and_then_is_let_go(server: int, beginning: bytes) -> None:
    with held(server, [beginning]) as [client]:
        began = time.monotonic()
        with suppress(BrokenPipeError, ConnectionResetError):
            while time.monotonic() - began < 20:
                client.sendall(b"x")
                time.sleep(0.2)
        assert time.monotonic() - began < 15


def test_a_client_that_reads_nothing_blocks_no_thread_and_is_disconnected(server: int) -> None:
    with held(server, [b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n"] * 8) as clients:
        ask_at_once(server)
        time.sleep(3)
        for client in clients:
            assert received_until_the_end(client) < LARGE


def receive_until(client: socket.socket, wanted: bytes) -> None:
    """Receive until the text has come: head and body may arrive separately."""
    client.settimeout(10)
    received = b""
    while wanted not in received:
        piece = client.recv(65536)
        assert piece, received
        received += piece


def received_until_the_end(client: socket.socket) -> int:
    client.settimeout(10)
    total = 0
    with suppress(ConnectionResetError):
        while piece := client.recv(1 << 20):
            total += len(piece)
    return total


def test_who_reads_gets_all_of_a_large_answer(server: int) -> None:
    status, content, _seconds = ask(server, "/large")
    assert (status, len(content)) == (200, LARGE)


@pytest.mark.parametrize("size", [0, 1, 300_000, 6_000_000])
def test_a_body_of_any_size_arrives_whole(server: int, size: int) -> None:
    body = os.urandom(size)
    assert ask(server, "/", body)[:2] == (200, hashlib.sha256(body).hexdigest().encode())


def test_a_request_in_small_pieces_is_answered(server: int) -> None:
    request = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
    with held(server, [b""]) as [client]:
        for byte in request:
            client.sendall(bytes([byte]))
        receive_until(client, hashlib.sha256(b"abc").hexdigest().encode())


def test_a_connection_is_kept_and_requests_may_come_together(server: int) -> None:
    get, post = (
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
    )
    with held(server, [get + post + get[:9]]) as [client]:
        received = b""
        client.settimeout(10)
        while received.count(b"HTTP/1.1 200") < 2:
            received += client.recv(65536)
        client.sendall(get[9:])
        while received.count(b"HTTP/1.1 200") < 3 or not received.endswith(EMPTY):
            received += client.recv(65536)
        assert received.count(EMPTY) == 2
        assert received.count(hashlib.sha256(b"abc").hexdigest().encode()) == 1


def test_an_idle_connection_is_closed_after_a_while(server: int) -> None:
    with held(server, [b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"]) as [client]:
        client.settimeout(10)
        received = client.recv(65536)
        while not received.endswith(EMPTY):
            received += client.recv(65536)
        assert is_closed_within(client, 15)


def test_who_waits_for_a_word_before_the_body_gets_it(server: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    with held(server, [head]) as [client]:
        assert client.recv(65536).startswith(b"HTTP/1.1 100 Continue")
        client.sendall(b"abc")
        receive_until(client, hashlib.sha256(b"abc").hexdigest().encode())


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"GET / HTTP/1.1\r\nX: " + b"x" * (HEAD_BYTES + 1000), b"431"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n", b"413"),
        (b"no request at all\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", b"400"),
    ],
    ids=["head", "body", "nonsense", "two lengths"],
)
def test_what_cannot_be_read_is_refused(server: int, request_head: bytes, status: bytes) -> None:
    with held(server, [request_head]) as [client]:
        assert client.recv(65536).split()[1] == status
    ask_at_once(server)


def test_a_chunked_body_is_not_waited_for(server: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    with held(server, [head] * 10) as clients:
        ask_at_once(server)
        for client in clients:
            receive_until(client, EMPTY)


def test_more_connections_than_it_holds_push_out_the_oldest() -> None:
    arguments = ("--worker-class", "config.web.server.worker.BufferingWorker")
    with gunicorn(APPLICATION, *arguments, "--worker-connections", "30") as port:
        ask_at_once(port)
        with held(port, [HALF_HEAD] * 60) as clients:
            ask_at_once(port)
            assert is_closed_within(clients[0], 5)


def test_it_stops_without_waiting_for_silent_clients() -> None:
    """gunicorn's own limit for stopping is 30 s."""
    with ExitStack() as clients:
        with gunicorn(APPLICATION) as port:
            ask_at_once(port)
            clients.enter_context(held(port, [b"", HALF_HEAD] * 5))
            time.sleep(0.5)  # until they are accepted
            began = time.monotonic()
        assert time.monotonic() - began < 15


def test_the_documented_command_is_not_stopped_by_half_requests() -> None:
    """Daybook with its own gunicorn.conf.py: 40 incomplete heads and 20 incomplete bodies."""
    with gunicorn() as port:
        assert ask(port, "/healthz")[0] == 200
        with held(port, [HALF_HEAD] * 40 + [HALF_BODY] * 20):
            for _time in range(3):
                status, content, seconds = ask(port, "/healthz")
                assert (status, content) == (200, b"ok\n")
                assert seconds < AT_ONCE_SECONDS
