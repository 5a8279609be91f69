"""The one query of each authenticated request, which sets its security context too.

Django would compile it anew on each call, and PostgreSQL plan it with the policies of row-level
security: each takes several times as long as running it. So it is compiled once a process, and
planned once a session of the server.
"""

from __future__ import annotations

import uuid
from functools import cache

from django.db import connection

from accounts.models import Session, User
from accounts.row_security import PRESENT_SESSION
from accounts.security_context import context_of
from config.database.prepared import PreparedQuery

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
    with connection.cursor() as cursor:
        _query(method).run(cursor, session_id, behind=PRESENT_SESSION, values=[str(session_id)])
        cursor.nextset()  # of the setting
        row = cursor.fetchone()
    if row is None:
        return None
    session_columns, user_columns = _columns(Session), _columns(User)
    session = Session.from_db(connection.alias, session_columns, row[: len(session_columns)])
    session.user = User.from_db(connection.alias, user_columns, row[-len(user_columns) :])
    return session


@cache
def _query(method: str | None) -> PreparedQuery:
    """Its columns are those of the session, then what sets the context, then those of the user."""
    left_out = [*_LEFT_OUT[Session], *(f"user__{name}" for name in _LEFT_OUT[User])]
    sessions = Session.objects.select_related("user").defer(*left_out)
    sessions = sessions.filter(pk=uuid.UUID(int=0))
    if method is not None:
        sessions = sessions.annotate(**context_of(user="user_id", session="pk", method=method))
    statement, parameters = sessions.query.sql_with_params()
    return PreparedQuery(f"session_{method}".lower(), statement, parameters[:-1], "uuid")


@cache
def _columns(model: type[Session] | type[User]) -> list[str]:
    names = [field.attname for field in model._meta.concrete_fields]
    return [name for name in names if name not in _LEFT_OUT[model]]
