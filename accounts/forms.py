"""Forms of the account pages: adapted ones of allauth, and our own."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from allauth.account.adapter import get_adapter
from allauth.account.forms import ResetPasswordForm as BaseResetPasswordForm
from allauth.account.forms import SignupForm as BaseSignupForm
from allauth.account.models import EmailAddress
from allauth.core import context as allauth_context
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base.forms import AuthenticateForm as BaseAuthenticateForm
from allauth.mfa.base.forms import BaseAuthenticateForm as BaseCodeForm
from allauth.mfa.base.forms import ReauthenticateForm as BaseReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audit import events, trail
from accounts.fields import normalise_email
from accounts.models import User
from accounts.password_backend import people_at
from accounts.sessions.browser import CLIENT_ID
from accounts.sign_in.second_factors import factors_of
from accounts.sign_in.second_step import (
    CODE,
    CONFIRMING,
    PASSKEY,
    SIGNING_IN,
    note_refused_passkey,
    trying_second_step,
)
from config.web.bodies import UniqueJSONDecoder

NOWHERE = "signup.invalid"  # RFC 2606: a domain without addresses
NOBODY = 0  # no user has this id


class SignupForm(BaseSignupForm):  # type: ignore[misc]
    """Does equal work whether or not the address has an account, so that timing reveals nothing."""

    account_already_exists: bool

    def try_save(self, request: HttpRequest) -> Any:
        """Return the new user and None, or None and a response that doesn't reveal other
        accounts."""
        if self.account_already_exists:
            self._save_in_vain(request)
            return super().try_save(request)
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:
            # The address was taken between validation and insert.
            self.account_already_exists = True
            return super().try_save(request)

    def _save_in_vain(self, request: HttpRequest) -> None:
        """Hash the password, insert an account with the same statements, and roll back."""
        taken = self.cleaned_data["email"]
        self.cleaned_data["email"] = f"{uuid4().hex}@{NOWHERE}"
        self.account_already_exists = False
        with transaction.atomic():
            _look_up_to_confirm(self.save(request))
            transaction.set_rollback(True)
        self.account_already_exists = True
        self.cleaned_data["email"] = taken
        trail.record(
            events.SIGN_UP,
            user=None,
            request=request,
            outcome=events.REFUSED,
            reason="address taken",
            client_id=CLIENT_ID,
        )


class ResetPasswordForm(BaseResetPasswordForm):  # type: ignore[misc]
    """Runs the same queries whether or not the address has an account."""

    def clean_email(self) -> str:
        email: str = get_adapter().clean_email(self.cleaned_data["email"].lower())
        self.users = [user for user in people_at(email) if user.is_active]
        return email

    def save(self, request: HttpRequest, **options: Any) -> str:
        if not self.users:
            _look_up_for_a_token(user_id=NOBODY, email=self.cleaned_data["email"])
        asked: list[User | None] = [*self.users] or [None]
        for user in asked:
            trail.record(events.PASSWORD_RESET_ASKED, user=user, request=request)
        return str(super().save(request, **options))


def _look_up_to_confirm(user: User) -> None:
    """The queries that allauth runs after saving a user, before sending the link."""
    EmailAddress.objects.filter(user_id=user.pk, verified=True).exists()
    list(EmailAddress.objects.filter(user_id=user.pk)[:1])
    User.objects.filter(pk=user.pk).first()


def _look_up_for_a_token(*, user_id: int, email: str) -> None:
    """The queries that allauth runs to make a password reset token."""
    addresses = EmailAddress.objects.filter(user_id=user_id)
    addresses.filter(email=email).exists()
    list(addresses.values_list("email", flat=True))


class CodeForm(BaseCodeForm):  # type: ignore[misc]
    """A code form for a user who may not be signed in yet."""

    reason = SIGNING_IN

    def clean_code(self) -> str:
        trying = trying_second_step(
            allauth_context.request, self.user, method=CODE, reason=self.reason
        )
        with trying, factors_of(self.user):
            return str(super().clean_code())


class AuthenticateForm(CodeForm, BaseAuthenticateForm):  # type: ignore[misc]
    """The second step of signing in."""


class ReauthenticateForm(CodeForm, BaseReauthenticateForm):  # type: ignore[misc]
    """Reauthenticates a signed-in user."""

    reason = CONFIRMING


def _credential() -> forms.JSONField:
    return forms.JSONField(widget=forms.HiddenInput, decoder=UniqueJSONDecoder)


class AuthenticatePasskeyForm(AuthenticateWebAuthnForm):  # type: ignore[misc]
    reason = SIGNING_IN
    credential = _credential()

    def clean_credential(self) -> Authenticator:
        trying = trying_second_step(
            allauth_context.request, self.user, method=PASSKEY, reason=self.reason
        )
        with trying, _malformed_is_refused():
            return super().clean_credential()


class ReauthenticatePasskeyForm(
    AuthenticatePasskeyForm,
    ReauthenticateWebAuthnForm,  # type: ignore[misc]
):
    reason = CONFIRMING


class LoginPasskeyForm(LoginWebAuthnForm):  # type: ignore[misc]
    credential = _credential()

    def clean_credential(self) -> Authenticator:
        try:
            with _malformed_is_refused():
                return super().clean_credential()
        except ValidationError:
            note_refused_passkey(allauth_context.request)
            raise


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    credential = _credential()

    def clean(self) -> dict[str, Any]:
        with _malformed_is_refused():
            return dict(super().clean())


class DeletionForm(forms.Form):
    """Confirms a deletion by typing the address, to prevent accidents."""

    email = forms.CharField(
        label=gettext_lazy("Your email address"),
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean_email(self) -> str:
        email = normalise_email(self.cleaned_data["email"])
        if email != self._user.email:
            raise forms.ValidationError(
                _("This isn't the email address of your account."), "other_address"
            )
        return email


@contextmanager
def _malformed_is_refused() -> Iterator[None]:
    """Refuse malformed credentials: fido2 validates their shape only in part, and allauth
    catches only part of its errors."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError, struct.error):
        raise get_mfa_adapter().validation_error("incorrect_code") from None
