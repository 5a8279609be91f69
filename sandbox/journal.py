"""What a resource is now, and each change that led there in order.

A sync token is a position in the journal, so an increment costs its changes and not the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

Entry = TypeVar("Entry")


class Journal(Generic[Entry]):
    """Newest entries by key, in the order of their first appearance, and the log of all."""

    def __init__(self) -> None:
        self._newest: dict[str, Entry] = {}
        self._log: list[tuple[str, Entry]] = []
        # Tokens of an earlier epoch ask for a full sync.
        self.epoch = 1

    @property
    def version(self) -> int:
        """The number of changes so far."""
        return len(self._log)

    @property
    def state(self) -> tuple[int, int]:
        """What a kept list of the journal depends on."""
        return self.epoch, self.version

    def get(self, key: str) -> Entry | None:
        """The newest entry of a key."""
        return self._newest.get(key)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._newest.values())

    def put(self, key: str, entry: Entry) -> None:
        """Records a change."""
        self._newest[key] = entry
        self._log.append((key, entry))

    def rewrite(self, transform: Callable[[Entry], Entry]) -> None:
        """Shows every entry otherwise, without a change that anyone is told of."""
        rewritten = {id(entry): transform(entry) for _, entry in self._log}
        self._log = [(key, rewritten[id(entry)]) for key, entry in self._log]
        self._newest = {key: rewritten[id(entry)] for key, entry in self._newest.items()}

    def forget(self, key: str) -> None:
        """Takes an entry away without a word, as Google does with a deleted master's exceptions."""
        self._newest.pop(key, None)

    def since(self, version: int) -> list[Entry]:
        """The newest entry of each key that changed after a version, in the order of change."""
        return [e for k, e in self._log[version:] if self._newest.get(k) is e]

    def states_since(self, version: int) -> list[Entry]:
        """Every state after a version, the newest first."""
        return [entry for _, entry in reversed(self._log[version:])]

    def state_at(self, key: str, version: int) -> Entry | None:
        """What a key was when the journal had that version."""
        return next((e for k, e in reversed(self._log[:version]) if k == key), None)
