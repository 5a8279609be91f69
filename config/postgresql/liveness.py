"""Whether a connection still answers, asked for no longer than waiting makes sense."""

from __future__ import annotations

import select
from collections.abc import Callable

import psycopg
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn

LOOK_AGAIN_SECONDS = 0.05


def answers_while(is_worth_waiting: Callable[[], bool], pgconn: PGconn) -> bool:
    """One round trip on an idle connection. Raises psycopg.OperationalError when it is broken.

    False: no answer came in time, and the connection is of no more use.
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
