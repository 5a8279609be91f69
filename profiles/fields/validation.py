"""Validation of a whole change: its values in normal form, and all faults at once.

Services validate each write once, with the row locked. The page's check of a single field and the
import use the same function, so a change is validated the same way through every door.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from config.web.problems import FieldFault
from profiles.fields.rules import NO_VALUES, Value, Values, text_of, tidy
from profiles.fields.validators import ALIASES, EXTENSIONS, FIELDS, MEMBERS, Rule, extension_within


def flatten_document(document: Mapping[str, object]) -> dict[str, object]:
    """Return the values by dotted path. An object that is null or "" clears all of its parts.

    Unknown names are kept, so that `validate` refuses them.
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
    """Return a client's name in a form that is safe in a response: short and valid UTF-8."""
    return name[:64].encode("utf-8", "replace").decode()


@dataclass(slots=True)
class Validation:
    """The result of validating a change. `values` are the values to store, in normal form by dotted
    path; `around` is the whole profile after the change."""

    around: dict[str, Value]
    values: dict[str, Value] = field(default_factory=dict)
    faults: list[FieldFault] = field(default_factory=list)

    def accept(self, path: str, value: Value) -> None:
        self.around[path] = self.values[path] = value

    def refuse(self, path: str, error: ValidationError) -> None:
        self.faults.append(FieldFault(path, error.code or "invalid", error.messages[0]))


def validate(
    changes: Mapping[str, object], stored: Values = NO_VALUES, *, replaces: bool = False
) -> Validation:
    """Validate changes by dotted path against the stored values.

    A value equal to the stored or shown one is skipped: it may be older than the rule. Fields that
    depend on a changed value are validated again, unless they were already invalid. With
    `replaces`, missing fields are cleared.
    """
    validation = Validation(around=dict(stored))
    given, names = _by_first_names(changes, stored, validation)
    if replaces:
        given = {**dict.fromkeys(FIELDS), **given}
    for path in sorted(given, key=_order):
        came_with_number = path in validation.values and not given[path]
        if not came_with_number and not _is_as_stored(path, given[path], stored):
            _validate_value(validation, path, given, stored)
    for path in _dependent_on(validation.values):
        if path not in validation.values and path not in {f.field for f in validation.faults}:
            _revalidate(validation, path, stored)
    validation.faults = [_named(fault, names) for fault in validation.faults]
    return validation


def _by_first_names(
    changes: Mapping[str, object], stored: Values, validation: Validation
) -> tuple[dict[str, object], dict[str, str]]:
    """Return the changes without aliases, and the alias by path for naming faults.

    If a client sends both names of a field with different values, the changed value is used: a
    client that sends back a whole profile sends the other one unchanged. If both changed, that's a
    fault.
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
            error = ValidationError(
                _("Send either this field or %(path)s, or the same value in both.")
                % {"path": path},
                code="contradiction",
            )
            validation.refuse(alias, error)
    return given, names


def _is_unchanged(path: str, value: object, stored: Values) -> bool:
    return ("" if value is None else value) == (stored.get(path) or "")


def _named(fault: FieldFault, names: Mapping[str, str]) -> FieldFault:
    return FieldFault(names.get(fault.field, fault.field), fault.code, fault.message)


def _validate_value(
    validation: Validation, path: str, changes: Mapping[str, object], stored: Values
) -> None:
    rule = FIELDS.get(path)
    if rule is None:
        return validation.refuse(path, _no_field(path))
    try:
        value = rule.clean(changes[path], validation.around)
    except ValidationError as error:
        return validation.refuse(path, error)
    validation.accept(path, value)
    if path in EXTENSIONS:
        _keep_extension(validation, path, changes, stored)
    return None


def _no_field(path: str) -> ValidationError:
    if path in MEMBERS:
        return ValidationError(_("This must be an object."), code="not_an_object")
    return ValidationError(_("A profile doesn't have this field."), code="unknown_field")


def _keep_extension(
    validation: Validation, path: str, changes: Mapping[str, object], stored: Values
) -> None:
    """Store an extension typed after the number in its own field, and clear the former extension
    with its number, unless the change sets the extension."""
    extension = EXTENSIONS[path]
    written = extension_within(path, changes[path], validation.around)
    other = changes.get(extension)
    if written and (not other or _is_as_stored(extension, other, stored)):
        validation.accept(extension, written)
    elif extension not in changes and validation.values[path] != (stored.get(path) or ""):
        validation.accept(extension, "")


def _is_as_stored(path: str, given: object, stored: Values) -> bool:
    if path not in FIELDS:
        return False
    value = stored.get(path) or None
    if value is None or not isinstance(given, str):
        return given == value
    return tidy(given) in (text_of(value), FIELDS[path].show(value, stored))


def _dependent_on(values: Values) -> list[str]:
    return [path for path, rule in FIELDS.items() if not values.keys().isdisjoint(rule.depends_on)]


def _revalidate(validation: Validation, path: str, stored: Values) -> None:
    """Refuse a stored value that the change makes invalid; one that was already invalid is kept."""
    rule, value = FIELDS[path], stored.get(path)
    error = _refusal(rule, value, validation.around) if value else None
    if error and _refusal(rule, value, stored) is None:
        validation.refuse(path, error)


def _refusal(rule: Rule, value: Value, around: Values) -> ValidationError | None:
    try:
        rule.clean(value, around)
    except ValidationError as error:
        return error
    return None


def _order(path: str) -> int:
    """Return the sort key that puts the fields a rule depends on before it."""
    rule = FIELDS.get(path)
    if rule is None:
        return 0
    return 1 + max(map(_order, (*rule.hints, *rule.depends_on)), default=0)
