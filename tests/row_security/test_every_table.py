"""Every table with personal data is under row-level security, or exempt for a reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from tests.row_security.rows import NOBODYS, OWNED

pytestmark = pytest.mark.django_db
SECURITY = Path(__file__).resolve().parents[2] / "docs" / "security.md"
# docs/security.md gives the reason for each.
EXEMPT = {
    "account_emailaddress",
    "account_emailconfirmation",
    "accounts_user_groups",
    "accounts_user_user_permissions",
    "django_admin_log",
    "mfa_authenticator",
}
# A table is personal if it has an owner column, refers to users, or refers to such a table.
PERSONAL = """
WITH RECURSIVE personal AS (
    SELECT attrelid AS table_id FROM pg_attribute
    WHERE attname IN ('owner_id', 'user_id') AND NOT attisdropped
    UNION
    SELECT conrelid FROM pg_constraint WHERE confrelid = 'accounts_user'::regclass
    UNION
    SELECT conrelid FROM pg_constraint JOIN personal ON confrelid = table_id
)
SELECT relname, relrowsecurity AND relforcerowsecurity AND EXISTS (
    SELECT FROM pg_policy WHERE polrelid = c.oid AND polcmd = '*' AND polpermissive
) FROM pg_class c JOIN personal ON table_id = c.oid
WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
"""


def tables() -> dict[str, bool]:
    """Return the personal tables, and whether row-level security is forced on each."""
    with connection.cursor() as cursor:
        cursor.execute(PERSONAL)
        return dict(cursor.fetchall())


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_every_table_of_a_persons_is_protected_or_exempt() -> None:
    found = tables()

    assert {table for table, is_protected in found.items() if not is_protected} == EXEMPT
    assert {table for table, is_protected in found.items() if is_protected} == set(OWNED)


def test_what_names_nobody_and_concerns_people_is_protected_too() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relforcerowsecurity AND relname <> ALL(%s)",
            [list(OWNED)],
        )
        assert {name for (name,) in cursor.fetchall()} == set(NOBODYS)


@pytest.mark.parametrize(
    "columns",
    [
        "owner_id bigint",
        "user_id bigint",
        "person bigint REFERENCES accounts_user",
        "calendar uuid REFERENCES calendars_calendar",
    ],
)
def test_a_new_table_without_a_policy_is_found(columns: str) -> None:
    run(f"CREATE TABLE newcomer ({columns})")
    assert tables()["newcomer"] is False

    run("ALTER TABLE newcomer ENABLE ROW LEVEL SECURITY")
    run("CREATE POLICY own ON newcomer USING (false)")
    assert tables()["newcomer"] is False, "the tables' owner goes past it"

    run("ALTER TABLE newcomer FORCE ROW LEVEL SECURITY")
    assert tables()["newcomer"] is True


def test_each_exemption_has_its_reason_in_the_documentation() -> None:
    lines = SECURITY.read_text().splitlines()
    for table in EXEMPT:
        assert [line for line in lines if line.startswith(f"| `{table}` | ")], table


def test_the_role_is_held_to_the_policies() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)
