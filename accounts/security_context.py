"""The security context: user, session and method, set for one transaction.

Row-level security reads `app.user_id`, `app.session_id` and `app.system`; `app.auth_method` is
for the database's log. They are set by `set_config(…, true)`, which ends with the transaction,
also behind a pooler; so acting for a user takes one transaction, and what follows it has no
user.

Code that works on many users' rows declares it: `acting_as_system`, with the reason. Nothing
runs that way by default. This protects against forgotten filters, not against SQL injection,
which could set the same settings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from uuid import UUID

import structlog
from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.db.models import F, Func, Model, TextField, Value
from django.db.models.functions import Cast
from django.http import HttpRequest

from accounts.page_versions import announce_change
from accounts.row_security import IDENTITY, NOBODY, Values, set_back, set_now, setting_along
from config.database.faults import drop_broken_connection

TRANSACTION = "security_transaction"
View = TypeVar("View", bound=Callable[..., Any])
log = structlog.get_logger(__name__)


class RequestTransaction:
    """The transaction of one request, begun when its user is known.

    An anonymous request costs the database nothing; the changes of a user's request are
    committed or rolled back together.
    """

    def __init__(self) -> None:
        self.is_allowed = True
        self.is_entered = False  # it runs in its user's context
        self._atomic: transaction.Atomic | None = None
        self._afterwards: list[Callable[[], object]] = []

    @property
    def is_open(self) -> bool:
        return self._atomic is not None

    def begin(self) -> bool:
        """Return whether the request now has a transaction."""
        if self.is_allowed and self._atomic is None:
            atomic = transaction.atomic()
            atomic.__enter__()
            self._atomic = atomic
        return self.is_open

    def end(self, *, undo: bool) -> None:
        if self._atomic is None:
            return
        atomic, self._atomic = self._atomic, None
        self.is_entered = False
        if undo:
            transaction.set_rollback(True)
        atomic.__exit__(None, None, None)
        if connection.in_atomic_block:  # an outer transaction goes on, as in tests
            set_back(NOBODY)

    def after(self, work: Callable[[], object]) -> None:
        """Run a callback after the request's transaction, even if it was rolled back."""
        if self.is_open:
            self._afterwards.append(work)
        else:
            work()

    def run_afterwards(self) -> None:
        work, self._afterwards = self._afterwards, []
        for step in work:
            try:
                step()
            except DatabaseError as error:  # the request has ended; its response stays
                log.warning("afterwork_failed", error=type(error).__name__)


def without_transaction(view: View) -> View:
    """Mark a view or view class that calls Google: no transaction may stay open meanwhile.

    Its parts that access the user's rows run in `acting_as`.
    """
    view.without_transaction = True  # type: ignore[attr-defined]
    return view


def repeatable(view: View) -> View:
    """Mark a view without effects outside its transaction: it may be repeated after a conflict."""
    view.repeatable = True  # type: ignore[attr-defined]
    return view


def is_without_transaction(view: Callable[..., Any]) -> bool:
    return _is_marked(view, "without_transaction")


def is_repeatable(view: Callable[..., Any]) -> bool:
    return _is_marked(view, "repeatable")


def _is_marked(view: Callable[..., Any], mark: str) -> bool:
    """Class-based views are functions that name their class; DRF uses another attribute."""
    kind = getattr(view, "view_class", getattr(view, "cls", None))
    return any(getattr(marked, mark, False) for marked in (view, kind))


def begin(request: HttpRequest | None) -> bool:
    """Begin the request's transaction before a statement that also sets the context."""
    own = transaction_of(request)
    return own is not None and own.begin()


def enter(request: HttpRequest, *, user_id: int, session: Model | None, method: str) -> None:
    """Begin the request's transaction for a user, in one statement, unless it runs for the user
    already."""
    own = transaction_of(request)
    if begin(request) and not (own and own.is_entered):
        set_now(_person(user_id, session.pk if session else None, method))


def enter_as_system(request: HttpRequest, *, reason: str) -> None:
    """Run the rest of the request's transaction as the system.

    Admin pages render their querysets after the view has returned.
    """
    own = transaction_of(request)
    if own is None or not own.is_open:
        raise RuntimeError("nobody is signed in to this request's transaction")
    set_now(_system(reason))


def is_open(request: HttpRequest) -> bool:
    own = transaction_of(request)
    return own is not None and own.is_open


def note_entered(request: HttpRequest) -> None:
    """Note that the lookup of the session has set the user's context."""
    own = transaction_of(request)
    if own is not None:
        own.is_entered = True


def leave(request: HttpRequest) -> None:
    """End the transaction of a request whose cookie signs no user in, and with it the context."""
    own = transaction_of(request)
    if own is not None:
        own.end(undo=False)


def abandon(request: HttpRequest) -> None:
    """Roll back after `begin`, because the credential turned out to be invalid."""
    own = transaction_of(request)
    if own is not None:
        own.end(undo=True)


def after_transaction(request: HttpRequest | None, work: Callable[[], object]) -> None:
    own = transaction_of(request)
    if own is None:
        work()
    else:
        own.after(work)


def transaction_of(request: HttpRequest | None) -> RequestTransaction | None:
    return getattr(request, TRANSACTION, None)


def context_of(*, user: str, method: str, session: str | None = None) -> dict[str, Func]:
    """Return annotations that set the context from the row they are selected with.

    `user` and `session` name the columns, so that a lookup and the context take one statement.
    """
    session_id = Cast(F(session), TextField()) if session else Value("")
    values = (Cast(F(user), TextField()), session_id, Value(method))
    return {
        name.replace("app.", "context_"): Func(
            Value(name), value, Value(True), function="set_config", output_field=TextField()
        )
        for name, value in zip(IDENTITY, values, strict=True)
    }


@contextmanager
def acting_as(
    *,
    user_id: int,
    session_id: UUID | None = None,
    method: str = "task",
    is_change: bool = True,
) -> Iterator[None]:
    """Run a transaction in one user's security context.

    For tasks, commands, and views without a transaction of their own. Inside another transaction
    it is a savepoint, after which the outer context applies again. Row-level security forces
    every write of a user's rows through here, so the user's open pages are notified here; work
    that changes nothing that a page shows says so by `is_change`.
    """
    with _acting(_person(user_id, session_id, method)):
        if is_change:
            announce_change(user_id)
        yield


@contextmanager
def acting_as_system(*, reason: str) -> Iterator[None]:
    """Run a transaction as the system, which sees all rows; `reason` says what for.

    For maintenance, and for finding a row's owner. Work on the row itself runs in the owner's
    context.
    """
    with _acting(_system(reason)):
        yield


@contextmanager
def acting_once(*, user_id: int) -> Iterator[None]:
    """Run one statement in a user's context, which is sent with it.

    It takes one round trip instead of three, and a polling caller holds no transaction open.
    Inside another transaction it is `acting_as`.
    """
    if connection.in_atomic_block:
        with acting_as(user_id=user_id):
            yield
        return
    drop_broken_connection()
    with setting_along(_person(user_id, None, "task")):
        yield


@contextmanager
def _acting(values: Values) -> Iterator[None]:
    is_inner = connection.in_atomic_block
    drop_broken_connection()
    with transaction.atomic(), setting_along(values, keep_former=is_inner) as setting:
        yield
        if is_inner and setting.former and not connection.needs_rollback:
            set_back(setting.former)


def _person(user_id: int, session_id: UUID | None, method: str) -> Values:
    return (str(user_id), str(session_id or ""), method, "")


def _system(reason: str) -> Values:
    if not reason:
        raise ValueError("say why the system acts")
    return ("", "", "system", reason)
