"""How the API learns who asks: a bearer token, or the cookie of the pages."""

from __future__ import annotations

from typing import TypeVar

from django.contrib.auth import authenticate
from django.views.decorators.debug import sensitive_variables
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from accounts import security_context
from accounts.audit.trail import note_accepted, note_refused
from accounts.models import User
from accounts.sessions.browser import COOKIE, current_browser_session
from accounts.sign_in.required_factors import require_second_factor
from accounts.tokens.refresh import Authentication, BearerToken, MalformedToken, Refusal

View = TypeVar("View", bound=type)
CHALLENGE = 'Bearer realm="api"'


class InvalidAuthorization(APIException):
    """The header is not `Bearer <token>` (RFC 6750 section 3.1, invalid_request)."""

    status_code = 400
    default_detail = "Send one Authorization header: the word Bearer, a space, the access token."
    problem_code = "invalid-request"
    auth_header = f'{CHALLENGE}, error="invalid_request"'


class UnknownScheme(APIException):
    """Another scheme than Bearer: the challenge names no error (RFC 6750 section 3.1)."""

    status_code = 401
    default_detail = "Sign in, and send the access token as a bearer token."
    problem_code = "not-authenticated"
    auth_header = CHALLENGE


class TokenRefused(APIException):
    """One answer for every reason but expiry, so that nobody learns which check failed."""

    status_code = 401
    default_detail = "The access token is not valid. Refresh it, or sign in again."
    problem_code = "token-invalid"
    auth_header = f'{CHALLENGE}, error="invalid_token"'


class TokenExpired(TokenRefused):
    default_detail = "The access token has expired. Refresh it."
    problem_code = "token-expired"


class BearerAuthentication(BaseAuthentication):
    """Reads the header once and asks Django's backend chain.

    A header that is present decides: a bad token never falls back to the cookie.
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
            _note_refused(request, token.refusal.value, token.jti)
            raise TokenExpired if token.refusal is Refusal.EXPIRED else TokenRefused
        note_accepted(user=user, method=token.authentication.method)
        request._request.authentication = token.authentication  # type: ignore[attr-defined]
        _require_second_factor(request, user)
        return user, token.authentication

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class CookieAuthentication(SessionAuthentication):
    """The session of the pages; unsafe methods need the CSRF token too."""

    def authenticate(self, request: Request) -> tuple[User, Authentication] | None:
        authenticated = super().authenticate(request)
        if authenticated is None:
            return None
        user, session = authenticated[0], current_browser_session(request._request)
        security_context.enter(request._request, user_id=user.pk, session=session, method=COOKIE)
        note_accepted(user=user, method=COOKIE)
        _require_second_factor(request, user)
        return user, Authentication(COOKIE, session, acr=session.acr if session else "")


def open_without_second_factor(view: View) -> View:
    """Marks a view for a person who has yet to set up the second step that is required."""
    view.open_without_second_factor = True  # type: ignore[attr-defined]
    return view


def _require_second_factor(request: Request, user: User) -> None:
    view = (request.parser_context or {}).get("view")
    if not getattr(view, "open_without_second_factor", False):
        require_second_factor(user)


def _compact_of(header: str) -> str:
    # Split on spaces alone: str.split() would take other white space out of a token.
    scheme, *rest = [part for part in header.split(" ") if part] or [""]
    if scheme and scheme.lower() != "bearer":
        raise UnknownScheme
    if len(rest) != 1:
        raise InvalidAuthorization
    return rest[0]


def _parse_token(request: Request, compact: str) -> BearerToken:
    try:
        return BearerToken.parse(compact)
    except MalformedToken:
        _note_refused(request, "malformed")
        raise TokenRefused from None


def _note_refused(request: Request, reason: str, jti: str = "") -> None:
    note_refused(request=request._request, method="bearer", reason=reason, jti=jti)
