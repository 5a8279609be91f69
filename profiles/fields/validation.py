"""The verdict on a change as a whole: its normal values, and every fault at once.

The page, the API, the services and the import all ask here, so that one change has one verdict
through every door.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError

from config.web.problems import FieldFault
from profiles.fields.rules import NO_VALUES, Value, Values, text_of, tidy
from profiles.fields.validators import EXTENSIONS, FIELDS, MEMBERS, Rule, extension_within


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


def judge(changes: Mapping[str, object], stored: Values = NO_VALUES) -> Judgement:
    """Judges what is given by dotted path against what is stored.

    A value that is given as it is stored, or as it is shown, is left alone: it may be older than
    the rule. What hangs on a changed value is judged again, unless it did not hold before.
    """
    judgement = Judgement(around=dict(stored))
    for path in sorted(changes, key=_order):
        came_with_number = path in judgement.values and not changes[path]
        if not came_with_number and not _is_as_stored(path, changes[path], stored):
            _judge_value(judgement, path, changes, stored)
    for path in _hanging_on(judgement.values):
        if path not in judgement.values and path not in {f.field for f in judgement.faults}:
            _judge_again(judgement, path, stored)
    return judgement


def _judge_value(
    judgement: Judgement, path: str, changes: Mapping[str, object], stored: Values
) -> None:
    rule = FIELDS.get(path)
    if rule is None:
        error = ValidationError("A profile has no such field.", code="unknown_field")
        return judgement.refuse(path, error)
    try:
        value = rule.clean(changes[path], judgement.around)
    except ValidationError as error:
        return judgement.refuse(path, error)
    judgement.accept(path, value)
    if path in EXTENSIONS:
        _keep_extension(judgement, path, changes, stored)
    return None


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


def _hanging_on(values: Values) -> list[str]:
    return [path for path, rule in FIELDS.items() if not values.keys().isdisjoint(rule.depends_on)]


def _judge_again(judgement: Judgement, path: str, stored: Values) -> None:
    rule, value = FIELDS[path], stored.get(path)
    if value and _refusal(rule, value, stored) is None:
        error = _refusal(rule, value, judgement.around)
        if error:
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
