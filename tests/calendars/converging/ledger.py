"""Who wrote what, having seen what: it says which writes may be gone at the end, and which not.

A write is a value of one field of one event at one side. It supersedes the writes that its side had
seen. A write that no other supersedes must be there at the end: on both sides, or, if there are
several of one field, in a conflict that names each. The ledger sees values alone: it compares what
each side has before and after each step, and knows nothing of how Daybook works.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal, NamedTuple

Side = Literal["here", "there"]
SIDES: tuple[Side, Side] = ("here", "there")
LIFE = "life"
LIVE, CANCELLED, ABSENT = "live", "cancelled", "absent"
State = Mapping[
    str, Mapping[str, Any]
]  # fields by the id of an event; one that is not there is absent


class Key(NamedTuple):
    event: str
    field: str


@dataclass(frozen=True, slots=True)
class Write:
    """`seen` are the writes of any field of the event that its writer knew."""

    number: int
    side: Side
    key: Key
    value: Any
    seen: frozenset[int]


@dataclass
class Ledger:
    writes: dict[Key, list[Write]] = field(default_factory=lambda: defaultdict(list))
    known: dict[Side, dict[str, set[int]]] = field(
        default_factory=lambda: {side: defaultdict(set) for side in SIDES}
    )
    numbers: Iterable[int] = field(default_factory=count)

    def write(self, side: Side, before: State, after: State) -> None:
        """What a person changed at one side, in one act."""
        for event in before.keys() | after.keys():
            old, new = _fields(before, event), _fields(after, event)
            seen = frozenset(self.known[side][event])
            for name in new:
                if new[name] != old.get(name):
                    self._add(side, Key(event, name), new[name], seen)

    def settle(self, event: str, state: State) -> None:
        """A person saw both sides of a conflict and chose: what is here now supersedes both."""
        seen = frozenset(self.known["here"][event] | self.known["there"][event])
        for name, value in _fields(state, event).items():
            self._add("here", Key(event, name), value, seen)

    def observe(self, side: Side, state: State) -> None:
        """What a side has after a sync: it knows the writes whose values it has."""
        for event in {key.event for key in self.writes}:
            fields = _fields(state, event)
            for name in {key.field for key in self.writes if key.event == event}:
                self._notice(side, Key(event, name), fields.get(name))

    def heads(self, key: Key) -> list[Write]:
        """The writes that no other supersedes, the last of each value. A deletion supersedes what
        its writer knew of the whole event."""
        deletions = [w for w in self.writes[Key(key.event, LIFE)] if w.value != LIVE]
        later = [*self.writes[key], *deletions]
        superseded = set[int]().union(*(write.seen for write in later))
        found = [write for write in self.writes[key] if write.number not in superseded]
        return list({repr(write.value): write for write in found}.values())

    def events(self) -> set[str]:
        return {key.event for key in self.writes}

    def keys_of(self, event: str) -> list[Key]:
        return sorted(key for key in self.writes if key.event == event)

    def unseen_by_deletions(self, event: str) -> list[Write]:
        """Writes to an event that each deletion of it, and each deleter, had not seen."""
        deletions = [w for w in self.writes[Key(event, LIFE)] if w.value != LIVE]
        if not deletions:
            return []
        return [
            write
            for key in self.keys_of(event)
            if key.field != LIFE
            for write in self.heads(key)
            if not any(write.number in deletion.seen for deletion in deletions)
        ]

    def _add(self, side: Side, key: Key, value: Any, seen: frozenset[int]) -> None:
        write = Write(next(iter(self.numbers)), side, key, value, seen)
        self.writes[key].append(write)
        self.known[side][key.event].add(write.number)

    def _notice(self, side: Side, key: Key, value: Any) -> None:
        for write in self.writes[key]:
            if write.value == value:
                self.known[side][key.event] |= {write.number, *write.seen}


def _fields(state: State, event: str) -> dict[str, Any]:
    return dict(state.get(event) or {LIFE: ABSENT})
