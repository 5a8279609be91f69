"""The category of a database error, and that nothing quotes its message."""

from __future__ import annotations

import json
import logging
from typing import Any, cast

import psycopg
import pytest
from celery import Celery
from django.db import Error as DatabaseError
from django.db import IntegrityError, InternalError, OperationalError, connection, transaction
from prometheus_client import REGISTRY

from accounts.models import User
from config.celery import Task, TaskFailed
from config.database.faults import Category, category_of, is_lost, is_passing, note_fault
from config.web.logs import DatabaseMessageFilter, logging_config

WORD = "".join(("hunter", "2"))  # split, because a traceback shows the source lines
SQLSTATES = {
    "08006": Category.CONNECTION,
    "57P01": Category.CONNECTION,
    "57P03": Category.CONNECTION,
    "53300": Category.CONNECTION,
    "25006": Category.CONNECTION,
    "57014": Category.TIMEOUT,
    "55P03": Category.TIMEOUT,
    "25P03": Category.TIMEOUT,
    "23505": Category.CONSTRAINT,
    "23514": Category.CONSTRAINT,
    "40001": Category.SERIALIZATION,
    "40P01": Category.SERIALIZATION,
    "28P01": Category.AUTHENTICATION,
    "22001": Category.OTHER,
    "53100": Category.OTHER,
}
# Messages of libpq and pgbouncer, which don't always have a SQLSTATE.
TEXTS = {
    "consuming input failed: SSL error: unexpected eof while reading": Category.CONNECTION,
    "server closed the connection unexpectedly": Category.CONNECTION,
    'connection to server at "db", port 5432 failed: Connection refused': Category.CONNECTION,
    "the connection is closed": Category.CONNECTION,
    "FATAL:  password authentication failed for user": Category.AUTHENTICATION,
    'FATAL:  no pg_hba.conf entry for host "192.0.2.1"': Category.AUTHENTICATION,
    "connection timeout expired": Category.TIMEOUT,
    "FATAL:  query_wait_timeout": Category.TIMEOUT,
    "FATAL:  server login has been failing, try again later": Category.CONNECTION,
}


def raised(cause: psycopg.Error) -> DatabaseError:
    """Return the error as Django raises it."""
    error = OperationalError(*cause.args)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(("sqlstate", "category"), SQLSTATES.items(), ids=SQLSTATES)
def test_by_its_state(sqlstate: str, category: Category) -> None:
    assert category_of(raised(psycopg.errors.lookup(sqlstate)("some words"))) is category


@pytest.mark.parametrize(("text", "category"), TEXTS.items(), ids=TEXTS)
def test_by_its_words_where_there_is_no_state(text: str, category: Category) -> None:
    error = raised(psycopg.OperationalError(text))
    assert category_of(error) is category
    assert is_passing(error)
    assert is_lost(error) is (category is not Category.AUTHENTICATION)


def test_two_results_for_one_command_are_a_lost_connection() -> None:
    """Behind pgbouncer a COMMIT gets two results if its server is gone."""
    error = InternalError()
    error.__cause__ = psycopg.InternalError("received 2 results from command 'COMMIT'")
    assert is_lost(error)
    assert is_passing(error)


def test_a_statement_that_took_too_long_has_not_lost_its_connection() -> None:
    assert not is_lost(raised(psycopg.errors.QueryCanceled("canceling statement")))


@pytest.mark.django_db
def test_the_real_ones(alice: User) -> None:
    statements = {
        "SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)": Category.TIMEOUT,
        f"INSERT INTO accounts_user SELECT * FROM accounts_user WHERE id = {alice.pk}": (
            Category.CONSTRAINT
        ),
    }
    for statement, category in statements.items():
        with pytest.raises(DatabaseError) as caught, transaction.atomic():
            connection.cursor().execute(statement)
        assert category_of(caught.value) is category


@pytest.mark.django_db
@pytest.mark.parametrize("as_json", [True, False], ids=["production", "desk"])
def test_a_traceback_holds_no_value(alice: User, as_json: bool) -> None:
    text = logged(violation(alice), as_json=as_json)
    assert "IntegrityError: constraint fault 23505" in text
    assert "psycopg.errors.UniqueViolation: constraint fault 23505" in text
    assert "direct cause" in text
    assert alice.email not in text
    assert "DETAIL" not in text


@pytest.mark.django_db
def test_nor_do_the_arguments_of_a_line(alice: User) -> None:
    line = logging.LogRecord(
        "celery", logging.ERROR, __file__, 1, "It broke: %r", (violation(alice),), None
    )
    assert "It broke: 'IntegrityError (constraint fault 23505)'" in written(line, as_json=False)


def test_it_is_counted_and_logged_by_category(caplog: pytest.LogCaptureFixture) -> None:
    before = counted("serialization")
    note_fault(raised(psycopg.errors.DeadlockDetected("Process 1 waits; hunter2")))
    assert counted("serialization") == before + 1
    (record,) = caplog.records
    line = cast(dict[str, Any], record.msg)
    assert (line["category"], line["sqlstate"]) == ("serialization", "40P01")
    assert "hunter2" not in json.dumps(line)


celery = Celery("tests", task_cls=Task, set_as_current=False)


@celery.task(name="away")  # type: ignore[untyped-decorator]
def away() -> None:
    raise raised(psycopg.OperationalError("the connection is closed"))


@celery.task(name="refused")  # type: ignore[untyped-decorator]
def refused(word: str) -> None:
    raise IntegrityError(f"Key (email)=({word}) already exists")


@pytest.mark.django_db
def test_a_task_ends_without_traceback_while_the_database_is_unreachable() -> None:
    assert away() is None


@pytest.mark.django_db
def test_a_task_fails_without_the_words_of_the_database() -> None:
    with pytest.raises(TaskFailed) as caught:
        refused(WORD)
    assert WORD not in logged(caught.value, as_json=True)


def violation(user: User) -> DatabaseError:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        User.objects.create_user(user.email)
    return caught.value


def logged(error: BaseException, *, as_json: bool) -> str:
    fault = cast(Any, (type(error), error, error.__traceback__))
    line = logging.LogRecord("django", logging.ERROR, __file__, 1, "It broke.", (), fault)
    return written(line, as_json=as_json)


def written(line: logging.LogRecord, *, as_json: bool) -> str:
    """Return a record as the handler of our settings writes it."""
    formatter = logging_config(level="INFO", json=as_json)["formatters"]["line"]
    made: logging.Formatter = formatter.pop("()")(**formatter)
    assert DatabaseMessageFilter().filter(line)
    return made.format(line)


def counted(category: str) -> float:
    return REGISTRY.get_sample_value("daybook_database_faults_total", {"category": category}) or 0
