"""Keys that triggers enforce refuse what a foreign key would refuse, and so do copies of keys."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, NotSupportedError, connection, transaction
from django.db.models import F

from accounts.models import User
from calendars.models import (
    AuthorizationRequest,
    Connection,
    Event,
    Occurrence,
    PendingChange,
    SyncRun,
    SyncState,
)
from tests.keys.catalogue import Key, foreign_keys, keys_held_by_triggers, orphans
from tests.row_security.rows import make_rows

pytestmark = pytest.mark.django_db
NOT_THERE = "names a row of {parent} that is not there"


@pytest.fixture(autouse=True)
def rows(alice: User) -> None:
    make_rows(alice)
    one_run, account = SyncRun.objects.get(), Connection.objects.get()
    SyncState.objects.update(run=one_run, queued_run=one_run)
    AuthorizationRequest.objects.update(connection=account)
    PendingChange.objects.update(source=F("calendar"))


def run(statement: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def held() -> list[Key]:
    return sorted(keys_held_by_triggers())


def insert_copy(key: Key, **changes: Any) -> None:
    """Insert a copy of the existing row with `changes`."""
    changed = ", ".join(f"%s AS {name}" for name in changes)
    run(
        f"INSERT INTO {key.table} SELECT (jsonb_populate_record(c, to_jsonb(x))).*"
        f" FROM {key.table} c, (SELECT {changed}) x",
        *changes.values(),
    )


def refused(message: str) -> pytest.RaisesExc[IntegrityError]:
    return pytest.raises(IntegrityError, match=message)


def test_every_row_names_rows_that_are_there() -> None:
    assert orphans() == {}


def test_a_row_without_its_parent_is_refused() -> None:
    for key in held():
        changes = {key.columns[0]: uuid.uuid4()} | other_id(key)
        with refused(NOT_THERE.format(parent=key.parent)), transaction.atomic():
            insert_copy(key, **changes)


def test_a_row_with_another_owner_than_its_parent_is_refused(bob: User) -> None:
    for key in held():
        with refused(NOT_THERE.format(parent=key.parent)), transaction.atomic():
            insert_copy(key, owner_id=bob.pk, **other_id(key))


def other_id(key: Key) -> dict[str, Any]:
    """Return the change that makes a copy another row."""
    if key.table == "calendars_event":
        return {"id": uuid.uuid4()}
    return {"original_start_at": "2031-01-01T00:00:00Z"}


def test_keys_are_final(bob: User) -> None:
    tables = {"calendars_calendar": ["id", "connection_id"]}
    tables |= {key.table: [key.columns[0]] for key in held()}
    for table, columns in tables.items():
        for name, value in [("owner_id", bob.pk), *((name, uuid.uuid4()) for name in columns)]:
            with refused(f"keys of a row of {table} are final"), transaction.atomic():
                run(f"UPDATE {table} SET {name} = %s", value)
    run("UPDATE calendars_event SET owner_id = owner_id, summary = 'The same keys'")
    assert Event.objects.get().summary == "The same keys"


def test_a_deleted_event_takes_its_occurrences_along_and_a_calendar_its_events() -> None:
    Event.objects.all().delete()
    assert not Occurrence.objects.exists()


def test_a_calendar_deleted_by_a_plain_statement_takes_everything_along() -> None:
    for table in (
        "eventchange",
        "pendingchange",
        "quarantinedevent",
        "channel",
        "syncstate",
        "syncrun",
        "share",
    ):
        run(f"DELETE FROM calendars_{table}")
    run("DELETE FROM calendars_calendar")

    assert not Event.objects.exists()
    assert not Occurrence.objects.exists()


@pytest.mark.parametrize("table", ["calendars_calendar", "calendars_event"])
def test_a_table_is_not_emptied_without_the_rows_that_name_it(table: str) -> None:
    run("SET CONSTRAINTS ALL IMMEDIATE")  # check what the fixture wrote
    with refused("in the same command"), transaction.atomic():
        run(f"TRUNCATE {table} CASCADE")
    assert Event.objects.exists()


def test_copies_that_foreign_keys_hold_are_those_of_the_row(bob: User) -> None:
    copied = [key for key in foreign_keys() if "owner_id" in key.columns[1:]]
    assert len(copied) >= 13
    for key in copied:
        with refused("foreign key constraint|are final"), transaction.atomic():
            run(f"UPDATE {key.table} SET owner_id = %s WHERE {key.columns[0]} IS NOT NULL", bob.pk)
            run("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.django_db(transaction=True)
def test_a_deletion_that_could_not_see_new_rows_is_refused() -> None:
    level = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL"
    run(f"{level} REPEATABLE READ")
    try:
        with pytest.raises(NotSupportedError, match="READ COMMITTED"), transaction.atomic():
            Event.objects.all().delete()
    finally:
        run(f"{level} READ COMMITTED")
    assert Event.objects.exists()
