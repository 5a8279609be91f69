"""Look up users by email address."""

from __future__ import annotations

from allauth.account.models import EmailAddress

from accounts.models import User


def people_at(email: str) -> list[User]:
    """Return the users who confirmed the address, or else those who entered it.

    It always takes two statements, unlike allauth's lookup, so that timing doesn't reveal
    whether an account exists.
    """
    addresses = list(EmailAddress.objects.filter(email=email).select_related("user"))
    primary = list(User.objects.filter(email=email))
    confirmed = [address.user for address in addresses if address.verified]
    given = [*(address.user for address in addresses), *primary]
    return list(dict.fromkeys(confirmed or given))
