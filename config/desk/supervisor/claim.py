"""One supervisor per checkout, by a lock: two would run two beats on one database.

The lock belongs to an open file and ends with the last process that has it open. The guard has it
open too, so after a kill -9 the lock lasts until the guard has ended the remaining programs.
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
    """Another `up` or `demo` runs in this checkout. The message is one line with what to do."""


@contextmanager
def claimed(
    base_dir: Path, address: str, environment: Mapping[str, str] | None = None
) -> Iterator[int]:
    """Hold the checkout's lock and yield its file, for the guard.

    `environment` is that of the programs, stored for the commands that run beside them. Raises
    AlreadySupervised with the holder's process id and address, and EmbeddedError if the lock file
    can't be used.
    """
    checkout = base_dir.resolve()
    with explained("Can't use the supervisor's lock"):
        file = open_lock(make_var(checkout, FOLDER) / FILE_NAME, checkout)
    try:
        take_lock(file)
        write_holder(file, {"address": address, "environment": dict(environment or {})})
        yield file
    finally:
        os.close(file)


def take_lock(file: int) -> None:
    """Take the lock; waits only for the guard of a killed supervisor."""
    deadline = time.monotonic() + GRACE_SECONDS + 2
    while not try_exclusive(file):
        holder = read_holder(file)
        if psutil.pid_exists(holder.get("pid", 0)) or time.monotonic() > deadline:
            raise AlreadySupervised(
                f"Daybook already runs in this checkout: {holder.get('address', 'starting')},"
                f" process {holder.get('pid', 'unknown')}. Stop it first (Ctrl-C or kill), or use"
                " another checkout."
            )
        time.sleep(POLL_SECONDS)


def environment_beside(base_dir: Path) -> dict[str, str]:
    """Return the environment of this checkout's supervised programs.

    It is empty if no supervisor runs or this user can't read it.
    """
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
    """Return what the holder stored; empty until it has written."""
    try:
        found: dict[str, Any] = json.loads(os.pread(file, 4096, 0))
    except ValueError:
        return {}
    return found
