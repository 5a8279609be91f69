"""Processes that use the embedded servers of a test's checkout, and what they leave running."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg

BOTH = {"postgres", "valkey-server"}
REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Interpreter:
    """A Python interpreter and the user that runs it; `uid` None is the current user."""

    program: str = sys.executable
    uid: int | None = None
    gid: int | None = None
    cwd: Path = REPOSITORY

    def popen(self, *arguments: str, **environment: str | None) -> "subprocess.Popen[str]":
        """Start a process. `environment` is added to ours; None removes a variable."""
        given = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path[1:]), **environment}
        return subprocess.Popen(
            [self.program, *arguments],
            cwd=self.cwd,
            env={name: value for name, value in given.items() if value is not None},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            user=self.uid,
            group=self.gid,
            extra_groups=None if self.uid is None else [],
            start_new_session=True,
            preexec_fn=as_from_a_terminal,
        )


def as_from_a_terminal() -> None:
    """Restore default signals: the run itself may be in the background or under nohup."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


class Session:
    """A process that holds the servers; `answer` waits for its output."""

    def __init__(self, checkout: Path, interpreter: Interpreter | None = None) -> None:
        arguments = ("-B", "-m", "tests.config.hold_servers", str(checkout))
        self.process = (interpreter or Interpreter()).popen(*arguments)

    def answer(self) -> dict[str, str]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("{"), line + self.process.stdout.read()
        answer: dict[str, str] = json.loads(line)
        return answer

    def release(self) -> int:
        self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=PATIENCE_SECONDS)


def servers_in(*folders: Path) -> dict[str, int]:
    """Return program and process id of each running server below `folders`, without children."""
    found: dict[str, int] = {}
    for process in psutil.process_iter():
        try:
            inside = any(folder in Path(process.cwd()).parents for folder in folders)
            parent = process.parent()
            is_child = parent is not None and parent.name() == process.name()
            if inside and not is_child and process.status() != psutil.STATUS_ZOMBIE:
                found[process.name()] = process.pid
        except psutil.Error:
            continue
    return found


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def query(database_url: str | None, statement: str) -> list[tuple[object, ...]]:
    """Return the rows of a statement, on a new connection."""
    with psycopg.connect(str(database_url)) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []
