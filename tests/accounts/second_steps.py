"""A person with an authenticator app, and the code that it shows now."""

from __future__ import annotations

import time

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.conf import settings

from accounts.models import User
from accounts.sign_in.second_factors import factors_of


def set_up_app(user: User) -> str:
    """The secret that the person's app holds from now on; there are recovery codes too."""
    secret: str = generate_totp_secret()
    with factors_of(user):
        TOTP.activate(user, secret)
        RecoveryCodes.activate(user)
    return secret


def code_of(secret: str) -> str:
    """What the app shows now."""
    period = getattr(settings, "MFA_TOTP_PERIOD", 30)
    code: str = format_hotp_value(hotp_value(secret, int(time.time()) // period))
    return code


def recovery_codes_of(user: User) -> list[str]:
    factor = Authenticator.objects.get(user=user, type=Authenticator.Type.RECOVERY_CODES)
    with factors_of(user):
        codes: list[str] = factor.wrap().get_unused_codes()
    return codes
