"""Users for the demo."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.administrators import administrators_group
from accounts.models import User

PEOPLE = ("alice@daybook.example", "bob@daybook.example")
COLLEAGUE = "grace@daybook.example"  # who has calendars without a Google account
ADMINISTRATOR = "admin@daybook.example"


@transaction.atomic
def ensure_demo_people(password: str) -> None:
    """Create Alice, Bob, a colleague and an administrator if needed, and set this password."""
    administrators_group()
    for email in (*PEOPLE, COLLEAGUE, ADMINISTRATOR):
        is_administrator = email == ADMINISTRATOR
        user, _ = User.objects.get_or_create(email=email)
        user.is_active = True
        user.is_staff = user.is_superuser = is_administrator
        if not user.check_password(password):
            user.set_password(password)
        user.save()
        EmailAddress.objects.update_or_create(
            user=user, email=email, defaults={"verified": True, "primary": True}
        )
