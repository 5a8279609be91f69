"""Token formats as members of Django's own backend chain.

A backend answers None for "not my format" only. What is of its format and bad raises
PermissionDenied, which ends the chain: no token is ever tried as a second format.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError

from accounts.bearer import Authentication, BearerToken, Refusal
from accounts.models import User
from accounts.sessions import find_session_of, record_use
from accounts.tokens import MEDIA_TYPE, AccessToken


class EnhancedTokenBackend:
    """Access tokens of Daybook, of type `at+jwt`.

    It has no `get_user`, as BaseBackend would: no session of the pages can stand on a token.
    """

    @sensitive_variables("token")
    def authenticate(self, request: HttpRequest | None, *, token: BearerToken) -> User | None:
        if token.media_type != MEDIA_TYPE:
            return None
        access = _verified(token)
        session = find_session_of(access=access)
        if session is None:
            raise PermissionDenied
        record_use(session=session, gen=access["gen"], request=request)
        token.authentication = Authentication("enhanced", session)
        return session.user


def _verified(token: BearerToken) -> AccessToken:
    try:
        return AccessToken(token)
    except ExpiredTokenError:
        token.refusal = Refusal.EXPIRED
        raise PermissionDenied from None
    except TokenError:
        raise PermissionDenied from None
