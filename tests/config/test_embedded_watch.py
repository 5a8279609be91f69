"""An embedded server that dies under `up` is restarted at its port with its data."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from config.desk import embedded
from config.desk.embedded.commands import EmbeddedWatch
from tests.config.sessions import BOTH, query, servers_in, wait_until

TITLES = {"postgres": "PostgreSQL", "valkey-server": "Valkey"}


@pytest.mark.parametrize("program", sorted(BOTH))
def test_a_killed_server_is_started_again(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    with embedded.running(checkout, durable=True) as found:
        monkeypatch.setenv("DATABASE_URL", str(found.database_url))
        monkeypatch.setenv("REDIS_URL", str(found.redis_url))
        query(found.database_url, "CREATE TABLE kept AS SELECT 42 AS number")
        watch = EmbeddedWatch(checkout)
        assert list(watch()) == []
        killed = servers_in(checkout)[program]
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: servers_in(checkout).get(program) != killed)
        assert list(watch()) == [f"{TITLES[program]} died and was restarted."]
        assert servers_in(checkout).keys() == BOTH
        assert embedded.endpoints(checkout) == found
        assert query(found.database_url, "SELECT number FROM kept") == [(42,)]
        assert list(watch()) == []


def test_a_server_that_this_command_does_not_use_stays_as_it_is(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with embedded.running(checkout, want_postgres=False) as found:
        monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/daybook")
        monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
        watch = EmbeddedWatch(checkout)
        os.kill(servers_in(checkout)["valkey-server"], signal.SIGKILL)
        wait_until(lambda: not servers_in(checkout))
        assert list(watch()) == []
        assert not servers_in(checkout)
        assert found.redis_url
