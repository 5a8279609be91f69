"""Which mails are a person's: those to addresses that no other account names."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db.models import QuerySet

from accounts.models import OutgoingMail, User


def mails_to(user: User) -> QuerySet[OutgoingMail]:
    """Also to addresses that the person has not confirmed, unless they are another person's too."""
    own = {user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)}
    others = EmailAddress.objects.exclude(user=user).filter(email__in=own)
    primary = User.objects.exclude(pk=user.pk).filter(email__in=own)
    shared = {*others.values_list("email", flat=True), *primary.values_list("email", flat=True)}
    return OutgoingMail.objects.filter(recipient__in=own - shared)
