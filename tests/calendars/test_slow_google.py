"""A Google that drips, hangs or says too much costs a bounded time, and nothing is believed."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from calendars.google import transport
from calendars.google.errors import GoogleUnavailable

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@contextmanager
def dripping(first: bytes, drop: bytes) -> Iterator[str]:
    """A server that says `first` and then a `drop` every tenth of a second, for ever."""
    over = threading.Event()

    def serve(listener: socket.socket) -> None:
        with listener, listener.accept()[0] as wire:
            wire.recv(65_536)
            wire.sendall(first)
            try:
                while not over.wait(0.1):
                    wire.sendall(drop)
            except OSError:
                return

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve, args=(listener,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        over.set()
        thread.join(20)


@pytest.fixture(autouse=True)
def short_calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(transport, "CALL_TIMEOUT_SECONDS", 1.0)
    monkeypatch.setattr(transport, "READ_TIMEOUT_SECONDS", 0.8)
    transport._pool.cache_clear()
    yield
    transport._pool.cache_clear()


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (HEAD, b" "),
        (CHUNKED, b"1\r\n \r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"."),
        (b"", b"H"),
    ],
    ids=["body", "chunks", "header", "status"],
)
def test_a_drip_ends_with_the_call(first: bytes, drop: bytes) -> None:
    with dripping(first, drop) as url:
        began_at = time.monotonic()
        with pytest.raises(GoogleUnavailable):
            transport.send("GET", url)
        # Each drop comes in time; only the deadline of the whole call can have ended it.
        assert time.monotonic() - began_at < transport.CALL_TIMEOUT_SECONDS * 10


def test_silence_ends_with_the_reads_time_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(GoogleUnavailable):
        transport.send("GET", f"http://127.0.0.1:{listener.getsockname()[1]}/")


def test_too_much_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "MAX_ANSWER_BYTES", 1000)
    with (
        dripping(HEAD + b" " * 2000, b" ") as url,
        pytest.raises(GoogleUnavailable, match="too large"),
    ):
        transport.send("GET", url)


def test_a_connection_is_used_again_after_an_answer_of_many_reads() -> None:
    body = b'{"a": 1}'
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    accepted = []

    def serve(listener: socket.socket) -> None:
        wire = listener.accept()[0]
        accepted.append(wire)
        with wire:
            for _ in range(2):
                wire.recv(65_536)
                wire.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        assert [transport.send("GET", url).body for _ in range(2)] == [{"a": 1}] * 2
        thread.join(20)
    assert len(accepted) == 1
