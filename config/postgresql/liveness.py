"""Whether a connection still answers, asked with a time limit."""

from __future__ import annotations

import select
from time import monotonic

from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn


def answers_within(seconds: float, pgconn: PGconn) -> bool:
    """One round trip on an idle connection. Raises psycopg.Error when it is broken.

    False: no good answer came in time, and the connection is of no more use.
    """
    deadline = monotonic() + seconds
    pgconn.send_query(b"SELECT 1")
    pgconn.flush()
    while pgconn.is_busy():
        if not _is_readable(pgconn.socket, deadline - monotonic()):
            return False
        pgconn.consume_input()
    return _has_succeeded(pgconn)


def _has_succeeded(pgconn: PGconn) -> bool:
    statuses = []
    while (result := pgconn.get_result()) is not None:
        statuses.append(result.status)
    return statuses == [ExecStatus.TUPLES_OK]


def _is_readable(socket: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(max(0.0, seconds) * 1000))
