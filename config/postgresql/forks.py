"""A connection belongs to the process that opened it: after a fork two would speak on one socket.

gunicorn with --preload and Celery's prefork fork a process that has run our code already. Whatever
it opened stays its own; a child begins with none. psycopg closes no session in another process
than the one that began it, so letting go of the object here does not end it there.
"""

from __future__ import annotations

import os

from django.db import connections


def forget_connections_after_forks() -> None:
    """For every child that this process, and each of its children, forks from now on."""
    os.register_at_fork(after_in_child=_forget)


def _forget() -> None:
    """A thread's connections are its own, and a child has but the thread that forked."""
    for connection in connections.all(initialized_only=True):
        del connections[connection.alias]
