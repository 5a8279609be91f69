"""Browser sessions: a row of `Session` behind each sign-in on the pages.

Django's session holds the cookie and form state, and ends when the password or the auth epoch
changes. The row records start, client and expiry, and can be ended from another device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.auth.middleware import get_user
from django.contrib.auth.models import AnonymousUser
from django.core.signing import JSONSerializer
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts import security_context
from accounts.clients import Client
from accounts.models import Session, User
from accounts.page_versions import stop_following
from accounts.security_context import acting_as
from accounts.sessions.devices import sign_out
from accounts.sessions.lifecycle import ONE_FACTOR, TWO_FACTORS
from accounts.sessions.lookup import LAST_SEEN_INTERVAL, load_session
from config.database.encryption import keyring
from config.web.private_answers import clear_site_data

CONTEXT = "django_session.session_data"
CLIENT_ID = "browser"
COOKIE = "cookie"
_KEY = "daybook_session"
_CURRENT = "browser_session"

# The user of the cookie's session, while Django checks the cookie.
LOADED_USER: ContextVar[User | None] = ContextVar("loaded_user", default=None)

# RFC 8176 names for what allauth calls the methods and types of an authentication.
_AMR = {"password": "pwd", "totp": "otp", "recovery_codes": "otp", "webauthn": "hwk"}


class SealedSerializer:
    """Django's serializer with encryption. Django treats a session that can't be decrypted as
    empty."""

    def dumps(self, state: dict[str, Any]) -> bytes:
        return keyring().seal(JSONSerializer().dumps(state), context=CONTEXT)

    def loads(self, sealed: bytes) -> dict[str, Any]:
        state: dict[str, Any] = JSONSerializer().loads(keyring().open(sealed, context=CONTEXT))
        return state


class BrowserSessionMiddleware:
    """Signs out a browser whose session was ended, was idle for too long, or is too old.

    Like Django's lookup of the user, it waits for the first use of `request.user`, so a request
    with a bearer token doesn't pay for a cookie beside it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.user = SimpleLazyObject(lambda: _person_of(request))  # type: ignore[assignment]
        return self.get_response(request)


def current_browser_session(request: HttpRequest) -> Session | None:
    """Return the row behind the request's cookie, or None if it signs no user in."""
    return known_browser_session(request) if request.user.is_authenticated else None


def known_browser_session(request: HttpRequest) -> Session | None:
    """Return the row that this request has loaded or opened so far, without a lookup."""
    found: Session | None = getattr(request, _CURRENT, None)
    return found


def on_signed_in(*, request: HttpRequest, user: User, **_signal: Any) -> None:
    """Receiver of Django's `user_logged_in`: open a row, replacing an earlier one."""
    _end(request)
    now = timezone.now()
    client = Client.of(request)
    records = get_authentication_records(request, user)
    expires_at = now + timedelta(days=settings.BROWSER_ABSOLUTE_DAYS)
    session = Session(
        user=user,
        is_browser=True,
        client_id=CLIENT_ID,
        amr=_amr(records),
        acr=TWO_FACTORS if any(each["method"] == "mfa" for each in records) else ONE_FACTOR,
        sealed_key=b"",
        idle_expires_at=_idle_end(now, expires_at),
        expires_at=expires_at,
        ip=client.ip,
        last_ip=client.ip,
        user_agent=client.user_agent,
    )
    with acting_as(user_id=user.pk, session_id=session.pk, method=COOKIE):
        session.save(force_insert=True)
    request.session[_KEY] = str(session.pk)
    setattr(request, _CURRENT, session)


def on_signed_out(*, request: HttpRequest, **_signal: Any) -> None:
    """Receiver of Django's `user_logged_out`, sent before the session's state is deleted."""
    clear_site_data(request)
    _end(request)
    stop_following(request)


def on_authenticated(
    *, request: HttpRequest, reauthenticated: bool = False, **_signal: Any
) -> None:
    """Receiver of allauth's `authentication_step_completed`: a step-up renews the sign-in."""
    if not reauthenticated:
        return
    session = current_browser_session(request)
    if session is not None:
        session.authenticated_at = timezone.now()
        session.save(update_fields=["authenticated_at"])


def names_session(request: HttpRequest) -> bool:
    """Whether the cookie's state names a session, which may have ended."""
    return _KEY in request.session


def _person_of(request: HttpRequest) -> User | AnonymousUser:
    """Look up session and user in one statement. If the request's transaction is open, it then
    runs in the user's security context, or has ended if the cookie signs no user in."""
    method = COOKIE if security_context.is_open(request) else None
    now = timezone.now()
    session = _named_by(request, method=method)
    user = _checked_by_django(request, session)
    if session is None or user is None or session.user_id != user.pk or not session.is_live(now):
        if names_session(request):  # else the transaction isn't the user's: sign-up has its own
            security_context.leave(request)
        if user is not None:
            request.session.flush()
        return AnonymousUser()
    if method:
        security_context.note_entered(request)
    session.user = user
    setattr(request, _CURRENT, session)
    # Outside the request's transaction, which would lock the row for others.
    security_context.after_transaction(request, lambda: _record_use(session, request, now))
    return user


def _checked_by_django(request: HttpRequest, session: Session | None) -> User | None:
    """Return Django's user of the cookie: it checks the digest of the password. Its look-up by
    the backend (`PasswordBackend.get_user`) finds the loaded user."""
    token = LOADED_USER.set(session.user if session else None)
    try:
        user = get_user(request)
    finally:
        LOADED_USER.reset(token)
    return user if isinstance(user, User) else None


def _record_use(session: Session, request: HttpRequest, now: datetime) -> None:
    """Record use with at most one UPDATE in five minutes, which also extends the idle expiry."""
    due_at = now - LAST_SEEN_INTERVAL
    if session.last_seen_at > due_at:
        return
    session.last_seen_at, session.last_ip = now, Client.of(request).ip
    session.idle_expires_at = _idle_end(now, session.expires_at)
    with acting_as(user_id=session.user_id, session_id=session.pk, method=COOKIE):
        Session.objects.filter(pk=session.pk, last_seen_at__lte=due_at).update(
            last_seen_at=now, last_ip=session.last_ip, idle_expires_at=session.idle_expires_at
        )


def _idle_end(now: datetime, expires_at: datetime) -> datetime:
    return min(now + timedelta(days=settings.BROWSER_IDLE_DAYS), expires_at)


def _end(request: HttpRequest) -> None:
    session = _named_by(request)
    if session is not None:
        with acting_as(user_id=session.user_id, session_id=session.pk, method=COOKIE):
            sign_out(session=session, request=request)


def _named_by(request: HttpRequest, *, method: str | None = None) -> Session | None:
    named = request.session.get(_KEY)
    return load_session(UUID(named), method=method, whole_user=True) if named else None


def _amr(records: Iterable[dict[str, Any]]) -> list[str]:
    """Return how the user signed in; Django's own sign-in pages support only the password."""
    methods = [str(record.get("type") or record["method"]) for record in records]
    return list(dict.fromkeys(_AMR[each] for each in methods if each in _AMR)) or ["pwd"]
