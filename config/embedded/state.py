"""`var/embedded.json`: what the embedded servers of a checkout are, and where they listen."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from config.embedded.place import hand_over

FILE_NAME = "embedded.json"


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

    def with_listener(self, name: str, listener: Listener) -> "State":
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
