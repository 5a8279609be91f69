"""Requests that are run again after a fault of the database, because nothing came of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.security_context import is_repeatable, is_without_transaction
from config.conflicts import MOST_ATTEMPTS, pause_before
from config.database_faults import FAULT, drop_dead_connection, is_conflict, is_lost
from config.faults import SAFE_METHODS


class RepeatMiddleware:
    """Runs a request again, as a whole, when the database undid it and nobody else knows of it.

    A connection that was lost: once, and safe methods alone, since of others it is not known what
    came of them. A deadlock or a serialization fault: a few times, views marked `repeatable` too.
    Stands right outside the request's transaction.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        attempt = 1
        while _may_repeat(request, attempt):
            attempt += 1
            pause_before(attempt)
            delattr(request, FAULT)
            drop_dead_connection()
            response = self.get_response(request)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> None:
        """Keeps the body of what may be repeated: DRF would read it from the wire, once."""
        if is_repeatable(view):
            with suppress(RequestDataTooBig):
                request.body  # noqa: B018 - it is kept when it is asked for


def _may_repeat(request: HttpRequest, attempt: int) -> bool:
    fault = getattr(request, FAULT, None)
    view = request.resolver_match.func if request.resolver_match else None
    if fault is None or view is None or is_without_transaction(view):
        return False
    is_safe = request.method in SAFE_METHODS
    if is_conflict(fault):
        return attempt < MOST_ATTEMPTS and (is_safe or is_repeatable(view))
    return attempt == 1 and is_safe and is_lost(fault)
