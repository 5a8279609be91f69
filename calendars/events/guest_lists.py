"""Three versions of a list of guests, merged person by person. Pure: no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]
_NOBODY: Json = {}
# What a guest says of themselves. Who is taken off the list is off it, whatever they answered.
_ANSWER = {"response", "comment", "guests"}


def merge_guests(
    base: Sequence[Json], mine: Sequence[Json], theirs: Sequence[Json]
) -> list[Json] | None:
    """Return the list with the changes of both sides; None if they changed the same of somebody.

    The order is that of `mine`, then of those whom the other side added.
    """
    before, own, other = (_by_address(people) for people in (base, mine, theirs))
    merged = []
    for address in [*own, *(each for each in other if each not in own)]:
        versions = (people.get(address, _NOBODY) for people in (before, own, other))
        person = _merge_one(*versions)
        if person is None:
            return None
        merged += [person] if person else []
    return merged


def _merge_one(base: Json, mine: Json, theirs: Json) -> Json | None:
    if mine in (base, theirs):
        return theirs
    if theirs == base:
        return mine
    if not mine and _is_answer(base, theirs):
        return _NOBODY
    if not (base and mine and theirs):
        return None
    names = {*base, *mine, *theirs}
    merged = {name: _merge_member(name, base, mine, theirs) for name in sorted(names)}
    if any(value == (None,) for value in merged.values()):
        return None
    return {name: value[0] for name, value in merged.items() if value}


def _merge_member(name: str, base: Json, mine: Json, theirs: Json) -> tuple[Any, ...]:
    """A tuple of the value, an empty one if there is none, (None,) if both changed it."""
    before, own, other = (each.get(name) for each in (base, mine, theirs))
    if own not in (before, other) and other != before:
        return (None,)
    value = other if own == before else own
    return () if value is None else (value,)


def _is_answer(before: Json, after: Json) -> bool:
    def rest(person: Json) -> Json:
        return {name: value for name, value in person.items() if name not in _ANSWER}

    return rest(before) == rest(after)


def _by_address(people: Sequence[Mapping[str, Any]]) -> dict[str, Json]:
    return {str(each.get("email") or each.get("name", "")): dict(each) for each in people}
