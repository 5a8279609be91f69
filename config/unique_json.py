"""JSON in which each member stands once and each number is finite.

Of a member that stands twice some readers take the first and some the last, so that two programs
read two things out of one text (RFC 8259 section 4).
"""

from __future__ import annotations

import json
from typing import Any, NoReturn


class RepeatedMember(ValueError):
    """A name stands twice in one object."""

    def __init__(self, name: str) -> None:
        super().__init__("a member stands twice")
        self.name = name


def unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """For `object_pairs_hook`. Raises RepeatedMember."""
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    seen: set[str] = set()
    for name, _value in pairs:
        if name in seen:
            raise RepeatedMember(name)
        seen.add(name)
    raise AssertionError("unreachable: fewer members than pairs")


def refuse_constant(name: str) -> NoReturn:
    """For `parse_constant`: NaN and Infinity are not JSON."""
    raise ValueError(f"{name} is not JSON")


class UniqueJSONDecoder(json.JSONDecoder):
    """For forms.JSONField, which knows decoders alone."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            object_pairs_hook=unique_members, parse_constant=refuse_constant, **options
        )

    def decode(self, s: str, *args: Any) -> Any:
        try:
            return super().decode(s, *args)
        except RepeatedMember as error:
            raise json.JSONDecodeError(str(error), "", 0) from None


def load_unique(text: str | bytes) -> Any:
    """Raises RecursionError or ValueError, of which RepeatedMember is a kind."""
    return json.loads(text, object_pairs_hook=unique_members, parse_constant=refuse_constant)
