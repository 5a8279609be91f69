"""The current state of each resource, and its changes in order.

A sync token is a position in the journal, so an incremental list costs only its changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

Entry = TypeVar("Entry")


class Journal(Generic[Entry]):
    """The latest entry of each key, in the order of their first appearance, and the log of all."""

    def __init__(self) -> None:
        self._newest: dict[str, Entry] = {}
        self._log: list[tuple[str, Entry]] = []
        # Tokens of an earlier epoch require a full sync.
        self.epoch = 1

    @property
    def version(self) -> int:
        """Return the number of changes so far."""
        return len(self._log)

    @property
    def state(self) -> tuple[int, int]:
        """Return what a cached list of the journal depends on."""
        return self.epoch, self.version

    def get(self, key: str) -> Entry | None:
        """Return the latest entry of a key."""
        return self._newest.get(key)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._newest.values())

    def put(self, key: str, entry: Entry) -> None:
        """Record a change."""
        self._newest[key] = entry
        self._log.append((key, entry))

    def rewrite(self, transform: Callable[[Entry], Entry]) -> None:
        """Replace every entry without recording a change."""
        rewritten = {id(entry): transform(entry) for _, entry in self._log}
        self._log = [(key, rewritten[id(entry)]) for key, entry in self._log]
        self._newest = {key: rewritten[id(entry)] for key, entry in self._newest.items()}

    def forget(self, key: str) -> None:
        """Remove an entry without a change, like Google for exceptions of a deleted master."""
        self._newest.pop(key, None)

    def since(self, version: int) -> list[Entry]:
        """Return the latest entry of each key changed after a version, in order of change."""
        return [e for k, e in self._log[version:] if self._newest.get(k) is e]

    def states_since(self, version: int) -> list[Entry]:
        """Return every state after a version, the newest first."""
        return [entry for _, entry in reversed(self._log[version:])]

    def state_at(self, key: str, version: int) -> Entry | None:
        """Return the state of a key at a version of the journal."""
        return next((e for k, e in reversed(self._log[:version]) if k == key), None)
