"""One supervisor a checkout: two of them would run two beats on one database.

The lock belongs to an open file, so it ends with the last process that holds the file. The guard
holds it too: after a kill -9 it lasts until the guard has ended what the supervisor left.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from config.desk.embedded.place import explained, make_var
from config.desk.embedded.state import open_lock, try_exclusive, try_shared
from config.desk.supervisor.guard import GRACE_SECONDS

FOLDER = "var"
FILE_NAME = "supervisor.lock"
POLL_SECONDS = 0.05


class AlreadySupervised(Exception):
    """Another `up` or `demo` runs in this checkout. The text is one line that says what to do."""


@contextmanager
def claimed(
    base_dir: Path, address: str, environment: Mapping[str, str] | None = None
) -> Iterator[int]:
    """Holds the checkout's lock and yields its file, for the guard. `environment` is what the
    programs are given, for the commands that run beside them.

    Raises AlreadySupervised with the holder's process id and address, and EmbeddedError when the
    lock file cannot be used.
    """
    checkout = base_dir.resolve()
    with explained("The supervisor's lock cannot be used"):
        file = open_lock(make_var(checkout, FOLDER) / FILE_NAME, checkout)
    try:
        take(file)
        write_holder(file, {"address": address, "environment": dict(environment or {})})
        yield file
    finally:
        os.close(file)


def take(file: int) -> None:
    """Waits only for the guard of a supervisor that was killed."""
    deadline = time.monotonic() + GRACE_SECONDS + 2
    while not try_exclusive(file):
        holder = read_holder(file)
        if psutil.pid_exists(holder.get("pid", 0)) or time.monotonic() > deadline:
            raise AlreadySupervised(
                f"Daybook already runs in this checkout: {holder.get('address', 'starting')},"
                f" process {holder.get('pid', 'unknown')}. End that one first (Ctrl-C or"
                " kill), or use a checkout of its own."
            )
        time.sleep(POLL_SECONDS)


def environment_beside(base_dir: Path) -> dict[str, str]:
    """What the supervisor of this checkout gives its programs; empty when none runs, or when this
    user may not know."""
    try:
        file = os.open(base_dir.resolve() / FOLDER / FILE_NAME, os.O_RDONLY)
    except OSError:
        return {}
    try:
        return {} if try_shared(file) else read_holder(file).get("environment", {})
    finally:
        os.close(file)


def write_holder(file: int, holder: Mapping[str, Any]) -> None:
    os.ftruncate(file, 0)
    os.pwrite(file, json.dumps({"pid": os.getpid(), **holder}).encode(), 0)


def read_holder(file: int) -> dict[str, Any]:
    """Empty for the moment in which the holder has not written yet."""
    try:
        found: dict[str, Any] = json.loads(os.pread(file, 4096, 0))
    except ValueError:
        return {}
    return found
