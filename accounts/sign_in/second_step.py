"""The second step of signing in, and step-up: rate-limited, with refused attempts recorded and
emailed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar, cast

import redis
from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request

from accounts.audit import events, trail
from accounts.clients import Client
from accounts.legacy import ACR as LEGACY_ACR
from accounts.mail.queue import tell_wrong_codes
from accounts.models import Session, User
from accounts.throttles import limits
from accounts.tokens.access import Authentication
from config.database.redis import KEY_PREFIX, SharedMemory
from config.web.problems import DomainError, Kind

SIGN_IN_AGAIN = "insufficient-user-authentication"
View = TypeVar("View", bound=Callable[..., Any])
CODE, PASSKEY = "code", "passkey"
SIGNING_IN, CONFIRMING = "signing in", "confirming"

# Refused attempts within a day after which the owner gets an email, once a day.
TRIES_BEFORE_MAIL = 3
DAY_SECONDS = 86_400
_USED = {
    Authenticator.Type.WEBAUTHN: events.PASSKEY_USED,
    Authenticator.Type.RECOVERY_CODES: events.RECOVERY_CODE_USED,
}
_memory = SharedMemory("refused_steps_not_counted")


def recent_sign_in_required(view: View) -> View:
    """Decorate a page: redirect to reauthentication and back if the sign-in isn't recent."""
    return cast(View, reauthentication_required(view))


def require_recent_sign_in(request: Request) -> None:
    """Require a recent sign-in in an API view. Raises DomainError FORBIDDEN with the challenge
    of RFC 9470 section 3."""
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
        Kind.FORBIDDEN,
        SIGN_IN_AGAIN,
        _("Sign in again with your password, then repeat this request within a few minutes."),
    )
    error.headers["WWW-Authenticate"] = (
        'Bearer realm="api", error="insufficient_user_authentication",'
        f' max_age="{settings.RECENT_SIGN_IN_SECONDS}"'
    )
    raise error


def is_recent(session: Session | None) -> bool:
    """Whether the user signed in within RECENT_SIGN_IN_SECONDS, not by a legacy token."""
    if session is None or session.acr == LEGACY_ACR:
        return False
    age = timezone.now() - session.authenticated_at
    return age <= timedelta(seconds=settings.RECENT_SIGN_IN_SECONDS)


@contextmanager
def trying_second_step(
    request: HttpRequest, user: User, *, method: str, reason: str = SIGNING_IN
) -> Iterator[limits.Attempt]:
    """Count one attempt, which fails if the block raises ValidationError or sets `failed`.

    Raises DomainError `too-many-attempts`. Counters are per account and device or network, so
    that an attacker who knows the password doesn't lock the owner out elsewhere.
    """
    with limits.attempting(request, limits.SECOND_STEP, account=user.email) as attempt:
        try:
            yield attempt
        except ValidationError:
            attempt.failed = True
            raise
        finally:
            if attempt.failed:
                _note_refused(request, user, method, reason)


def note_used(*, request: HttpRequest, user: User, authenticator: Authenticator) -> None:
    """Record the use of a recovery code or passkey; the sign-in event already names an app's
    code."""
    event = _USED.get(authenticator.type)
    if event is not None:
        trail.record(event, user=user, request=request)


def on_authenticator_used(
    *, request: HttpRequest, user: User, authenticator: Authenticator, **_signal: object
) -> None:
    """Receiver of allauth's signal, for the pages."""
    note_used(request=request, user=user, authenticator=authenticator)


def note_refused_passkey(request: HttpRequest) -> None:
    """Record a refused passkey. Without a password before it, the claimed user isn't trusted."""
    trail.record(
        events.SIGN_IN_REFUSED,
        user=None,
        request=request,
        outcome=events.REFUSED,
        reason="passkey",
        method=PASSKEY,
    )


def _note_refused(request: HttpRequest, user: User, method: str, reason: str) -> None:
    trail.record(
        events.SECOND_STEP_REFUSED,
        user=user,
        request=request,
        outcome=events.REFUSED,
        reason=reason,
        method=method,
    )
    if _refused_today(user) == TRIES_BEFORE_MAIL:
        tell_wrong_codes(user=user, client=Client.of(request), count=TRIES_BEFORE_MAIL)


def _refused_today(user: User) -> int:
    """0 while the shared memory is away: the entry is kept, the mail is not sent."""
    key = f"{KEY_PREFIX}second-step-refused:{user.public_id}"

    def count(memory: redis.Redis) -> int:
        with memory.pipeline() as asked:
            asked.set(key, 0, ex=DAY_SECONDS, nx=True)
            asked.incr(key)
            return int(asked.execute()[1])

    return _memory.ask(count, otherwise=lambda: 0)
