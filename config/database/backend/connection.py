"""A connection that detects quickly that it is broken or that the database is unreachable.

gunicorn with --preload and Celery's prefork fork a process that has already run our code. The
parent's connections stay the parent's; a child begins with none. psycopg ends no session from
another process than the one that began it, so deleting the object in the child doesn't end it.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from math import inf
from time import monotonic
from typing import Any

import psycopg
from django.db import DatabaseError, InterfaceError, OperationalError, connections
from django.db.backends.postgresql import base
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn

from config.database.faults import Category, CommitUnconfirmed, category_of, is_lost
from config.database.redis import Outage, outage_of

LOOK_AGAIN_SECONDS = 0.05
ANSWER_SECONDS = 2.0
ANSWER_SECONDS_IN_OUTAGE = 0.2
FRESH_SECONDS = 0.1
TURN_SECONDS = 15.0
SECOND_ATTEMPT_AFTER_SECONDS = 0.1


def answers_while(is_worth_waiting: Callable[[], bool], pgconn: PGconn) -> bool:
    """Test an idle connection by a round trip; False if no answer comes in time.

    Raises psycopg.OperationalError if the connection is broken. After False it can't be used any
    more.
    """
    pgconn.send_query(b"SELECT 1")
    pgconn.flush()
    while pgconn.is_busy():
        if _is_readable(pgconn.socket):
            pgconn.consume_input()
        elif not is_worth_waiting():
            return False
    if _statuses(pgconn) != [ExecStatus.TUPLES_OK]:
        raise psycopg.OperationalError("the server has ended the session")
    return True


def _statuses(pgconn: PGconn) -> list[int]:
    statuses = []
    while (result := pgconn.get_result()) is not None:
        statuses.append(result.status)
    return statuses


def _is_readable(socket: int) -> bool:
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(LOOK_AGAIN_SECONDS * 1000))


def forget_connections_after_forks() -> None:
    """Drop inherited connections in every process that is forked from now on."""
    os.register_at_fork(after_in_child=_forget)


def _forget() -> None:
    """Drop all connections: they are per thread, and a child has only the thread that forked."""
    for connection in connections.all(initialized_only=True):
        del connections[connection.alias]


class DatabaseUnreachable(OperationalError):
    """The database was unreachable a moment ago; another thread is about to try again."""


class ResilientWrapper(base.DatabaseWrapper):
    """Replaces broken connections when a request starts, and fails at once in an outage."""

    _answered_at = -inf  # when this connection last answered, on time.monotonic()

    @property
    def outage(self) -> Outage:
        return outage_of((self.settings_dict["HOST"], self.settings_dict["PORT"]))

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if not self.outage.may_try():
            raise DatabaseUnreachable("the database is unreachable")
        try:
            found = self._connect_twice(conn_params)
        except psycopg.OperationalError:
            if not self.outage.is_unlikely:
                self.outage.begin()
            raise
        self._note_answer()
        return found

    def _connect_twice(self, conn_params: dict[str, Any]) -> Any:
        """Retry once: nothing was sent yet, and the pooler or server may just be restarting."""
        try:
            return super().get_new_connection(conn_params)
        except psycopg.OperationalError as error:
            if not self._may_try_again(category_of(error)):
                raise
        time.sleep(SECOND_ATTEMPT_AFTER_SECONDS)
        return super().get_new_connection(conn_params)

    def _may_try_again(self, category: Category) -> bool:
        busy = category is Category.TIMEOUT and self.outage.is_unlikely
        return busy or (category is Category.CONNECTION and not self.outage.is_on)

    def is_usable(self) -> bool:
        """Test the connection with a time limit; Django's own test may wait for ever."""
        if self.connection is None:
            return False
        began_at = monotonic()
        try:
            answers = answers_while(
                lambda: self._is_worth_waiting(began_at), self.connection.pgconn
            )
        except psycopg.Error:
            return False
        if answers:
            self._note_answer()
        else:
            self.outage.begin()
        return answers

    def drop_if_broken(self) -> None:
        """Test the connection between transactions, unless it has just answered.

        One request may have several transactions within milliseconds.
        """
        if self.errors_occurred or monotonic() - self._answered_at > FRESH_SECONDS:
            self.close_if_unusable_or_obsolete()

    def _note_answer(self) -> None:
        self.outage.end()
        self._answered_at = monotonic()

    def _is_worth_waiting(self, began_at: float) -> bool:
        """Return whether to wait: for a busy pooler as long as other connections get answers."""
        now = monotonic()
        if self.outage.is_on:
            return now - began_at < ANSWER_SECONDS_IN_OUTAGE
        answered_at = max(began_at, self.outage.answered_at)
        return now - answered_at < ANSWER_SECONDS and now - began_at < TURN_SECONDS

    def ensure_connection(self) -> None:
        if self.connection is None and self.in_atomic_block and self.closed_in_transaction:
            # Django raises ProgrammingError here, as if the calling code were wrong.
            raise InterfaceError("the connection was lost in this transaction")
        super().ensure_connection()

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        except DatabaseError as error:
            if is_lost(error):
                raise CommitUnconfirmed("no answer to COMMIT") from error
            raise
