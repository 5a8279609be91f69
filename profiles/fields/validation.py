"""The validation of a change as a whole: its normal values, and every fault at once.

Services ask here once for each write, with the row locked; the page's check of a field and the
import ask here too, so that a change is validated alike through every door.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError

from config.web.problems import FieldFault
from profiles.fields.rules import NO_VALUES, Value, Values, text_of, tidy
from profiles.fields.validators import ALIASES, EXTENSIONS, FIELDS, MEMBERS, Rule, extension_within


def flatten_document(document: Mapping[str, object]) -> dict[str, object]:
    """Return the values by dotted path. An object that is null or "" has all of its parts cleared.

    What a profile doesn't have keeps its name, for `judge` to refuse it.
    """
    flat: dict[str, object] = {}
    for name, given in document.items():
        paths = MEMBERS.get(name, ())
        if paths and paths != (name,) and given in (None, ""):
            flat.update(dict.fromkeys(paths))
        elif paths and paths != (name,) and isinstance(given, Mapping):
            flat.update({f"{name}.{_printable(part)}": inner for part, inner in given.items()})
        else:
            flat[_printable(name)] = given
    return flat


def _printable(name: str) -> str:
    """A client's own word, fit to be told back: short, and without what UTF-8 cannot carry."""
    return name[:64].encode("utf-8", "replace").decode()


@dataclass(slots=True)
class Judgement:
    """`values` are what is to be stored, in normal form, by dotted path; `around` is the profile
    as it will be with them."""

    around: dict[str, Value]
    values: dict[str, Value] = field(default_factory=dict)
    faults: list[FieldFault] = field(default_factory=list)

    def accept(self, path: str, value: Value) -> None:
        self.around[path] = self.values[path] = value

    def refuse(self, path: str, error: ValidationError) -> None:
        self.faults.append(FieldFault(path, error.code or "invalid", error.messages[0]))


def judge(
    changes: Mapping[str, object], stored: Values = NO_VALUES, *, replaces: bool = False
) -> Judgement:
    """Validate what is given by dotted path against what is stored.

    A value that is given as it is stored, or as it is shown, is left alone: it may be older than
    the rule. What depends on a changed value is validated again, unless it did not hold before.
    With `replaces`, fields that are not given are cleared.
    """
    judgement = Judgement(around=dict(stored))
    given, names = _by_first_names(changes, stored, judgement)
    if replaces:
        given = {**dict.fromkeys(FIELDS), **given}
    for path in sorted(given, key=_order):
        came_with_number = path in judgement.values and not given[path]
        if not came_with_number and not _is_as_stored(path, given[path], stored):
            _judge_value(judgement, path, given, stored)
    for path in _dependent_on(judgement.values):
        if path not in judgement.values and path not in {f.field for f in judgement.faults}:
            _judge_again(judgement, path, stored)
    judgement.faults = [_named(fault, names) for fault in judgement.faults]
    return judgement


def _by_first_names(
    changes: Mapping[str, object], stored: Values, judgement: Judgement
) -> tuple[dict[str, object], dict[str, str]]:
    """Return the changes without aliases, and the aliases that faults are to be named by.

    Of two names with two values the one that brings a change is meant: a client that sends back a
    whole profile sends the other along as it was. If both bring one, that is a fault.
    """
    given = dict(changes)
    names: dict[str, str] = {}
    for alias, path in ALIASES.items():
        if alias not in given:
            continue
        value = given.pop(alias)
        if path not in given:
            given[path], names[path] = value, alias
        elif _is_unchanged(path, given[path], stored):
            given[path] = value
        elif value != given[path] and not _is_unchanged(path, value, stored):
            error = ValidationError(f"Give this or {path}, or both alike.", code="contradiction")
            judgement.refuse(alias, error)
    return given, names


def _is_unchanged(path: str, value: object, stored: Values) -> bool:
    return ("" if value is None else value) == (stored.get(path) or "")


def _named(fault: FieldFault, names: Mapping[str, str]) -> FieldFault:
    return FieldFault(names.get(fault.field, fault.field), fault.code, fault.message)


def _judge_value(
    judgement: Judgement, path: str, changes: Mapping[str, object], stored: Values
) -> None:
    rule = FIELDS.get(path)
    if rule is None:
        return judgement.refuse(path, _no_field(path))
    try:
        value = rule.clean(changes[path], judgement.around)
    except ValidationError as error:
        return judgement.refuse(path, error)
    judgement.accept(path, value)
    if path in EXTENSIONS:
        _keep_extension(judgement, path, changes, stored)
    return None


def _no_field(path: str) -> ValidationError:
    if path in MEMBERS:
        return ValidationError("Give this as an object.", code="not_an_object")
    return ValidationError("A profile has no such field.", code="unknown_field")


def _keep_extension(
    judgement: Judgement, path: str, changes: Mapping[str, object], stored: Values
) -> None:
    """An extension written behind the number goes to its own field, and an old one with its
    number, unless the change says otherwise."""
    extension = EXTENSIONS[path]
    written = extension_within(path, changes[path], judgement.around)
    other = changes.get(extension)
    if written and (not other or _is_as_stored(extension, other, stored)):
        judgement.accept(extension, written)
    elif extension not in changes and judgement.values[path] != (stored.get(path) or ""):
        judgement.accept(extension, "")


def _is_as_stored(path: str, given: object, stored: Values) -> bool:
    if path not in FIELDS:
        return False
    value = stored.get(path) or None
    if value is None or not isinstance(given, str):
        return given == value
    return tidy(given) in (text_of(value), FIELDS[path].show(value, stored))


def _dependent_on(values: Values) -> list[str]:
    return [path for path, rule in FIELDS.items() if not values.keys().isdisjoint(rule.depends_on)]


def _judge_again(judgement: Judgement, path: str, stored: Values) -> None:
    """A stored value that fails now is the change's fault only if it held before."""
    rule, value = FIELDS[path], stored.get(path)
    error = _refusal(rule, value, judgement.around) if value else None
    if error and _refusal(rule, value, stored) is None:
        judgement.refuse(path, error)


def _refusal(rule: Rule, value: Value, around: Values) -> ValidationError | None:
    try:
        rule.clean(value, around)
    except ValidationError as error:
        return error
    return None


def _order(path: str) -> int:
    """What a rule looks at comes before it."""
    rule = FIELDS.get(path)
    if rule is None:
        return 0
    return 1 + max(map(_order, (*rule.hints, *rule.depends_on)), default=0)
