"""What a request's authentication leaves behind: a line's context, a count, an audit event."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.http import HttpRequest

from accounts.audit import events, trail
from accounts.models import User
from config.metrics import AUTHENTICATIONS, TOKEN_REFRESHES
from config.problems import DomainError, Kind


def note_accepted(*, user: User, method: str) -> None:
    """Every line that is logged from here on names the person and the method."""
    structlog.contextvars.bind_contextvars(user=str(user.public_id), auth_method=method)
    AUTHENTICATIONS.labels(method, events.OK).inc()


def note_refused(*, request: HttpRequest, method: str, reason: str, jti: str = "") -> None:
    AUTHENTICATIONS.labels(method, events.REFUSED).inc()
    trail.record(
        events.TOKEN_REFUSED,
        user=None,
        request=request,
        outcome=events.REFUSED,
        reason=reason,
        method=method,
        details={"jti": jti} if jti else None,
    )


@contextmanager
def tracing_refresh(request: HttpRequest) -> Iterator[None]:
    try:
        yield
    except DomainError as error:
        TOKEN_REFRESHES.labels(events.REFUSED).inc()
        if error.kind is Kind.UNAUTHENTICATED:
            note_refused(request=request, method="refresh", reason=error.code)
        raise
    TOKEN_REFRESHES.labels(events.OK).inc()
