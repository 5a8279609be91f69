"""File locks that the kernel takes back when their holder dies, however it dies.

Every user of the embedded servers holds a shared lock of `embedded.lease` for as long as it
lives. Starting and stopping happen under an exclusive lock of `embedded.lock`, so that two
starts at once become one start and one join.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from config.embedded.errors import EmbeddedError
from config.embedded.place import hand_over

WAIT_SECONDS = 120
POLL_SECONDS = 0.02


class Lease:
    """A share in the servers. Use it under `starting_or_stopping` alone."""

    def __init__(self, var: Path, checkout: Path) -> None:
        self._file = open_lock(var / "embedded.lease", checkout)

    def is_only_one(self) -> bool:
        """Whether nobody else holds a lease; if so, this one keeps others from taking theirs
        until it is shared again."""
        return try_exclusive(self._file)

    def share(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def give_back(self) -> None:
        os.close(self._file)


def starting_or_stopping(var: Path, checkout: Path) -> AbstractContextManager[None]:
    return exclusive(var / "embedded.lock", checkout)


@contextmanager
def exclusive(path: Path, checkout: Path) -> Iterator[None]:
    """Waits until no other command holds the lock file `path`, and keeps others waiting."""
    file = open_lock(path, checkout)
    try:
        deadline = time.monotonic() + WAIT_SECONDS
        while not try_exclusive(file):
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"Another command has held {path} for {WAIT_SECONDS} s: end it and start again."
                )
            time.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(file)


def open_lock(path: Path, checkout: Path) -> int:
    file = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    hand_over(path, checkout)
    return file


def try_exclusive(file: int) -> bool:
    return _try(file, fcntl.LOCK_EX)


def try_shared(file: int) -> bool:
    return _try(file, fcntl.LOCK_SH)


def _try(file: int, kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
