"""The password backend, with rate limits and audit events.

Every password sign-in goes through this backend, admin included.
"""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.models import EmailAddress
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from accounts.audit import events, trail
from accounts.fields import normalise_email
from accounts.models import User
from accounts.sessions.browser import LOADED_USER
from accounts.throttles import limits

METHOD = "password"


def people_at(email: str) -> list[User]:
    """Return the users who confirmed the address, or else those who entered it.

    It always takes two statements, unlike allauth's lookup, so that timing doesn't reveal
    whether an account exists.
    """
    addresses = list(EmailAddress.objects.filter(email=email).select_related("user"))
    primary = list(User.objects.filter(email=email))
    confirmed = [address.user for address in addresses if address.verified]
    given = [*(address.user for address in addresses), *primary]
    return list(dict.fromkeys(confirmed or given))


class PasswordBackend(AuthenticationBackend):  # type: ignore[misc]
    @sensitive_variables("credentials")
    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        """Return None for a wrong password. Raises DomainError `too-many-attempts`."""
        email = _address_in(credentials)
        if request is None or not email or not credentials.get("password"):
            return _person(super().authenticate(request, **credentials))
        with limits.attempting(request, limits.SIGN_IN, account=email) as attempt:
            user = _person(super().authenticate(request, **credentials))
            attempt.failed = user is None
        if user is None:
            _record_refusal(request, email)
        return user

    def get_user(self, user_id: Any) -> User | None:
        """Return the active user. The lookup of the cookie's session has loaded it already."""
        loaded = LOADED_USER.get()
        if loaded is None or loaded.pk != user_id:
            return _person(super().get_user(user_id))
        return loaded if self.user_can_authenticate(loaded) else None

    def _authenticate_by_email(self, email: str, password: str) -> User | None:
        for user in people_at(email.lower()):
            if self._check_password(user, password):
                return user
        return None


def _address_in(credentials: dict[str, Any]) -> str:
    """Django's own forms name the address `username`."""
    given = credentials.get("email") or credentials.get("username") or ""
    return normalise_email(str(given))


def _person(found: object) -> User | None:
    return found if isinstance(found, User) else None


def _record_refusal(request: HttpRequest, email: str) -> None:
    """One query whether or not the account exists, so that timing reveals nothing."""
    user = User.objects.filter(email=email).first()
    trail.record(
        events.SIGN_IN_REFUSED,
        user=user,
        request=request,
        outcome=events.REFUSED,
        reason=_reason(user),
        method=METHOD,
    )


def _reason(user: User | None) -> str:
    if user is None:
        return "unknown address"
    return "wrong password" if user.is_active else "inactive"
