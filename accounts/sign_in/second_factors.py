"""Second factors: allauth's authenticators, with their secrets sealed, and asked for by the API."""

from __future__ import annotations

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from accounts.models import User
from accounts.sign_in.factor_secrets import current_owner, factors_of, open_secret, seal_secret
from accounts.sign_in.second_step import CODE, note_used, trying_second_step
from config.problems import DomainError, FieldFault, Kind

ISSUER = "Daybook"
AMR = ("pwd", "otp", "mfa")  # RFC 8176


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Where allauth asks Daybook about second factors."""

    def encrypt(self, text: str) -> str:
        return seal_secret(text, owner=current_owner())

    def decrypt(self, encrypted_text: str) -> str:
        return open_secret(encrypted_text, owner=current_owner())

    def get_totp_issuer(self) -> str:
        return ISSUER

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002
        count = Authenticator.objects.filter(user=user, type=type).count()
        return "Passkey" if count == 0 else f"Passkey {count + 1}"

    def _get_site_name(self) -> str:
        return ISSUER


@sensitive_variables("otp")
def use_one_time_code(*, request: HttpRequest, user: User, otp: str) -> Authenticator:
    """Uses up a code of the app, or a recovery code; each opens once. Gives what it belongs to.

    Raises DomainError `mfa-required` without one, `otp-refused` for a wrong or used one, and
    `too-many-attempts`.
    """
    if not otp:
        raise DomainError(
            Kind.UNAUTHENTICATED,
            "mfa-required",
            "This account asks for a second step. Send `otp` too: a code of the authenticator"
            " app, or a recovery code.",
        )
    form = AuthenticateForm(user=user, data={"code": otp})
    with trying_second_step(request, user, method=CODE) as attempt, factors_of(user):
        attempt.failed = not form.is_valid()
    if attempt.failed:
        fault = form.errors.as_data()["code"][0]
        raise DomainError(
            Kind.UNAUTHENTICATED,
            "otp-refused",
            "The code is wrong or was used before. Wait for the next one.",
            faults=[FieldFault("otp", fault.code or "invalid", str(fault.messages[0]))],
        )
    authenticator: Authenticator = form.authenticator
    authenticator.record_usage()
    note_used(request=request, user=user, authenticator=authenticator)
    return authenticator
