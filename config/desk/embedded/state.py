"""The state of a checkout's embedded servers in `var/embedded.json`, and its locks.

Every command that uses the servers holds a shared lock on `embedded.lease`. Starting and stopping
need an exclusive lock on `embedded.lock`, so of two concurrent starts one starts the servers and
the other joins.
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
    """The process id of a server and its port on 127.0.0.1."""

    pid: int
    port: int


@dataclass(frozen=True)
class State:
    """What is stored about the servers.

    `home` is the folder of their data if that isn't `var`. `password` is that of the application
    role and of Valkey; it is new until PostgreSQL has run with it. The keys of `listeners` are
    postgres and valkey.
    """

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
        """Replace the file atomically; only its owner can read it."""
        partial = var / f".{FILE_NAME}.partial"
        partial.unlink(missing_ok=True)
        with open(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            json.dump(asdict(self), file, indent=2, default=str)
        hand_over(partial, self.checkout)
        partial.replace(var / FILE_NAME)


def read_state(checkout: Path, var: Path) -> State:
    """Return the stored state, or a new one if there is none or it is invalid."""
    try:
        state = parse_state((var / FILE_NAME).read_text())
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return State(checkout)
    # A moved checkout keeps its servers' folders; a copied one gets new ones.
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
    """A shared lock on the servers. Use it only under `starting_or_stopping`."""

    def __init__(self, var: Path, checkout: Path) -> None:
        self._file = open_lock(var / "embedded.lease", checkout)

    def is_only_one(self) -> bool:
        """Return whether no other command holds a lease.

        If so, the lock is now exclusive, and no command gets a lease until this one is shared
        again.
        """
        return try_exclusive(self._file)

    def share(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_SH)

    def give_back(self) -> None:
        os.close(self._file)


def starting_or_stopping(var: Path, checkout: Path) -> AbstractContextManager[None]:
    return exclusive(var / "embedded.lock", checkout)


@contextmanager
def exclusive(path: Path, checkout: Path) -> Iterator[None]:
    """Hold the lock file `path` exclusively; waits for other commands."""
    file = open_lock(path, checkout)
    try:
        deadline = time.monotonic() + WAIT_SECONDS
        while not try_exclusive(file):
            if time.monotonic() > deadline:
                raise EmbeddedError(
                    f"Another command has held {path} for {WAIT_SECONDS} s. Stop it and start"
                    " again."
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
