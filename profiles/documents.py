"""The profile as a nested JSON object, made flat: dotted paths are what the rules know."""

from __future__ import annotations

from collections.abc import Mapping

from config.problems import FieldFault
from profiles.validators import MEMBERS


def flatten_document(
    document: Mapping[str, object],
) -> tuple[dict[str, object], list[FieldFault]]:
    """The values by dotted path, and the faults of the shape. An object that is null or "" has
    all of its parts cleared."""
    flat: dict[str, object] = {}
    faults: list[FieldFault] = []
    for name, given in document.items():
        paths = MEMBERS.get(name, ())
        if paths == (name,):
            flat[name] = given
        elif paths and given in (None, ""):
            flat.update(dict.fromkeys(paths))
        elif paths and isinstance(given, Mapping):
            flat.update({f"{name}.{_printable(part)}": inner for part, inner in given.items()})
        elif paths:
            faults.append(FieldFault(name, "not_an_object", "Give this as an object."))
        else:
            fault = FieldFault(_printable(name), "unknown_field", "A profile has no such field.")
            faults.append(fault)
    return flat, faults


def _printable(name: str) -> str:
    """A client's own word, fit to be told back: short, and without what UTF-8 cannot carry."""
    return name[:64].encode("utf-8", "replace").decode()
