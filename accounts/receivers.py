"""Receivers of Django's and allauth's signals, connected once when the apps are ready."""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.account.authentication import get_authentication_records
from allauth.mfa import signals as mfa
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest

from accounts.audit import events, trail
from accounts.models import User
from accounts.sessions import browser
from accounts.sessions.browser import CLIENT_ID, known_browser_session
from accounts.sign_in import credentials, second_step
from accounts.throttles import devices


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
    """Return the methods of this sign-in: password, totp, webauthn and so on."""
    records = get_authentication_records(request, user)
    names = (str(record.get("type") or record["method"]) for record in records)
    return list(dict.fromkeys(names))


user_logged_in.connect(browser.on_signed_in)


user_logged_in.connect(devices.on_signed_in)


user_logged_in.connect(on_signed_in)  # after the session, which the event names


account.user_signed_up.connect(on_signed_up)


user_logged_out.connect(browser.on_signed_out)


account.authentication_step_completed.connect(browser.on_authenticated)


account.email_confirmed.connect(credentials.on_address_confirmed)


account.email_changed.connect(credentials.on_email_changed)


account.password_reset.connect(credentials.on_password_reset)


for changed in (mfa.authenticator_added, mfa.authenticator_removed, mfa.authenticator_reset):
    changed.connect(credentials.on_second_factor_changed)


mfa.authenticator_used.connect(second_step.on_authenticator_used)
