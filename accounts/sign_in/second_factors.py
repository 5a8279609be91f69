"""Second factors: allauth's authenticators with encrypted secrets, and their use through the
API.

allauth encrypts a value before its row has a key. A user has at most one row of each kind, so a
value is bound to its user: copied into another user's row, it does not decrypt.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts.models import User
from accounts.sign_in.second_step import CODE, note_used, trying_second_step
from config.database.encryption import keyring
from config.web.problems import DomainError, FieldFault, Kind

# Prefix of values that are bound to a user; base64 contains no full stop. Values without it are
# older and bound to the column only, until `manage.py reencrypt` rewrites them.
_FOR_A_PERSON = "p."
_COLUMN = "mfa.authenticator.data"
_owner: ContextVar[int | None] = ContextVar("owner_of_factors", default=None)
ISSUER = "Daybook"
AMR = ("pwd", "otp", "mfa")  # RFC 8176


class OwnerUnknown(Exception):
    """A secret was requested without a user to whom it belongs."""


@contextmanager
def factors_of(user: User) -> Iterator[None]:
    """Name the user whose secrets allauth handles in the block, if not the signed-in user."""
    before = _owner.set(user.pk)
    try:
        yield
    finally:
        _owner.reset(before)


def current_owner() -> int:
    """Return the id of the user that `factors_of` names, or of the signed-in user. Raises
    OwnerUnknown."""
    owner = _owner.get() or getattr(getattr(allauth_context.request, "user", None), "pk", None)
    if owner is None:
        raise OwnerUnknown
    return owner


def seal_secret(text: str, *, owner: int) -> str:
    sealed = keyring().seal(text.encode(), context=_context(owner))
    return _FOR_A_PERSON + base64.b64encode(sealed).decode()


def open_secret(text: str, *, owner: int) -> str:
    """Raises CannotDecrypt."""
    sealed, context = _parts(text, owner)
    return keyring().open(sealed, context=context).decode()


def reseal_secret(text: str, *, owner: int) -> str:
    """Encrypt under the current key, bound to the user; returns the text unchanged if it already
    is."""
    sealed, context = _parts(text, owner)
    secret = open_secret(text, owner=owner)
    is_current = context == _context(owner) and keyring().is_current(sealed)
    return text if is_current else seal_secret(secret, owner=owner)


def _parts(text: str, owner: int) -> tuple[bytes, str]:
    sealed = base64.b64decode(text.removeprefix(_FOR_A_PERSON))
    return sealed, _context(owner) if text.startswith(_FOR_A_PERSON) else _COLUMN


def _context(owner: int) -> str:
    return f"{_COLUMN}:{owner}"


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """allauth's hooks for second factors."""

    def encrypt(self, text: str) -> str:
        return seal_secret(text, owner=current_owner())

    def decrypt(self, encrypted_text: str) -> str:
        return open_secret(encrypted_text, owner=current_owner())

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002
        count = Authenticator.objects.filter(user=user, type=type).count()
        return "Passkey" if count == 0 else f"Passkey {count + 1}"

    def _get_site_name(self) -> str:
        return ISSUER


@sensitive_variables("otp")
def use_one_time_code(*, request: HttpRequest, user: User, otp: str) -> Authenticator:
    """Consume a code of the authenticator app or a recovery code. Returns its authenticator.

    Raises DomainError `mfa-required` without one, `otp-refused` for a wrong or used one, and
    `too-many-attempts`.
    """
    if not otp:
        raise DomainError(
            Kind.UNAUTHENTICATED,
            "mfa-required",
            _(
                "This account uses two-step sign-in. Also send `otp`: a code of the "
                "authenticator app or a recovery code."
            ),
        )
    form = AuthenticateForm(user=user, data={"code": otp})
    with trying_second_step(request, user, method=CODE) as attempt, factors_of(user):
        attempt.failed = not form.is_valid()
    if attempt.failed:
        fault = form.errors.as_data()["code"][0]
        raise DomainError(
            Kind.UNAUTHENTICATED,
            "otp-refused",
            _("The code is incorrect or was already used. Wait for the next one."),
            faults=[FieldFault("otp", fault.code or "invalid", str(fault.messages[0]))],
        )
    authenticator: Authenticator = form.authenticator
    authenticator.record_usage()
    note_used(request=request, user=user, authenticator=authenticator)
    return authenticator
