"""Whether a connection still answers, asked with a time limit."""

from __future__ import annotations

import select
from time import monotonic

import psycopg
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn


def answers_within(seconds: float, pgconn: PGconn) -> bool:
    """One round trip on an idle connection. Raises psycopg.OperationalError when it is broken.

    False: no answer came in time, and the connection is of no more use.
    """
    deadline = monotonic() + seconds
    pgconn.send_query(b"SELECT 1")
    pgconn.flush()
    while pgconn.is_busy():
        if not _is_readable(pgconn.socket, deadline - monotonic()):
            return False
        pgconn.consume_input()
    if _statuses(pgconn) != [ExecStatus.TUPLES_OK]:
        raise psycopg.OperationalError("the server has ended the session")
    return True


def _statuses(pgconn: PGconn) -> list[int]:
    statuses = []
    while (result := pgconn.get_result()) is not None:
        statuses.append(result.status)
    return statuses


def _is_readable(socket: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(max(0.0, seconds) * 1000))
