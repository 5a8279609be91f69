"""How a migration makes a rule stricter without a word about the rows that are there.

PostgreSQL tests every CHECK of a row at each UPDATE, also for columns that stay, so NOT VALID
would leave old rows unwritable. Instead the row names the columns whose values are older than
their rule, their CHECKs leave these alone, and a trigger takes a column off that list as soon as
its value changes. Nothing but a migration puts one on it.
"""

from __future__ import annotations

from typing import Any, cast

from django.db.migrations import AddConstraint
from django.db.models import CheckConstraint, F, Func, Value

from profiles.constraints import GRANDFATHERED, column_of_constraint

TABLE = "profiles_profile"
TRIGGER = "profile_grandfathered_shrinks"


class AddConstraintForNewValues(AddConstraint):
    """Adds a CHECK of `constraints.every_check`, and grandfathers what it would refuse."""

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
