"""A database that refuses emails, so that nothing can be saved together with one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

REFUSE = """
CREATE FUNCTION refuse_mail() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN RAISE EXCEPTION 'no mail'; END$$;
CREATE TRIGGER refused BEFORE INSERT ON accounts_outgoingmail EXECUTE FUNCTION refuse_mail()
"""


@contextmanager
def mails_refused() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(REFUSE)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION refuse_mail CASCADE")
