"""Several commands of a checkout share one pair of servers; the last command stops them."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from config.desk import embedded
from tests.config.sessions import BOTH, Interpreter, Session, query, servers_in, wait_until


def test_concurrent_starts_become_one_start(
    checkout: Path, interpreter: Interpreter, open_session: Callable[..., Session]
) -> None:
    sessions = [open_session(interpreter) for _ in range(3)]
    answers = [session.answer() for session in sessions]
    assert answers[0] == answers[1] == answers[2]
    running = servers_in(checkout)
    assert running.keys() == BOTH
    for session in sessions[:2]:
        assert session.release() == 0
        assert servers_in(checkout) == running
    assert sessions[2].release() == 0
    assert not servers_in(checkout)


def test_a_command_that_needs_more_starts_what_is_missing(checkout: Path) -> None:
    with embedded.running(checkout, want_redis=False, durable=False) as first:
        before = servers_in(checkout)
        with embedded.running(checkout, durable=False) as second:
            assert second.database_url == first.database_url
            assert servers_in(checkout).keys() == BOTH
        assert servers_in(checkout)["postgres"] == before["postgres"]
    assert not servers_in(checkout)


def test_a_server_that_crashed_comes_back_where_it_was(checkout: Path) -> None:
    with embedded.running(checkout, durable=False) as first:
        crashed = servers_in(checkout)["valkey-server"]
        os.kill(crashed, signal.SIGKILL)
        wait_until(lambda: "valkey-server" not in servers_in(checkout))
        with embedded.running(checkout, durable=False) as second:
            assert second == first
            assert servers_in(checkout)["valkey-server"] != crashed


def test_a_copy_of_a_checkout_has_servers_of_its_own(checkout: Path) -> None:
    original, copy = checkout / "original", checkout / "copy"
    original.mkdir()
    with embedded.running(original, want_redis=False, durable=False) as first:
        query(first.database_url, "CREATE TABLE kept AS SELECT 42 AS number")
    subprocess.run(["cp", "-a", original, copy], check=True)
    with (
        embedded.running(original, want_redis=False, durable=False),
        embedded.running(copy, durable=False) as second,
    ):
        assert servers_in(original) != servers_in(copy)
        assert query(second.database_url, "SELECT number FROM kept") == [(42,)]
        query(second.database_url, "DROP TABLE kept")
    with embedded.running(original, want_redis=False, durable=False) as first:
        assert query(first.database_url, "SELECT number FROM kept") == [(42,)]
