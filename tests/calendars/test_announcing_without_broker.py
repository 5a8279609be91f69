"""A broker that is silent or full costs who announces work a moment, once, and no work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import redis
from django.utils import timezone

from accounts.models import User
from calendars.models import Connection, SyncState
from tests.accounts.serving import Server, serving
from tests.factories import make_session
from tests.faults.servers import OwnServer, own_valkey

pytestmark = pytest.mark.django_db(transaction=True)
# One socket_timeout of the broker, and a busy machine.
FIRST_WAITS_SECONDS = 5.0
NEXT_WAIT_SECONDS = 1.5


@pytest.fixture(scope="module")
def valkey() -> Iterator[OwnServer]:
    with own_valkey() as started:
        yield started


@pytest.fixture
def server(valkey: OwnServer, db: None) -> Iterator[Server]:
    with serving(environment={"REDIS_URL": valkey.url}) as started:
        assert started.send("GET", "/healthz").status == 200
        yield started


def fill(valkey: OwnServer) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1")


def empty(valkey: OwnServer) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        client.config_set("maxmemory", "0")


WAYS = {"silent": (OwnServer.freeze, OwnServer.thaw), "full": (fill, empty)}


@pytest.mark.parametrize(("begin", "end"), WAYS.values(), ids=WAYS)
def test_a_sync_is_asked_for_in_a_moment(
    begin: Callable[[OwnServer], None],
    end: Callable[[OwnServer], None],
    valkey: OwnServer,
    server: Server,
    alice: User,
) -> None:
    connection = Connection.objects.create(owner=alice, subject="1", email="ada@sandbox.example")
    later = timezone.now() + timedelta(days=1)
    state = SyncState.objects.create(connection=connection, owner=alice, due_at=later)
    wanted = state.wanted
    path, token = f"/api/v1/connections/{connection.pk}/sync", make_session(alice).access

    begin(valkey)
    try:
        took = [_timed(server, path, token) for _ in range(4)]
    finally:
        end(valkey)

    assert took[0] < FIRST_WAITS_SECONDS
    assert max(took[1:]) < NEXT_WAIT_SECONDS
    state.refresh_from_db()
    assert state.wanted == wanted + 4
    assert state.due_at <= timezone.now()


def _timed(server: Server, path: str, token: str) -> float:
    began = time.monotonic()
    assert server.send("POST", path, token=token, body={}).status == 202
    return time.monotonic() - began
