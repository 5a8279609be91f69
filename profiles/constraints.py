"""The rules of `validators.FIELDS` as CHECK constraints, one a column."""

from __future__ import annotations

from django.db.models import (
    BaseConstraint,
    BooleanField,
    CheckConstraint,
    DateField,
    F,
    Func,
    Q,
)

from profiles.rules import DateRule, TextRule
from profiles.validators import FIELDS, column_of

PREFIX = "profile_"
SUFFIX = "_valid"


def every_check() -> list[BaseConstraint]:
    return [
        CheckConstraint(condition=_condition(column_of(path), rule), name=_name(column_of(path)))
        for path, rule in FIELDS.items()
    ]


def column_of_constraint(name: str | None) -> str | None:
    """The column whose value broke the constraint; None for a constraint that is not ours."""
    if name and name.startswith(PREFIX) and name.endswith(SUFFIX):
        return name.removeprefix(PREFIX).removesuffix(SUFFIX)
    return None


def _name(column: str) -> str:
    return f"{PREFIX}{column}{SUFFIX}"


def _condition(column: str, rule: TextRule | DateRule) -> Q:
    if isinstance(rule, DateRule):
        return _date_condition(column, rule)
    return Q(**{column: ""}) | _text_condition(column, rule)


def _text_condition(column: str, rule: TextRule) -> Q:
    patterns = {rule.hygiene, rule.pattern}
    condition = Q(_is_nfc(column))
    for pattern in sorted(patterns):
        condition &= Q(**{f"{column}__regex": rf"\A(?:{pattern})\Z"})
    if rule.database_test:
        test = Func(F(column), function=rule.database_test, output_field=BooleanField())
        condition &= Q(test)
    return condition


def _date_condition(column: str, rule: DateRule) -> Q:
    # Not immutable, yet safe in a CHECK: a day that has come once stays in the past.
    today = Func(function="CURRENT_DATE", template="%(function)s", output_field=DateField())
    bounds = Q(**{f"{column}__gte": rule.floor, f"{column}__lte": today})
    return Q(**{f"{column}__isnull": True}) | bounds


def _is_nfc(column: str) -> Func:
    return Func(
        F(column), template="%(expressions)s IS NFC NORMALIZED", output_field=BooleanField()
    )
