"""Every column that refers to another table is enforced by the database, or exempt for a reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, models

from tests.keys.catalogue import (
    Column,
    columns_of,
    held_columns,
    keys,
    keys_held_by_triggers,
    naming_columns,
)

pytestmark = pytest.mark.django_db
DESIGN = Path(__file__).resolve().parents[2] / "docs" / "design.md"
# docs/design.md gives the reason for each.
WITHOUT_A_KEY = {
    "accounts_auditevent.client_id",
    "accounts_auditevent.request_id",
    "accounts_auditevent.session_id",
    "accounts_session.client_id",
    "accounts_user.legacy_id",
    "accounts_user.public_id",
    "calendars_calendar.remote_id",
    "calendars_calendar.seen_run",
    "calendars_categorychoice.event_id",
    "calendars_categorylesson.learnt_from",
    "calendars_channel.resource_id",
    "calendars_event.colour_id",
    "calendars_event.recurring_event_id",
    "calendars_event.remote_id",
    "calendars_event.seen_run",
    "calendars_eventchange.act",
    "calendars_eventchange.event_id",
    "calendars_eventchange.remote_id",
    "calendars_grantrevocation.connection_id",
    "calendars_pendingchange.after",
    "calendars_pendingchange.event_id",
    "calendars_pendingchange.remote_id",
    "calendars_quarantinedevent.remote_id",
    "calendars_quarantinedevent.seen_run",
    "calendars_refreshtokenmeter.client_id",
    "calendars_reminder.event_id",
    "calendars_reminder.mail_id",
    "calendars_searchentry.calendar_id",
    "calendars_searchentry.event_id",
    "calendars_searchentry.series_id",
    "calendars_searchindex.read_to",
    "calendars_tombstone.calendar_id",
    "django_admin_log.object_id",
}
IN_ANY_TABLE = "lease_token"
COPIED = ("owner_id", "calendar_id", "connection_id")
# The collection of a run: decided by its claim, within one owner.
NOT_COPIES = {
    ("calendars_syncstate", "calendars_syncrun", "calendar_id"),
    ("calendars_syncstate", "calendars_syncrun", "connection_id"),
}


def test_every_column_that_names_a_row_is_held_or_has_a_reason() -> None:
    free = {each for each in naming_columns() - held_columns() if each.name != IN_ANY_TABLE}

    assert {f"{column.table}.{column.name}" for column in free} == WITHOUT_A_KEY


@pytest.mark.parametrize(
    "column",
    [
        "calendar_id uuid",
        "event uuid",
        "token uuid",
        "events uuid[]",
        "owner bigint",
        "session text",
        "run_id bigint",
    ],
)
def test_a_new_column_without_a_key_is_found(column: str) -> None:
    run(f"CREATE TABLE newcomer ({column})")

    assert Column("newcomer", column.split()[0]) in naming_columns() - held_columns()


def test_a_new_column_with_a_key_is_held() -> None:
    run("CREATE TABLE newcomer (calendar_id uuid REFERENCES calendars_calendar)")

    assert Column("newcomer", "calendar_id") in held_columns()


def test_each_reason_stands_in_the_documentation() -> None:
    lines = DESIGN.read_text().splitlines()
    for column in (*WITHOUT_A_KEY, IN_ANY_TABLE):
        assert [line for line in lines if line.startswith("| ") and f"`{column}`" in line], column


def test_every_relation_of_a_model_is_held() -> None:
    relations = {
        Column(model._meta.db_table, field.column)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.ForeignKey)
    }

    assert relations - held_columns() == set()


def test_a_copy_of_a_key_is_held_to_the_row_that_it_is_copied_from() -> None:
    """If two rows name the same owner, row-level security relies on it."""
    missing = {
        (key.table, key.parent, copy)
        for key in keys()
        for copy in COPIED
        if copy in columns_of(key.table) & columns_of(key.parent) - {key.columns[0]}
        if not is_copied(key.table, key.parent, key.columns[0], copy)
    }

    assert missing == NOT_COPIES


def is_copied(table: str, parent: str, key: str, copy: str) -> bool:
    return any(
        each[:2] == (table, parent) and each.columns[0] == key and copy in each.columns
        for each in keys()
    )


def test_the_tables_that_a_sync_fills_are_held_once_a_statement() -> None:
    held = {(key.table, key.parent): key.columns for key in keys_held_by_triggers()}

    assert held == {
        ("calendars_event", "calendars_calendar"): ("calendar_id", "owner_id"),
        ("calendars_occurrence", "calendars_event"): ("event_id", "owner_id", "calendar_id"),
    }


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
