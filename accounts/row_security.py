"""Row-level security as a step of a migration: the rule is stated here, once for all tables.

A policy holds for whoever asks, the tables' owner too (FORCE), for what is read and for what is
written. Its settings are read in sub-selects, so once a statement and not once a row.
https://www.postgresql.org/docs/18/ddl-rowsecurity.html
"""

from __future__ import annotations

from django.db.migrations import RunSQL

SYSTEM = "(SELECT coalesce(current_setting('app.system', true), '') <> '')"


def show_own_rows(table: str, *, owner: str = "owner_id") -> RunSQL:
    """Each person sees and writes the rows that name them in `owner`; the system all."""
    own = f"{owner} = (SELECT nullif(current_setting('app.user_id', true), '')::bigint)"
    return _protected(table, f"USING ({own} OR {SYSTEM}) WITH CHECK ({own} OR {SYSTEM})")


def show_to_system(table: str) -> RunSQL:
    """Rows that are nobody's own, and none of anybody's business."""
    return _protected(table, f"USING ({SYSTEM}) WITH CHECK ({SYSTEM})")


def show_presented_row(table: str, *, setting: str, column: str) -> RunSQL:
    """Beside its owner also whoever presents its key sees a row: before anybody is known."""
    presented = f"{column} = (SELECT nullif(current_setting('{setting}', true), '')::uuid)"
    return _policy(table, "presented", f"FOR SELECT USING ({presented})")


def show_rows_of_actor(table: str, *, actor: str) -> RunSQL:
    """Beside its owner also the person who is named in `actor` sees a row."""
    named = f"{actor} = (SELECT nullif(current_setting('app.user_id', true), '')::bigint)"
    return _policy(table, "acted", f"FOR SELECT USING ({named})")


def accept_rows(table: str) -> RunSQL:
    """Anybody adds rows, which is not to say that they see them."""
    return _policy(table, "accepted", "FOR INSERT WITH CHECK (true)")


def _protected(table: str, rule: str) -> RunSQL:
    return RunSQL(
        [
            f"CREATE POLICY own ON {table} {rule}",
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        ],
        [
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
            f"DROP POLICY own ON {table}",
        ],
    )


def _policy(table: str, name: str, rule: str) -> RunSQL:
    return RunSQL([f"CREATE POLICY {name} ON {table} {rule}"], [f"DROP POLICY {name} ON {table}"])
