"""Known devices: other clients' attempts on an account never slow down a device that signed in
before.

A device has one cookie per account. Attempts with it are counted for that device alone (OWASP,
"Slow Down Online Guessing Attacks with Device Cookies"). The cookie does not authenticate.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

from accounts.models import User

LIFE = timedelta(days=365)
# Bounds the cookies of a shared browser, so that request headers stay small.
ACCOUNTS_PER_DEVICE = 5
_SALT = "accounts.throttles.devices"
_OPENED = "device_opened"


def remember_device(*, request: HttpRequest, user: User) -> None:
    """Remember the device; the cookie is set on the response."""
    setattr(request, _OPENED, user.email)


def on_signed_in(*, request: HttpRequest, user: User, **_signal: Any) -> None:
    """Receiver of Django's `user_logged_in`."""
    remember_device(request=request, user=user)


def device_of(request: HttpRequest, account: str) -> str:
    """Return the device id from its cookie for this account, or "" without a valid one."""
    return request.get_signed_cookie(_name(account), None, salt=_SALT, max_age=LIFE) or ""


def hand_out_cookie(request: HttpRequest, response: HttpResponseBase) -> None:
    account: str | None = getattr(request, _OPENED, None)
    if account is None:
        return
    name = _name(account)
    response.set_signed_cookie(
        name,
        device_of(request, account) or secrets.token_urlsafe(16),
        salt=_SALT,
        max_age=LIFE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    others = [each for each in request.COOKIES if each.startswith(_prefix()) and each != name]
    for surplus in others[ACCOUNTS_PER_DEVICE - 1 :]:
        response.delete_cookie(surplus, samesite="Lax")


def _name(account: str) -> str:
    """Return the cookie's name, which doesn't reveal the account and is covered by the
    signature."""
    return _prefix() + salted_hmac(_SALT, account).hexdigest()[:16]


def _prefix() -> str:
    return "__Host-device-" if settings.SESSION_COOKIE_SECURE else "device-"
