"""What signing in on the pages leaves in the audit log."""

from __future__ import annotations

from typing import Any

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest

from accounts.audit import events, trail
from accounts.models import User
from accounts.sessions.browser import CLIENT_ID, known_browser_session


def on_signed_in(*, request: HttpRequest, user: User, **_signal: Any) -> None:
    """Receiver of Django's `user_logged_in`."""
    session = known_browser_session(request)
    trail.record(
        events.SIGN_IN,
        user=user,
        request=request,
        method="+".join(_methods(request, user)) or "password",
        session_id=session.pk if session else None,
        client_id=CLIENT_ID,
    )


def on_signed_up(*, request: HttpRequest, user: User, **_signal: Any) -> None:
    """Receiver of allauth's `user_signed_up`."""
    trail.record(events.SIGN_UP, user=user, request=request, client_id=CLIENT_ID)


def _methods(request: HttpRequest, user: User) -> list[str]:
    """password, totp, webauthn …: what the person proved in this sign-in."""
    records = get_authentication_records(request, user)
    names = (str(record.get("type") or record["method"]) for record in records)
    return list(dict.fromkeys(names))
