"""A manage.py command gets the servers that no URL was given for, as long as it runs."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.config.sessions import BOTH, PATIENCE_SECONDS, Interpreter, query, servers_in

NOTHING_GIVEN = dict.fromkeys(("DATABASE_URL", "REDIS_URL", "DAYBOOK_EMBEDDED"))
Command = subprocess.Popen[str]


@pytest.fixture
def run_command(checkout: Path) -> Iterator[Callable[..., Command]]:
    """Start a command in the checkout, with no other environment than the given one."""
    commands: list[Command] = []

    def run(*arguments: str, **environment: str) -> Command:
        module = ("-m", "tests.config.run_command", str(checkout))
        given: dict[str, str | None] = {**NOTHING_GIVEN, **environment}
        commands.append(Interpreter().popen(*module, *arguments, **given))
        return commands[-1]

    yield run
    for command in commands:
        if command.poll() is None:
            command.communicate(timeout=PATIENCE_SECONDS)


def environment_of(command: Command) -> dict[str, Any]:
    assert command.stdout is not None
    found: dict[str, Any] = json.loads(command.stdout.readline())
    return found


def test_a_desk_has_both_servers(checkout: Path, run_command: Callable[..., Command]) -> None:
    command = run_command("migrate")
    found = environment_of(command)
    assert found["DAYBOOK_EMBEDDED"] == "1"
    assert query(found["DATABASE_URL"], "SELECT 1") == [(1,)]
    assert servers_in(checkout).keys() == BOTH
    command.communicate(timeout=PATIENCE_SECONDS)
    assert command.returncode == 0
    assert not servers_in(checkout)


def test_a_check_of_the_database_has_it(run_command: Callable[..., Command]) -> None:
    found = environment_of(run_command("check", "--database", "default"))
    assert query(found["DATABASE_URL"], "SELECT 1") == [(1,)]


def test_what_says_more_of_another_database_says_nothing_of_the_embedded_one(
    run_command: Callable[..., Command],
) -> None:
    found = environment_of(run_command("help", DATABASE_DIRECT_URL="postgresql://somewhere/else"))
    assert (found["DATABASE_URL"], found["DATABASE_DIRECT_URL"]) == (None, "")


def test_a_given_address_is_kept(checkout: Path, run_command: Callable[..., Command]) -> None:
    (checkout / ".env").write_text("DATABASE_URL=postgresql://somewhere/else\n")
    found = environment_of(run_command("migrate"))
    assert found["DATABASE_URL"] == "postgresql://somewhere/else"
    assert not found["DAYBOOK_EMBEDDED"]
    assert found["REDIS_URL"].startswith("redis://:")
    assert servers_in(checkout).keys() == {"valkey-server"}


@pytest.mark.parametrize("arguments", [(), ("help",), ("check",), ("migrate", "--help")])
def test_a_command_that_needs_no_server_starts_none(
    checkout: Path, run_command: Callable[..., Command], arguments: tuple[str, ...]
) -> None:
    found = environment_of(run_command(*arguments))
    assert found == {**NOTHING_GIVEN, "DAYBOOK_EMBEDDED": "1", "DATABASE_DIRECT_URL": ""}
    assert not (checkout / "var").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_command_leaves_nothing_running(
    checkout: Path, run_command: Callable[..., Command], number: signal.Signals
) -> None:
    """The whole process group gets the signal twice, as from a second Ctrl-C in a terminal."""
    command = run_command("shell")
    environment_of(command)
    os.killpg(command.pid, number)
    os.killpg(command.pid, number)
    command.communicate(timeout=PATIENCE_SECONDS)
    assert command.returncode != 0
    assert not servers_in(checkout)
