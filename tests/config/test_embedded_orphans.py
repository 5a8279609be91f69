"""Servers whose starter was killed with kill -9 are reused, or stopped and replaced."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config.desk import embedded
from tests.config.sessions import BOTH, Interpreter, Session, query, servers_in, wait_until


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """Start an unrelated process whose id a stale pid file may have."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


@pytest.fixture
def orphans(checkout: Path, open_session: Callable[..., Session]) -> dict[str, int]:
    """Return servers that still run after their starter was killed, with a stored row."""
    session = open_session()
    query(session.answer()["database_url"], "CREATE TABLE kept AS SELECT 42 AS number")
    session.kill()
    found = servers_in(checkout)
    assert found.keys() == BOTH
    return found


def lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def assert_served(checkout: Path) -> dict[str, int]:
    """Check that the next start serves the stored row and leaves nothing running afterwards."""
    with embedded.running(checkout, durable=False) as found:
        assert query(found.database_url, "SELECT number FROM kept") == [(42,)]
        running = servers_in(checkout)
        assert running.keys() == BOTH
    assert not servers_in(checkout)
    return running


def test_orphans_are_reused(
    checkout: Path, interpreter: Interpreter, open_session: Callable[..., Session]
) -> None:
    first = open_session(interpreter)
    answer = first.answer()
    first.kill()
    orphaned = servers_in(checkout)
    second = open_session(interpreter)
    assert second.answer() == answer
    assert servers_in(checkout) == orphaned
    assert second.release() == 0
    assert not servers_in(checkout)


def test_orphans_with_a_half_written_pid_file_are_replaced(
    checkout: Path, orphans: dict[str, int]
) -> None:
    pid_file = checkout / "var" / "postgres" / "postmaster.pid"
    pid_file.write_text(pid_file.read_text()[:7])
    assert assert_served(checkout)["postgres"] != orphans["postgres"]


def test_orphans_that_no_state_tells_of_are_replaced(
    checkout: Path, orphans: dict[str, int]
) -> None:
    (checkout / "var" / "embedded.json").write_text('{"checkout": "/no')
    assert set(assert_served(checkout).values()).isdisjoint(orphans.values())


def test_orphans_that_died_since_are_started_again(checkout: Path, orphans: dict[str, int]) -> None:
    for pid in orphans.values():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not servers_in(checkout))
    assert set(assert_served(checkout).values()).isdisjoint(orphans.values())


def test_an_unrelated_process_with_a_reused_id_is_left_alone(
    checkout: Path, orphans: dict[str, int], stranger: subprocess.Popen[bytes]
) -> None:
    for pid in orphans.values():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not servers_in(checkout))
    var = checkout / "var"
    for file, pid in (
        (var / "postgres" / "postmaster.pid", orphans["postgres"]),
        (var / "embedded.json", orphans["postgres"]),
        (var / "embedded.json", orphans["valkey-server"]),
    ):
        file.write_text(file.read_text().replace(str(pid), str(stranger.pid)))
    assert_served(checkout)
    assert stranger.poll() is None


def test_an_orphan_whose_checkout_was_removed_is_stopped(
    checkout: Path, orphans: dict[str, int]
) -> None:
    while (checkout / "var").exists():  # PostgreSQL may still write while the folder is removed
        shutil.rmtree(checkout / "var", ignore_errors=True)
    with embedded.running(checkout, durable=False) as found:
        assert query(found.database_url, "SELECT 1") == [(1,)]
        assert set(servers_in(checkout).values()).isdisjoint(orphans.values())
    assert not any(lives(pid) for pid in orphans.values())


def test_a_start_that_was_killed_half_way_leaves_nothing_in_the_way(
    checkout: Path, open_session: Callable[..., Session]
) -> None:
    session = open_session()
    wait_until(lambda: list((checkout / "var").glob("postgres.*.partial")))
    session.kill()
    with embedded.running(checkout, durable=False) as found:
        assert query(found.database_url, "SELECT 1") == [(1,)]
    assert not list((checkout / "var").glob("*.partial"))
