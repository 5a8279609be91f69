"""Signing in with a password through the API, and the rules that a password must meet.

zxcvbn contains 30,000 passwords from breaches by frequency, and as many words and names. It
estimates the guesses for a password composed of them, with years, keyboard rows and lookalike
digits. It runs locally, so no part of a password leaves the machine. Django's list of 20,000
common passwords is checked first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypedDict
from urllib.parse import urlsplit

from allauth.account.utils import has_verified_email
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from zxcvbn import zxcvbn

from accounts.account.personal_data import registered
from accounts.audit import events, trail
from accounts.clients import Client
from accounts.models import User
from accounts.password_backend import METHOD
from accounts.security_context import acting_as
from accounts.sessions.lifecycle import TWO_FACTORS, TokenPair, open_session
from accounts.sign_in import second_factors
from accounts.sign_in.required_factors import is_protected, require_second_factor
from accounts.throttles.devices import remember_device
from config.web.problems import DomainError, Kind

# Of zxcvbn's five levels, 3 means more than 10^8 guesses: unreachable through a throttled page, and
# expensive against the Argon2 hash.
LOWEST_SCORE = 3

# The rest is ignored: the work grows with the square of the length.
LONGEST_LOOKED_AT = 50
SHORTEST_OWN_WORD = 4
SHORTEST_REST = 6
PRODUCT = "daybook"
_WORD = re.compile(r"[^\W_]+")


class GuessableValidator:
    @sensitive_variables("password")
    def validate(self, password: str, user: User | None = None) -> None:
        words = sorted(own_words(user))
        found = zxcvbn(password[:LONGEST_LOOKED_AT], user_inputs=words)
        if found["score"] < LOWEST_SCORE:
            raise ValidationError(
                _(
                    "This password is easy to guess: it's a known leaked password, or it consists "
                    "of common words, names, years or keyboard rows. Use several unrelated words."
                ),
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        return _("Your password can't be easy to guess.")


class OwnWordsValidator:
    @sensitive_variables("password", "rest")
    def validate(self, password: str, user: User | None = None) -> None:
        rest = password.casefold()
        for word in sorted(own_words(user), key=len, reverse=True):
            rest = rest.replace(word, "")
        is_of_own_words = len(rest) < len(password)
        if is_of_own_words and len("".join(_WORD.findall(rest))) < SHORTEST_REST:
            raise ValidationError(
                _(
                    "This password is made of your address, your name or the name of this site. "
                    "Use words that aren't related to you."
                ),
                code="password_own_words",
            )

    def get_help_text(self) -> str:
        return _("Your password can't be made of your address, your name or the name of this site.")


def own_words(user: User | None) -> set[str]:
    """Words of the site, the address and the profile, in lower case."""
    texts = [PRODUCT, urlsplit(settings.PUBLIC_URL).hostname or ""]
    if user is not None:
        texts += [user.email or "", *_words_of_profile(user)]
    return set(_words(texts))


def _words_of_profile(user: User) -> Iterator[str]:
    if user._state.adding:  # at sign-up
        return
    with acting_as(user_id=user.pk, method="password"):
        for rows in registered():
            if rows.words is not None:
                yield from rows.words(user)


def _words(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for word in _WORD.findall(text.casefold()):
            if len(word) >= SHORTEST_OWN_WORD:
                yield word


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
            _("The email address or password is incorrect."),
        )
    if not has_verified_email(user, email):
        raise DomainError(
            Kind.FORBIDDEN,
            "email-unverified",
            _(
                "First open the link in the confirmation email. Sign in on the website to get "
                "a new link."
            ),
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
