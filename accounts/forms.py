"""Forms of the sign-up pages, where allauth's need a hand."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import SignupForm as BaseSignupForm
from django.db import IntegrityError, transaction
from django.http import HttpRequest


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
