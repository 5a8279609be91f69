"""The one query of each authenticated request, which also sets its security context.

Django would compile it again for each request, which takes longer than running it; so it is
compiled once a process and kept as text.
"""

from __future__ import annotations

import uuid
from functools import cache
from typing import Any

from django.db import connection

from accounts.models import Session, User
from accounts.row_security import PRESENT_SESSION
from accounts.security_context import context_of

# What a look-up has no use for is left where it is: it would take time of each request, and a hash
# of a password that nobody loads is in no memory. Whoever asks for one of them loads it then.
_LEFT_OUT = {
    Session: {"ip", "last_ip", "user_agent"},
    User: {"password", "last_login", "created_at"},
}


def load_session(session_id: uuid.UUID, *, method: str | None = None) -> Session | None:
    """The session with its user, as `select_related("user")` would load it.

    Nobody is known yet: row-level security shows the session whose id is presented. With a
    `method` the transaction is the user's from here on.
    """
    statement, parameters = _query(method)
    with connection.cursor() as cursor:
        # Two statements in one text: one round trip.
        cursor.execute(
            f"{PRESENT_SESSION}; {statement}", [str(session_id), *parameters, session_id]
        )
        cursor.nextset()  # skips the result of PRESENT_SESSION
        row = cursor.fetchone()
    if row is None:
        return None
    session_columns, user_columns = _columns(Session), _columns(User)
    session = Session.from_db(connection.alias, session_columns, row[: len(session_columns)])
    session.user = User.from_db(connection.alias, user_columns, row[-len(user_columns) :])
    return session


@cache
def _query(method: str | None) -> tuple[str, tuple[Any, ...]]:
    """The SQL and its parameters; the last placeholder, for the session's id, is left open.

    Its columns are the session's, then those that set the context, then the user's.
    """
    left_out = [*_LEFT_OUT[Session], *(f"user__{name}" for name in _LEFT_OUT[User])]
    sessions = Session.objects.select_related("user").defer(*left_out)
    sessions = sessions.filter(pk=uuid.UUID(int=0))
    if method is not None:
        sessions = sessions.annotate(**context_of(user="user_id", session="pk", method=method))
    statement, parameters = sessions.query.sql_with_params()
    return statement, parameters[:-1]


@cache
def _columns(model: type[Session] | type[User]) -> list[str]:
    names = [field.attname for field in model._meta.concrete_fields]
    return [name for name in names if name not in _LEFT_OUT[model]]
