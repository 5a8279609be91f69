"""Step-up: what guards an account asks who is there again, and not for a legacy token's word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar, cast

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.utils import timezone
from rest_framework.request import Request

from accounts.audit import events, trail
from accounts.legacy.tokens import ACR as LEGACY_ACR
from accounts.models import Session, User
from accounts.tokens.bearer import Authentication
from config.problems import DomainError, Kind

CODE = "insufficient-user-authentication"
View = TypeVar("View", bound=Callable[..., Any])


def recent_sign_in_required(view: View) -> View:
    """For pages: leads over allauth's "confirm it is you" and back, where it is needed."""
    return cast(View, reauthentication_required(view))


def require_recent_sign_in(request: Request) -> None:
    """For API views. Raises DomainError FORBIDDEN with the challenge of RFC 9470 section 3."""
    authentication = request.auth
    if isinstance(authentication, Authentication) and is_recent(authentication.session):
        return
    user = request.user if isinstance(request.user, User) else None
    trail.record(
        events.STEP_UP_REFUSED,
        user=user,
        request=request._request,
        outcome=events.REFUSED,
    )
    error = DomainError(
        Kind.FORBIDDEN, CODE, "Sign in again with your password, then repeat this within minutes."
    )
    error.headers["WWW-Authenticate"] = (
        'Bearer realm="api", error="insufficient_user_authentication",'
        f' max_age="{settings.RECENT_SIGN_IN_SECONDS}"'
    )
    raise error


def is_recent(session: Session | None) -> bool:
    """Whether its person signed in there, by our own means, within RECENT_SIGN_IN_SECONDS."""
    if session is None or session.acr == LEGACY_ACR:
        return False
    age = timezone.now() - session.authenticated_at
    return age <= timedelta(seconds=settings.RECENT_SIGN_IN_SECONDS)
