"""The rules of `validators.FIELDS` as CHECK constraints, one per column.

A value that was stored before its rule became stricter is grandfathered: the row's column
`grandfathered` lists it, and its CHECK ignores it until it changes.

PostgreSQL tests every CHECK of a row at each UPDATE, also for unchanged columns, so NOT VALID
would make old rows unwritable. A trigger removes a column from the list as soon as its value
changes; only a migration adds one.
"""

from __future__ import annotations

from typing import Any, cast

from django.db.migrations import AddConstraint
from django.db.models import (
    BaseConstraint,
    BooleanField,
    CheckConstraint,
    DateField,
    F,
    Func,
    Q,
    Value,
)

from profiles.fields.dates import DateRule
from profiles.fields.rules import TextRule
from profiles.fields.validators import FIELDS, Rule, column_of

PREFIX = "profile_"
SUFFIX = "_valid"
GRANDFATHERED = "grandfathered"
TABLE = "profiles_profile"
TRIGGER = "profile_grandfathered_shrinks"


def every_check() -> list[BaseConstraint]:
    return [
        CheckConstraint(condition=_condition(column_of(path), rule), name=_name(column_of(path)))
        for path, rule in FIELDS.items()
    ]


def column_of_constraint(name: str | None) -> str | None:
    """Return the column of a violated constraint, or None if no rule has this constraint."""
    if name and name.startswith(PREFIX) and name.endswith(SUFFIX):
        return name.removeprefix(PREFIX).removesuffix(SUFFIX)
    return None


def _name(column: str) -> str:
    return f"{PREFIX}{column}{SUFFIX}"


def _condition(column: str, rule: Rule) -> Q:
    old = Q(**{f"{GRANDFATHERED}__contains": [column]})
    if isinstance(rule, DateRule):
        return old | _date_condition(column, rule)
    return old | Q(**{column: ""}) | _text_condition(column, rule)


def _text_condition(column: str, rule: TextRule) -> Q:
    patterns = {rule.hygiene, rule.pattern}
    condition = Q(_is_nfc(column))
    for pattern in sorted(patterns):
        condition &= Q(**{f"{column}__regex": rf"\A(?:{pattern})\Z"})
    if rule.database_test:
        test = Func(F(column), function=rule.database_test, output_field=BooleanField())
        condition &= Q(test)
    for need in rule.needs:
        other = Q(**{f"{column}__regex": rf"\A(?:{need.pattern})\Z"})
        condition &= ~other | ~Q(**{column_of(need.path): ""})
    return condition


def _date_condition(column: str, rule: DateRule) -> Q:
    # Not immutable, but safe in a CHECK: a past date stays in the past.
    today = Func(function="CURRENT_DATE", template="%(function)s", output_field=DateField())
    bounds = Q(**{f"{column}__gte": rule.floor, f"{column}__lte": today})
    return Q(**{f"{column}__isnull": True}) | bounds


def _is_nfc(column: str) -> Func:
    return Func(
        F(column), template="%(expressions)s IS NFC NORMALIZED", output_field=BooleanField()
    )


class AddConstraintForNewValues(AddConstraint):
    """Adds a CHECK of `every_check` and grandfathers the values that it would refuse."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        check = cast(CheckConstraint, self.constraint)
        refused = model._base_manager.using(schema_editor.connection.alias).exclude(check.condition)
        column = Value(column_of_constraint(check.name))
        schema_editor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER {TRIGGER}")
        refused.update(**{GRANDFATHERED: Func(F(GRANDFATHERED), column, function="array_append")})
        schema_editor.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER {TRIGGER}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)
