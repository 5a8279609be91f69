"""A Celery application with two tasks that read the diary: one for a person, one for nobody."""

from __future__ import annotations

import json

from django.db import connection

from accounts.security_context import acting_as
from config.celery import app
from tests.accounts.diaries import seen


@app.task(name="tests.read_for")  # type: ignore[untyped-decorator]
def read_for(mark: int, user_id: int, fails: bool) -> None:
    try:
        with acting_as(user_id=user_id):
            note(mark, seen())
            if fails:
                raise ZeroDivisionError
    except ZeroDivisionError:
        note(mark, ["failed"])


@app.task(name="tests.read_for_nobody")  # type: ignore[untyped-decorator]
def read_for_nobody(mark: int) -> None:
    note(mark, seen())


def note(mark: int, entries: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO diary_note VALUES (%s, %s)", [mark, json.dumps(entries)])
