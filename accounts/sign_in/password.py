"""Sign in with an email address and a password, for API clients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

from allauth.account.utils import has_verified_email
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from accounts.audit import events, trail
from accounts.clients import Client
from accounts.models import User
from accounts.password_backend import METHOD
from accounts.sessions.lifecycle import TWO_FACTORS, TokenPair, open_session
from accounts.sign_in import second_factors
from accounts.sign_in.required_factors import is_protected, require_second_factor
from accounts.throttles.devices import remember_device
from config.web.problems import DomainError, Kind


class SignInStrength(TypedDict, total=False):
    """How the user signed in, as the session records it."""

    amr: Sequence[str]
    acr: str


@sensitive_variables("password", "otp")
def sign_in(
    *,
    request: HttpRequest,
    email: str,
    password: str,
    client_id: str,
    device_label: str,
    otp: str = "",
) -> TokenPair:
    """Opens a session. Raises DomainError `credentials-refused`, `email-unverified`,
    `mfa-required`, `otp-refused` or `second-factor-required`.

    An unknown address, a wrong password and an inactive account give the same response at the
    same cost: the password backend runs Argon2 once in each case. Only a client that knows the
    password learns that the address is unverified.
    """
    user = _prove_password(request, email, password)
    method, strength = _prove_second_factor(request, user, otp)
    pair = open_session(
        user=user,
        client=Client.of(request),
        client_id=client_id,
        device_label=device_label,
        **strength,
    )
    remember_device(request=request, user=user)
    trail.record(
        events.SIGN_IN,
        user=user,
        request=request,
        method=method,
        session_id=pair.session_id,
        client_id=client_id,
    )
    return pair


@sensitive_variables("password")
def _prove_password(request: HttpRequest, email: str, password: str) -> User:
    user = authenticate(request, email=email, password=password)
    if not isinstance(user, User):
        raise DomainError(
            Kind.UNAUTHENTICATED,
            "credentials-refused",
            "The email address or password is incorrect.",
        )
    if not has_verified_email(user, email):
        raise DomainError(
            Kind.FORBIDDEN,
            "email-unverified",
            "First open the link in the confirmation email. Sign in on the website to get "
            "a new link.",
        )
    return user


@sensitive_variables("otp")
def _prove_second_factor(request: HttpRequest, user: User, otp: str) -> tuple[str, SignInStrength]:
    """Return the methods as the audit log names them, and the strength that the session records."""
    if not is_protected(user):
        require_second_factor(user)
        return METHOD, {}
    factor = second_factors.use_one_time_code(request=request, user=user, otp=otp)
    strength = SignInStrength(amr=second_factors.AMR, acr=TWO_FACTORS)
    return f"{METHOD}+{factor.type}", strength
