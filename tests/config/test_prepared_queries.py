"""A query is planned once a session of the server; as text it goes where sessions change."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from config.database.faults import is_lost
from config.database.prepared import TEXT_RUNS, PreparedQuery

pytestmark = pytest.mark.django_db(transaction=True)
BEHIND = "SELECT set_config('app.session_id', %s, true)"


@pytest.fixture
def query() -> PreparedQuery:
    return PreparedQuery(
        "twice", "SELECT %s * x FROM (VALUES (1), (2)) t(x) WHERE x = %s", (2,), "int"
    )


def test_it_answers_alike_before_and_after(query: PreparedQuery) -> None:
    with CaptureQueriesContext(connection) as captured:
        answers = [answer(query, number) for number in (1, 2, 3) * TEXT_RUNS]

    assert answers == [2, 4, None] * TEXT_RUNS
    is_kept = ["EXECUTE twice" in each["sql"] for each in captured.captured_queries]
    assert is_kept == [number >= TEXT_RUNS for number in range(3 * TEXT_RUNS)]
    assert kept() == 1


def test_each_connection_has_its_own(query: PreparedQuery) -> None:
    run_often(query)
    connection.close()

    assert kept() == 0
    run_often(query)
    assert kept() == 1


def test_behind_a_pooler_it_goes_as_text(
    query: PreparedQuery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "POOLER", "pgbouncer")

    run_often(query)

    assert kept() == 0


def test_where_sessions_change_unawares_it_fails_once(query: PreparedQuery) -> None:
    """As behind a pooler that DATABASE_POOLER does not name."""
    run_often(query)
    forget()

    with pytest.raises(OperationalError) as lost:
        answer(query, 1)

    assert is_lost(lost.value), "so a safe request is run again"
    assert [answer(query, 2) for _ in range(2 * TEXT_RUNS)] == [4] * 2 * TEXT_RUNS
    assert kept() == 0


def test_a_session_that_knows_it_already_fails_once(query: PreparedQuery) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PREPARE twice AS SELECT 1")
    try:
        with pytest.raises(OperationalError):
            run_often(query)
        assert answer(query, 1) == 2
    finally:
        forget()


def answer(query: PreparedQuery, key: int) -> int | None:
    with connection.cursor() as cursor:
        query.run(cursor, key, behind=BEHIND, values=["nobody"])
        cursor.nextset()
        row = cursor.fetchone()
    return row[0] if row else None


def run_often(query: PreparedQuery) -> None:
    for _ in range(TEXT_RUNS + 1):
        answer(query, 1)


def kept() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name = 'twice'")
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def forget() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE twice")
