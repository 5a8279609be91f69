"""Middleware of accounts: rate limits, the user's transaction, the audit log."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import Error as DatabaseError
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import http_date
from django.utils.translation import gettext as _
from rest_framework.views import APIView

from accounts import security_context
from accounts.audit import trail
from accounts.authentication import enter_by_cookie
from accounts.legacy import METHOD
from accounts.models import AuditEvent, User
from accounts.page_versions import announce_change
from accounts.security_context import RequestTransaction, is_repeatable, is_without_transaction
from accounts.sessions.browser import names_session
from accounts.sign_in.required_factors import NONE, OPEN_PAGES, SETUP_PAGE, must_set_up
from accounts.throttles import limits
from accounts.throttles.devices import hand_out_cookie
from config.backoff import random_factor
from config.database.faults import FAULT, drop_broken_connection, is_conflict, is_lost
from config.web.faults import SAFE_METHODS, fault_response
from config.web.faults import is_api as is_api_path
from config.web.middleware import Middleware
from config.web.problems import DomainError, Kind

EXCHANGE = "auth-token-exchange"

# When access tokens replaced legacy ones, unless the settings name a date.
REPLACED_AT = datetime(2026, 1, 1, tzinfo=UTC)
MOST_ATTEMPTS = 3
PAUSE_SECONDS = 0.05
Handler = Callable[[HttpRequest], HttpResponseBase]

# Pages that create rows and emails without authentication. The password backend limits passwords.
THROTTLED_PAGES = {
    "account_signup": "sign-up",
    "account_reset_password": "password-reset",
    "account_reset_password_from_key": "password-reset-key",
}

# Changes of these pages and the emails about them are committed or rolled back together.
WHOLE_PAGES = {"account_signup", "account_confirm_email", "account_reset_password_from_key"}


class LegacyNoticeMiddleware(Middleware):
    """Adds Deprecation (RFC 9745), Sunset (RFC 8594) and a Link to the exchange (RFC 8288)."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        authentication = getattr(request, "authentication", None)
        if authentication is not None and authentication.method == METHOD:
            _announce(response)
        return response


def _announce(response: HttpResponseBase) -> None:
    sunset_at = cast(datetime, settings.LEGACY_JWT_SUNSET)
    # RFC 8594 section 4: nothing ends before it was deprecated.
    deprecated_at = min(settings.LEGACY_JWT_ISSUED_BEFORE or REPLACED_AT, sunset_at)
    response["Deprecation"] = f"@{int(deprecated_at.timestamp())}"
    response["Sunset"] = http_date(sunset_at.timestamp())
    response["Link"] = f'<{reverse(EXCHANGE)}>; rel="successor-version"'


class RepeatMiddleware(Middleware):
    """Repeats a request as a whole if the database rolled it back and it had no other effect.

    After a lost connection: once, and only safe methods, because the outcome of others is
    unknown. After a deadlock or serialization failure: a few times, also for views marked
    `repeatable`. It runs directly around the request's transaction.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        attempt = 1
        while _may_repeat(request, attempt):
            attempt += 1
            _pause_before(attempt)
            delattr(request, FAULT)
            drop_broken_connection()
            response = self.get_response(request)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> None:
        """Buffer the body of a request that may be repeated; DRF reads it from the stream only
        once."""
        if is_repeatable(view):
            with suppress(RequestDataTooBig):
                request.body  # noqa: B018 - it is kept when it is asked for


def _pause_before(attempt: int) -> None:
    """Sleep for a random time, so that two requests that conflicted don't conflict again."""
    time.sleep(PAUSE_SECONDS * attempt * random_factor(0.5, 1.5))


def _may_repeat(request: HttpRequest, attempt: int) -> bool:
    fault = getattr(request, FAULT, None)
    view = request.resolver_match.func if request.resolver_match else None
    if fault is None or view is None or is_without_transaction(view):
        return False
    is_safe = request.method in SAFE_METHODS
    if is_conflict(fault):
        return attempt < MOST_ATTEMPTS and (is_safe or is_repeatable(view))
    return attempt == 1 and is_safe and is_lost(fault)


class AuditMiddleware(Middleware):
    """Writes the request's audit events once its transaction has ended."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        entries: list[AuditEvent] = []
        setattr(request, trail.TRAIL, entries)
        response = self.get_response(request)
        if entries:
            trail.write(entries)
        return response


class ThrottleMiddleware(Middleware):
    """Limits requests to pages without authentication per address, and sets the cookie of known
    devices."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        hand_out_cookie(request, response)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        name = request.resolver_match.url_name if request.resolver_match else None
        if request.method != "POST" or name not in THROTTLED_PAGES:
            return None
        try:
            limits.count_attempt(request, THROTTLED_PAGES[name])
        except DomainError as error:
            return fault_response(request, error)
        return None


class SecondFactorMiddleware(Middleware):
    """Redirects a user without the required second step to its setup.

    For the API, the permission `SecondFactorSetUp` does this.
    """

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if settings.SECOND_FACTOR_REQUIRED_FOR == NONE or is_api(view):
            return None
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in OPEN_PAGES or not isinstance(request.user, User):
            return None
        return _led_to_set_up(request) if must_set_up(request.user) else None


class SecurityContextMiddleware(Middleware):
    """Runs the views of signed-in users in one transaction with the security context.

    It is the innermost middleware. A view that raises, and an API view whose exception became a
    response, are rolled back; any other response commits.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        own = RequestTransaction()
        setattr(request, security_context.TRANSACTION, own)
        response = self.get_response(request)
        try:
            if own.is_open and request.method not in SAFE_METHODS and request.user.pk:
                announce_change(request.user.pk)
            own.end(undo=_has_failed(response))
        except DatabaseError as error:
            response = _not_kept(request, error)
        own.run_afterwards()
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Begin the transaction of a page. For the API, authentication does this."""
        own = security_context.transaction_of(request)
        if own is None:
            return None
        own.is_allowed = not security_context.is_without_transaction(view)
        if not own.is_allowed or is_api(view):
            return None
        try:
            if settings.SESSION_COOKIE_NAME in request.COOKIES:
                _enter(request, own)
            if _is_whole(request):
                own.begin()
        except DatabaseError as error:
            # It is unknown whether a user is signed in, so the request fails instead of running
            # anonymously.
            return _told(request, error, instead_of=error)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> None:
        security_context.abandon(request)


def _enter(request: HttpRequest, own: RequestTransaction) -> None:
    """Begin the transaction before the user's lookup, which then sets the context, too."""
    if names_session(request):
        own.begin()
    if isinstance(request.user, User):
        enter_by_cookie(request, request.user)
    else:
        own.end(undo=False)


def _led_to_set_up(request: HttpRequest) -> HttpResponse:
    address = f"{reverse(SETUP_PAGE)}?required"
    is_by_htmx = request.headers.get("HX-Request") == "true"
    if request.method in SAFE_METHODS and not is_by_htmx:
        return redirect(address)
    response = render(request, "accounts/second_factor_required.html", status=403)
    response["HX-Redirect"] = address
    return response


def is_api(view: Callable[..., Any]) -> bool:
    return issubclass(getattr(view, "cls", object), APIView)


def _is_whole(request: HttpRequest) -> bool:
    name = request.resolver_match.url_name if request.resolver_match else None
    return request.method == "POST" and name in WHOLE_PAGES


def _not_kept(request: HttpRequest, error: DatabaseError) -> HttpResponse:
    """Return the response that replaces one whose changes were not committed."""
    told: Exception = error
    if isinstance(error, IntegrityError) and is_api_path(request):
        # Foreign keys are checked at commit: the referenced row was deleted meanwhile.
        told = DomainError(
            Kind.CONFLICT, "conflict", _("Another change happened at the same time. Try again.")
        )
    return _told(request, told, instead_of=error)


def _told(request: HttpRequest, error: Exception, *, instead_of: DatabaseError) -> HttpResponse:
    response = fault_response(request, error)
    if response is None:
        raise instead_of
    return response


def _has_failed(response: HttpResponseBase) -> bool:
    # DRF sets `exception` on the responses of its exception handler.
    return response.status_code >= 500 or getattr(response, "exception", False)
