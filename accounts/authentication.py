"""Authenticate requests by an access token, a legacy token or the session cookie.

Token formats are backends of Django's chain. A backend returns None only for another format. An
invalid token of its own format raises PermissionDenied, which ends the chain: no token is ever
tried in a second format.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog
from django.contrib.auth import authenticate
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import APIException
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError

from accounts import security_context
from accounts.audit import events, trail
from accounts.legacy import ACR as LEGACY_ACR
from accounts.legacy import METHOD as LEGACY
from accounts.legacy import digest_of, find_legacy_user, is_legacy, verify_legacy_token
from accounts.models import Session, User
from accounts.sessions.browser import COOKIE, current_browser_session
from accounts.sessions.lookup import find_session_of, record_use
from accounts.sign_in.required_factors import require_second_factor
from accounts.tokens.access import (
    MEDIA_TYPE,
    Authentication,
    BearerToken,
    LegacyGrant,
    verify_access_token,
)
from config.metrics import AUTHENTICATIONS

if TYPE_CHECKING:  # DRF loads this module while it loads its views
    from rest_framework.views import APIView

ENHANCED = "enhanced"
CHALLENGE = 'Bearer realm="api"'


class InvalidAuthorization(APIException):
    """The header is not `Bearer <token>` (RFC 6750 section 3.1, invalid_request)."""

    status_code = 400
    default_detail = gettext_lazy(
        "Send a single Authorization header in the form: Bearer, a space, the access token."
    )
    problem_code = "invalid-request"
    auth_header = f'{CHALLENGE}, error="invalid_request"'


class UnknownScheme(APIException):
    """Another scheme than Bearer: the challenge names no error (RFC 6750 section 3.1)."""

    status_code = 401
    default_detail = gettext_lazy("Sign in, and send the access token as a bearer token.")
    problem_code = "not-authenticated"
    auth_header = CHALLENGE


class TokenRefused(APIException):
    """One response for every reason except expiry, so that clients don't learn which check
    failed."""

    status_code = 401
    default_detail = gettext_lazy("The access token isn't valid. Refresh it, or sign in again.")
    problem_code = "token-invalid"
    auth_header = f'{CHALLENGE}, error="invalid_token"'


class TokenExpired(TokenRefused):
    default_detail = gettext_lazy("The access token has expired. Refresh it.")
    problem_code = "token-expired"


class BearerAuthentication(BaseAuthentication):
    """Authenticates the Authorization header through Django's backends.

    If the header is present it decides: an invalid token never falls back to the cookie.
    """

    @sensitive_variables("header", "compact", "token")
    def authenticate(self, request: Request) -> tuple[User, Authentication] | None:
        header = request.META.get("HTTP_AUTHORIZATION")
        if header is None:
            return None
        token = _parse_token(request, _compact_of(header))
        user = authenticate(request._request, token=token)
        if user is None or token.authentication is None:
            security_context.abandon(request._request)
            reason = "expired" if token.is_expired else "invalid"
            note_refused(request=request._request, method="bearer", reason=reason, jti=token.jti)
            raise TokenExpired if token.is_expired else TokenRefused
        _note_accepted(user, token.authentication.method)
        request._request.authentication = token.authentication  # type: ignore[attr-defined]
        return user, token.authentication

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class CookieAuthentication(SessionAuthentication):
    """Authenticates the session cookie; unsafe methods require the CSRF token too."""

    def authenticate(self, request: Request) -> tuple[User, Authentication] | None:
        authenticated = super().authenticate(request)
        if authenticated is None:
            return None
        user, session = authenticated[0], enter_by_cookie(request._request, authenticated[0])
        return user, Authentication(COOKIE, session, acr=session.acr if session else "")


class EnhancedTokenBackend:
    """Access tokens, of type `at+jwt`.

    Unlike BaseBackend it has no `get_user`, so no browser session can be based on a token.
    """

    @sensitive_variables("token")
    def authenticate(self, request: HttpRequest | None, *, token: BearerToken) -> User | None:
        if token.media_type != MEDIA_TYPE:
            return None
        with _denying(token):
            claims = verify_access_token(token)
        method = ENHANCED if security_context.begin(request) else None
        session = find_session_of(claims=claims, method=method)
        if session is None:
            raise PermissionDenied
        token.authentication = Authentication(ENHANCED, session, acr=session.acr, jti=token.jti)
        # Outside the request's transaction, which would lock the row for others.
        security_context.after_transaction(
            request, lambda: record_use(session=session, gen=claims["gen"], request=request)
        )
        return session.user


class LegacyTokenBackend:
    """Legacy tokens, until their sunset. Installed only with a LEGACY_JWT_SECRET."""

    @sensitive_variables("token")
    def authenticate(self, request: HttpRequest | None, *, token: BearerToken) -> User | None:
        if not is_legacy(token):
            return None
        with _denying(token):
            claims = verify_legacy_token(token)
        method = LEGACY if security_context.begin(request) else None
        user = find_legacy_user(legacy_id=claims.legacy_id, email=claims.email, method=method)
        if user is None:
            raise PermissionDenied
        grant = LegacyGrant(digest_of(token), claims.issued_at, claims.expires_at)
        token.authentication = Authentication(LEGACY, acr=LEGACY_ACR, legacy=grant)
        trail.record(events.LEGACY_ACCEPTED, user=user, request=request, method=LEGACY)
        return user


class SecondFactorSetUp(BasePermission):
    """Refuses users who haven't set up a required second factor."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if isinstance(request.user, User):
            require_second_factor(request.user)
        return True


def enter_by_cookie(request: HttpRequest, user: User) -> Session | None:
    """Begin the request's transaction for the user of the session cookie."""
    session = current_browser_session(request)
    security_context.enter(request, user_id=user.pk, session=session, method=COOKIE)
    _note_accepted(user, COOKIE)
    return session


def note_refused(*, request: HttpRequest, method: str, reason: str, jti: str = "") -> None:
    """Count a refused credential, and record it in the audit log."""
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


def _note_accepted(user: User, method: str) -> None:
    """Bind the user and the method to the request's log lines."""
    structlog.contextvars.bind_contextvars(user=str(user.public_id), auth_method=method)
    AUTHENTICATIONS.labels(method, events.OK).inc()


def _compact_of(header: str) -> str:
    # Split only on spaces: str.split() would strip other white space from a token.
    scheme, *rest = [part for part in header.split(" ") if part] or [""]
    if scheme and scheme.lower() != "bearer":
        raise UnknownScheme
    if len(rest) != 1:
        raise InvalidAuthorization
    return rest[0]


def _parse_token(request: Request, compact: str) -> BearerToken:
    try:
        return BearerToken.parse(compact)
    except TokenError:
        note_refused(request=request._request, method="bearer", reason="malformed")
        raise TokenRefused from None


@contextmanager
def _denying(token: BearerToken) -> Iterator[None]:
    """End the backend chain for an invalid token, and record whether it expired."""
    try:
        yield
    except TokenError as error:
        token.is_expired = isinstance(error, ExpiredTokenError)
        raise PermissionDenied from None
