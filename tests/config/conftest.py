"""Checkouts for the embedded servers, and the users that may start them."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.config.sessions import Interpreter, Session, servers_in, wait_until

NORMAL_USER = "nobody"


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """Do nothing: no test here uses the cache of the test run."""


@pytest.fixture
def checkout() -> Iterator[Path]:
    """Return an empty folder that every user can enter; fail if a server still runs there."""
    folder = Path(tempfile.mkdtemp(prefix="daybook checkout ")).resolve()
    folder.chmod(0o755)
    yield folder
    left_running = servers_in(folder)
    for pid in left_running.values():
        os.kill(pid, 9)
    wait_until(lambda: not servers_in(folder))
    shutil.rmtree(folder)
    assert not left_running


def usable_interpreter(entry: pwd.struct_passwd) -> Interpreter | None:
    """Return a Python of our version that this user can execute.

    A virtual environment that was created from one in root's home is inaccessible to others.
    """
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for program in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        candidate = Interpreter(program, entry.pw_uid, entry.pw_gid)
        try:
            process = candidate.popen("-B", "-c", "import psycopg, config.desk.embedded")
        except OSError:
            continue
        process.communicate()
        if process.returncode == 0:
            return candidate
    return None


def possible_interpreters() -> dict[str, Interpreter]:
    """Return the current user's interpreter, and for root one of a normal user, if there is any."""
    found = {"root" if os.geteuid() == 0 else "normal user": Interpreter()}
    if os.geteuid() == 0 and (normal := usable_interpreter(pwd.getpwnam(NORMAL_USER))):
        found["normal user"] = normal
    return found


INTERPRETERS = possible_interpreters()


@pytest.fixture(params=list(INTERPRETERS.values()), ids=list(INTERPRETERS))
def interpreter(request: pytest.FixtureRequest, checkout: Path) -> Interpreter:
    """Run the test as each user who can start the servers, as the owner of the checkout."""
    chosen: Interpreter = request.param
    if chosen.uid is not None and chosen.gid is not None:
        os.chown(checkout, chosen.uid, chosen.gid)
    return chosen


@pytest.fixture
def open_session(checkout: Path) -> Iterator[Callable[..., Session]]:
    """Start processes that hold the servers of the checkout; end those that still run."""
    sessions: list[Session] = []

    def open_one(interpreter: Interpreter | None = None) -> Session:
        sessions.append(Session(checkout, interpreter))
        return sessions[-1]

    yield open_one
    for session in sessions:
        try:
            session.release()
        except (ValueError, subprocess.TimeoutExpired):  # its pipes are closed: it has ended
            session.process.kill()
