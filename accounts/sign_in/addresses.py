"""Which people an email address stands for."""

from __future__ import annotations

from allauth.account.models import EmailAddress

from accounts.models import User


def people_at(email: str) -> list[User]:
    """Those who confirmed the address; without them, those who gave it.

    Two statements in any case, unlike allauth's, so that the time does not tell who has an account.
    """
    addresses = list(EmailAddress.objects.filter(email=email).select_related("user"))
    primary = list(User.objects.filter(email=email))
    confirmed = [address.user for address in addresses if address.verified]
    given = [*(address.user for address in addresses), *primary]
    return list(dict.fromkeys(confirmed or given))
