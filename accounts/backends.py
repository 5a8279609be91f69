"""Token formats as members of Django's own backend chain.

A backend answers None for "not my format" only. What is of its format and bad raises
PermissionDenied, which ends the chain: no token is ever tried as a second format.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError

from accounts import security_context
from accounts.audit import events, trail
from accounts.legacy.access import find_legacy_user
from accounts.legacy.tokens import ACR as LEGACY_ACR
from accounts.legacy.tokens import METHOD as LEGACY_METHOD
from accounts.legacy.tokens import (
    LegacyClaims,
    LegacyTokenExpired,
    LegacyTokenRefused,
    digest_of,
    is_legacy,
    legacy_verifier,
)
from accounts.models import User
from accounts.sessions.lifecycle import find_session_of, record_use
from accounts.tokens.access import MEDIA_TYPE, AccessToken
from accounts.tokens.refresh import Authentication, BearerToken, LegacyGrant, Refusal

METHOD = "enhanced"


class EnhancedTokenBackend:
    """Access tokens of Daybook, of type `at+jwt`.

    It has no `get_user`, as BaseBackend would: no session of the pages can stand on a token.
    """

    @sensitive_variables("token")
    def authenticate(self, request: HttpRequest | None, *, token: BearerToken) -> User | None:
        if token.media_type != MEDIA_TYPE:
            return None
        access = _verified(token)
        method = METHOD if security_context.begin(request) else None
        session = find_session_of(access=access, method=method)
        if session is None:
            raise PermissionDenied
        token.authentication = Authentication(METHOD, session, acr=session.acr, jti=token.jti)
        # Not in the request's transaction, where its row would be locked for all others.
        security_context.after_transaction(
            request, lambda: record_use(session=session, gen=access["gen"], request=request)
        )
        return session.user


class LegacyTokenBackend:
    """Tokens of the old system, until their sunset. Installed only with a LEGACY_JWT_SECRET."""

    @sensitive_variables("token")
    def authenticate(self, request: HttpRequest | None, *, token: BearerToken) -> User | None:
        if not is_legacy(token):
            return None
        claims = _verified_legacy(token)
        method = LEGACY_METHOD if security_context.begin(request) else None
        user = find_legacy_user(legacy_id=claims.legacy_id, email=claims.email, method=method)
        if user is None:
            raise PermissionDenied
        grant = LegacyGrant(digest_of(token), claims.issued_at, claims.expires_at)
        token.authentication = Authentication(LEGACY_METHOD, acr=LEGACY_ACR, legacy=grant)
        trail.record(events.LEGACY_ACCEPTED, user=user, request=request, method=LEGACY_METHOD)
        return user


def _verified(token: BearerToken) -> AccessToken:
    try:
        return AccessToken(token)
    except ExpiredTokenError:
        token.refusal = Refusal.EXPIRED
        raise PermissionDenied from None
    except TokenError:
        raise PermissionDenied from None


def _verified_legacy(token: BearerToken) -> LegacyClaims:
    try:
        return legacy_verifier().verify(token)
    except LegacyTokenExpired:
        token.refusal = Refusal.EXPIRED
        raise PermissionDenied from None
    except LegacyTokenRefused:
        raise PermissionDenied from None
