"""`make demo` as a new user runs it: in its own checkout, on embedded servers."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.control import Control
from tests.checkouts import copy_checkout

CHECKOUT = Path(__file__).resolve().parents[2]
ARTIFACTS = CHECKOUT / "var" / "artifacts"
GIVEN = ("DATABASE_URL", "REDIS_URL", "DAYBOOK_EMBEDDED", "DAYBOOK_TEST_VALKEY")
START_SECONDS = 120


@dataclass(frozen=True)
class Demo:
    """A running demo: its URL, its sign-in, its sandbox Google, and its checkout."""

    url: str
    password: str
    google: Control
    log: Path
    checkout: Path


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """Do nothing: the demo has its own cache."""


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    folder = Path(tempfile.mkdtemp(prefix="daybook-demo-"))
    folder.chmod(0o755)
    process = subprocess.Popen(
        [
            "make",
            "demo",
            f"PORT={(port := free_port())}",
            f"SANDBOX_PORT={(sandbox := free_port())}",
        ],
        cwd=copy_checkout(folder),
        env=ungiven(),
        stdout=(folder / "demo.log").open("w"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        password = wait_for(folder / "demo.log", process, r"Password\s+(\S+)")
        google = Control(f"http://127.0.0.1:{sandbox}")
        yield Demo(f"http://127.0.0.1:{port}", password, google, folder / "demo.log", folder)
    finally:
        stop(process)
        keep_log(folder / "demo.log")
        shutil.rmtree(folder)


def ungiven() -> dict[str, str]:
    """Return an environment without any of Daybook's variables."""
    return {k: v for k, v in os.environ.items() if k not in GIVEN} | {"NO_COLOR": "1"}


def stop(process: subprocess.Popen[bytes]) -> None:
    """Send SIGINT like Ctrl-C, to make and what it runs."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(log: Path, process: subprocess.Popen[bytes], pattern: str) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(pattern, log.read_text())
        if found:
            return found.group(1)
        time.sleep(0.1)
    raise AssertionError(f"the demo did not come up:\n{log.read_text()[-3000:]}")


def keep_log(log: Path) -> None:
    """Store the log of a run as an artefact, without the sign-in that it printed."""
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    (ARTIFACTS / "demo.log").write_text(re.sub(r"(Password\s+)\S+", r"\1…", log.read_text()))
