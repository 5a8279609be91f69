"""Headers that Django's test client cannot send: twice the same, and raw bytes."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.factories import make_session

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.accounts.urls")]


def get(server: LiveServer, *headers: bytes) -> tuple[int, Any]:
    """The status and the body of GET whoami with these header lines, as they stand."""
    host, port = server.thread.host, server.thread.port
    lines = [b"GET /api/v1/whoami HTTP/1.0", b"Host: localhost", *headers, b"", b""]
    with socket.create_connection((host, port), timeout=10) as connection:
        connection.sendall(b"\r\n".join(lines))
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def test_a_good_token_is_let_in(live_server: LiveServer, alice: User) -> None:
    token = make_session(alice).access.encode()

    assert get(live_server, b"Authorization: Bearer " + token) == (
        200,
        {"user": str(alice.public_id), "method": "enhanced"},
    )


def test_two_headers_are_a_bad_request(live_server: LiveServer, alice: User, bob: User) -> None:
    headers = [b"Authorization: Bearer " + make_session(u).access.encode() for u in (alice, bob)]

    status, problem = get(live_server, *headers)

    assert (status, problem["code"]) == (400, "invalid-request")


@pytest.mark.parametrize("junk", [b"\xa0", b"\xff", b"\xc3\xa9", b"\x85", b"\t", b"\x1f"])
def test_other_bytes_are_no_part_of_a_token(
    live_server: LiveServer, alice: User, junk: bytes
) -> None:
    token = make_session(alice).access.encode()
    middle = len(token) // 2

    status, problem = get(
        live_server, b"Authorization: Bearer " + token[:middle] + junk + token[middle:]
    )

    assert (status, problem["code"]) == (401, "token-invalid")
