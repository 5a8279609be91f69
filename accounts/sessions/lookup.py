"""Find the session of a token or cookie, and record its use.

The lookup is the only query of authentication, and sets the security context too. Compiling it
with Django takes longer than running it, so it is compiled once per process and kept as text.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.http import HttpRequest
from django.utils import timezone

from accounts.clients import Client
from accounts.models import Session, User
from accounts.row_security import PRESENT_SESSION
from accounts.security_context import acting_as, context_of

LAST_SEEN_INTERVAL = timedelta(minutes=5)

# Columns that the lookup doesn't need are deferred: they cost time in each request, and a password
# hash that isn't loaded isn't in memory. Accessing one loads it. A cookie's lookup needs the hash:
# Django compares a digest of it, so that a changed password ends the session.
_LEFT_OUT = {
    Session: {"ip", "last_ip", "user_agent"},
    User: {"password", "last_login", "created_at"},
}


def find_session_of(*, claims: Mapping[str, Any], method: str | None = None) -> Session | None:
    """Return the live session that a verified access token belongs to, with its user: one query.

    With a `method`, the transaction then runs in the user's security context.
    """
    session = load_session(uuid.UUID(claims["sid"]), method=method)
    if session is None or not session.is_live(timezone.now()) or not session.user.is_active:
        return None
    named = (claims["sub"], claims["ver"], claims["client_id"])
    known = (str(session.user.public_id), session.user.auth_epoch, session.client_id)
    return session if named == known and claims["gen"] <= session.gen else None


def record_use(*, session: Session, gen: int, request: HttpRequest | None) -> None:
    """Confirm the generation and record the time, in one UPDATE and only when due."""
    now = timezone.now()
    unseen_since = now - LAST_SEEN_INTERVAL
    if gen <= session.confirmed_gen and session.last_seen_at > unseen_since:
        return
    due = Q(confirmed_gen__lt=gen) | Q(last_seen_at__lte=unseen_since)
    seen = {"last_seen_at": now} | ({"last_ip": Client.of(request).ip} if request else {})
    # Greatest, because a later generation may have been confirmed since the read.
    confirmed = Greatest(F("confirmed_gen"), gen)
    with acting_for(session):
        Session.objects.filter(due, pk=session.pk).update(confirmed_gen=confirmed, **seen)


def acting_for(session: Session) -> AbstractContextManager[None]:
    """Act for a client that presented a token of this session and proved nothing else."""
    return acting_as(user_id=session.user_id, session_id=session.pk, method="session")


def load_session(
    session_id: uuid.UUID, *, method: str | None = None, whole_user: bool = False
) -> Session | None:
    """The session with its user, as `select_related("user")` would load it.

    The user isn't known yet: row-level security shows the session whose id is presented. With a
    `method`, the transaction then runs in the user's security context.
    """
    statement, parameters = _query(method, whole_user)
    with connection.cursor() as cursor:
        # Two statements in one text: one round trip.
        cursor.execute(
            f"{PRESENT_SESSION}; {statement}", [str(session_id), *parameters, session_id]
        )
        cursor.nextset()  # skips the result of PRESENT_SESSION
        row = cursor.fetchone()
    if row is None:
        return None
    session_columns, user_columns = _columns(Session), _columns(User, whole=whole_user)
    session = Session.from_db(connection.alias, session_columns, row[: len(session_columns)])
    session.user = User.from_db(connection.alias, user_columns, row[-len(user_columns) :])
    return session


@cache
def _query(method: str | None, whole_user: bool) -> tuple[str, tuple[Any, ...]]:
    """Return the SQL and its parameters, without the last one, the session's id.

    The columns are the session's, then those that set the context, then the user's.
    """
    left_out = [*_LEFT_OUT[Session]]
    if not whole_user:
        left_out += [f"user__{name}" for name in _LEFT_OUT[User]]
    sessions = Session.objects.select_related("user").defer(*left_out)
    sessions = sessions.filter(pk=uuid.UUID(int=0))
    if method is not None:
        sessions = sessions.annotate(**context_of(user="user_id", session="pk", method=method))
    statement, parameters = sessions.query.sql_with_params()
    return statement, parameters[:-1]


@cache
def _columns(model: type[Session] | type[User], *, whole: bool = False) -> list[str]:
    names = [field.attname for field in model._meta.concrete_fields]
    return [name for name in names if whole or name not in _LEFT_OUT[model]]
