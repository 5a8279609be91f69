"""The rules of `validators.FIELDS` as CHECK constraints, one a column.

A value that was stored before its rule became stricter is grandfathered: its column is named in
the row's `grandfathered`, and its CHECK leaves it alone until it is changed. See
`profiles.migrations.grandfathering`.
"""

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

from profiles.dates import DateRule
from profiles.rules import TextRule
from profiles.validators import FIELDS, Rule, column_of

PREFIX = "profile_"
SUFFIX = "_valid"
GRANDFATHERED = "grandfathered"


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
    # Not immutable, yet safe in a CHECK: a day that has come once stays in the past.
    today = Func(function="CURRENT_DATE", template="%(function)s", output_field=DateField())
    bounds = Q(**{f"{column}__gte": rule.floor, f"{column}__lte": today})
    return Q(**{f"{column}__isnull": True}) | bounds


def _is_nfc(column: str) -> Func:
    return Func(
        F(column), template="%(expressions)s IS NFC NORMALIZED", output_field=BooleanField()
    )
