"""Signing in with e-mail address and password, for clients that are no browsers."""

from __future__ import annotations

from allauth.account.utils import has_verified_email
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from accounts.clients import Client
from accounts.models import User
from accounts.sessions import TokenPair, open_session
from config.problems import DomainError, Kind


@sensitive_variables("password")
def sign_in(
    *, request: HttpRequest, email: str, password: str, client_id: str, device_label: str
) -> TokenPair:
    """Opens a session. Raises DomainError `credentials-refused` or `email-unverified`.

    An unknown address, a wrong password and an inactive account look the same and cost the
    same: the chain's password backend runs Argon2 once in each case. That an address waits
    for verification is told only to who knows the password.
    """
    user = authenticate(request, email=email, password=password)
    if not isinstance(user, User):
        raise DomainError(
            Kind.UNAUTHENTICATED,
            "credentials-refused",
            "The e-mail address or the password is not right.",
        )
    if not has_verified_email(user, email):
        raise DomainError(
            Kind.FORBIDDEN,
            "email-unverified",
            "Open the link in the mail we sent you first. Sign in on the website to get a new one.",
        )
    client = Client.of(request)
    return open_session(user=user, client=client, client_id=client_id, device_label=device_label)
