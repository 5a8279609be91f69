"""The one query of each authenticated request, which sets its security context too.

Django compiles a query anew on each call, which for the columns of session and user takes
four times as long as running it; so the statement is compiled once and kept as text.
"""

from __future__ import annotations

import uuid
from functools import cache
from typing import Any

from django.db import connection

from accounts.context_settings import setting_along
from accounts.models import Session, User
from accounts.security_context import context_of


def load_session(session_id: uuid.UUID, *, method: str | None = None) -> Session | None:
    """The session with its user, as `select_related("user")` would load it.

    Nobody is known yet: row-level security shows the session whose id is presented. With a
    `method` the transaction is the user's from here on.
    """
    statement, parameters = _statement(method)
    presented = {"app.session_id": str(session_id)}
    with setting_along(presented), connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, session_id])
        row = cursor.fetchone()
    if row is None:
        return None
    session_columns, user_columns = _columns(Session), _columns(User)
    session = Session.from_db(connection.alias, session_columns, row[: len(session_columns)])
    session.user = User.from_db(connection.alias, user_columns, row[-len(user_columns) :])
    return session


@cache
def _statement(method: str | None) -> tuple[str, tuple[Any, ...]]:
    """The statement, and its parameters but the last, which is the session's id.

    The columns are those of the session, then what sets the context, then those of the user.
    """
    sessions = Session.objects.select_related("user").filter(pk=uuid.UUID(int=0))
    if method is not None:
        sessions = sessions.annotate(**context_of(user="user_id", session="pk", method=method))
    statement, parameters = sessions.query.sql_with_params()
    return statement, parameters[:-1]


@cache
def _columns(model: type[Session] | type[User]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]
