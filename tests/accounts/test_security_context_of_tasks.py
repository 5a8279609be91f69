"""A real worker acts for one person after another, and for nobody in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from django.db import connection

from accounts.models import User
from config.celery import app
from tests.accounts.diaries import diary_table, write
from tests.accounts.serving import CHECKOUT, database_url

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
PATIENCE_SECONDS = 60


@pytest.fixture
def worker() -> Iterator[None]:
    """One process with one connection, so that each task follows the last on it."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "-A", "config", "--quiet"),
            *(
                "worker",
                "--include",
                "tests.accounts.diary_worker",
                "--pool",
                "prefork",
                "--concurrency",
                "1",
                "--loglevel",
                "ERROR",
            ),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ],
        cwd=CHECKOUT,
        env={**os.environ, "DATABASE_URL": database_url()},
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


@pytest.fixture
def notes() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE diary_note (mark int, entries text)")
    try:
        with diary_table():
            yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE diary_note")


def noted(count: int) -> dict[int, list[str]]:
    """Waits for the notes of so many tasks; gives what each saw last."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT mark, entries FROM diary_note ORDER BY ctid")
            rows = {mark: json.loads(entries) for mark, entries in cursor.fetchall()}
        if len(rows) == count:
            return rows
        time.sleep(0.1)
    raise AssertionError(f"{count} tasks were sent, {len(rows)} have run")


def test_each_task_sees_what_its_person_sees(
    notes: None, worker: None, alice: User, bob: User
) -> None:
    write(alice, "by the harbour")
    write(bob, "in the hills")

    app.send_task("tests.read_for", [0, alice.pk, False])
    app.send_task("tests.read_for_nobody", [1])
    app.send_task("tests.read_for", [2, bob.pk, True])
    app.send_task("tests.read_for_nobody", [3])
    app.send_task("tests.read_for", [4, alice.pk, False])

    assert noted(5) == {
        0: ["by the harbour"],
        1: [],
        2: ["failed"],
        3: [],
        4: ["by the harbour"],
    }
