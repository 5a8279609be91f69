"""What accounts adds around every view: the person's transaction, and the audit log after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.views import APIView

from accounts import audit, security_context
from accounts.authentication import COOKIE
from accounts.models import AuditEvent
from accounts.security_context import RequestTransaction

Handler = Callable[[HttpRequest], HttpResponseBase]


class AuditMiddleware:
    """Writes what the request left in the audit log, once its transaction has ended."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        trail: list[AuditEvent] = []
        setattr(request, audit.TRAIL, trail)
        response = self.get_response(request)
        if trail:
            audit.write(trail)
        return response


class SecurityContextMiddleware:
    """Runs the views of signed-in people in one transaction that carries the security context.

    Stands innermost. A view that raises, and an API view whose exception was made an answer,
    are undone; an answer of any other status keeps what its view changed.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        own = RequestTransaction()
        setattr(request, security_context.TRANSACTION, own)
        response = self.get_response(request)
        own.end(undo=_has_failed(response))
        own.run_afterwards()
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> None:
        own = security_context.transaction_of(request)
        if own is not None and is_without_transaction(view):
            own.is_allowed = False
        # The API's own authentication decides between bearer token and cookie.
        if own is None or not own.is_allowed or is_api(view):
            return
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            security_context.enter(request, user_id=request.user.pk, method=COOKIE)

    def process_exception(self, request: HttpRequest, error: Exception) -> None:
        security_context.abandon(request)


def is_api(view: Callable[..., Any]) -> bool:
    return issubclass(getattr(view, "cls", object), APIView)


def is_without_transaction(view: Callable[..., Any]) -> bool:
    kind = getattr(view, "view_class", getattr(view, "cls", None))
    return any(getattr(marked, "without_transaction", False) for marked in (view, kind))


def _has_failed(response: HttpResponseBase) -> bool:
    # DRF sets `exception` on what its exception handler made.
    return response.status_code >= 500 or getattr(response, "exception", False)
