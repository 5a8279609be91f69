"""Where a second step is required, a user without one reaches only the pages to set it up."""

from __future__ import annotations

from typing import Final

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from config.web.problems import DomainError, Kind
from config.web.public_address import public_address

NONE, STAFF, ALL = REQUIRED_FOR = ("none", "staff", "all")
SETUP_PAGE: Final = "mfa_index"
# Pages that a user without a second step needs to set one up or to sign out. Setup requires a
# verified address, so the email pages are included.
OPEN_PAGES: Final = frozenset(
    {
        SETUP_PAGE,
        *("mfa_activate_totp", "mfa_list_webauthn", "mfa_add_webauthn"),
        *("mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes"),
        *("account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
        *("account_email", "account_confirm_email", "account_email_verification_sent"),
        *("account_logout", "account-deleted", "healthz", "readyz", "metrics", "jwks"),
    }
)
_PROTECTING = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def is_protected(user: User) -> bool:
    return bool(Authenticator.objects.filter(user=user, type__in=_PROTECTING).exists())


def must_set_up(user: User) -> bool:
    """Queries the database only if a second step is required of this user."""
    required = settings.SECOND_FACTOR_REQUIRED_FOR
    is_asked = required == ALL or (required == STAFF and (user.is_staff or user.is_superuser))
    return is_asked and not is_protected(user)


def require_second_factor(user: User) -> None:
    """Raises DomainError `second-factor-required`."""
    if must_set_up(user):
        raise DomainError(
            Kind.FORBIDDEN,
            "second-factor-required",
            _(
                "This account requires two-step sign-in. Set it up on the website first:"
                " %(setup_page)s"
            )
            % {"setup_page": public_address(reverse(SETUP_PAGE))},
        )
