"""`var/embedded.json`: what the embedded servers of a checkout are, and where they listen.

Every user of the embedded servers holds a shared lock of `embedded.lease` for as long as it
lives. Starting and stopping happen under an exclusive lock of `embedded.lock`, so that two
starts at once become one start and one join.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from config.desk.embedded.place import EmbeddedError, hand_over

FILE_NAME = "embedded.json"
WAIT_SECONDS = 120
POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Listener:
    """A server as it was last started: its process id, and its port on 127.0.0.1."""

    pid: int
    port: int


@dataclass(frozen=True)
class State:
    """`home` is where the servers' folders are when that is not `var`. `password` is that of
    the application role and of Valkey, and is new until PostgreSQL has run with it.
    `listeners` has the names postgres and valkey."""

    checkout: Path
    home: Path | None = None
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    password_is_new: bool = True
    listeners: Mapping[str, Listener] = field(default_factory=dict)

    def with_listener(self, name: str, listener: Listener) -> State:
        return replace(
            self,
            listeners={**self.listeners, name: listener},
            password_is_new=self.password_is_new and name != "postgres",
        )

    def write(self, var: Path) -> None:
        """Replaces the file as a whole, readable by its owner alone."""
        partial = var / f".{FILE_NAME}.partial"
        partial.unlink(missing_ok=True)
        with open(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            json.dump(asdict(self), file, indent=2, default=str)
        hand_over(partial, self.checkout)
        partial.replace(var / FILE_NAME)


def read_state(checkout: Path, var: Path) -> State:
    """The state as last written; a new one when there is none, or none that makes sense."""
    try:
        state = parse_state((var / FILE_NAME).read_text())
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return State(checkout)
    # A checkout that was moved keeps its servers' folders; a copy of one makes its own.
    if state.checkout != checkout and state.checkout.exists():
        return State(checkout)
    home = state.home if state.home and state.home.is_dir() else None
    return replace(state, checkout=checkout, home=home)


def parse_state(text: str) -> State:
    entries = json.loads(text)
    return State(
        checkout=Path(entries["checkout"]),
        home=Path(entries["home"]) if entries["home"] else None,
        password=str(entries["password"]),
        password_is_new=bool(entries["password_is_new"]),
        listeners={name: Listener(**entry) for name, entry in entries["listeners"].items()},
    )


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
