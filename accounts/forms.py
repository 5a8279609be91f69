"""Forms of the account's pages: allauth's where they need a hand, and our own."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import SignupForm as BaseSignupForm
from allauth.mfa.base.forms import AuthenticateForm as BaseAuthenticateForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from accounts.fields import normalise_email
from accounts.models import User
from accounts.sign_in.factor_secrets import factors_of


class SignupForm(BaseSignupForm):  # type: ignore[misc]
    def try_save(self, request: HttpRequest) -> Any:
        """The new user and None, or None and the answer that says nothing about other people."""
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:
            # Somebody took the address between the form's look and the insert.
            self.account_already_exists = True
            return super().try_save(request)


class AuthenticateForm(BaseAuthenticateForm):  # type: ignore[misc]
    """Asks for the code of a person who is not signed in yet."""

    def clean_code(self) -> str:
        with factors_of(self.user):
            return str(super().clean_code())


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """allauth's, in the words of the page."""

    passwordless = forms.BooleanField(
        label="Sign in with this passkey alone",
        required=False,
        help_text="Then no password is asked for. The device must check that it is you: by a"
        " finger, a face or a PIN.",
    )


class DeletionForm(forms.Form):
    """Nobody leaves by a slip: the address is typed, as it stands on the page."""

    email = forms.CharField(
        label="Your e-mail address",
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user

    def clean_email(self) -> str:
        email = normalise_email(self.cleaned_data["email"])
        if email != self._user.email:
            raise forms.ValidationError("This is not the address of your account.", "other_address")
        return email
