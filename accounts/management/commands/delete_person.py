"""`manage.py delete_person`: delete an account and its data, as its owner can on the page."""

from __future__ import annotations

from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from accounts.account.personal_data import delete_account
from accounts.audit import events
from accounts.fields import normalise_email
from accounts.models import User
from accounts.security_context import acting_as


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the address of the account")
        parser.add_argument("--yes", action="store_true", help="skip the confirmation")

    def handle(self, *args: Any, **options: Any) -> None:
        email = normalise_email(options["email"])
        user = User.objects.filter(email=email).first()
        if user is None:
            raise CommandError(f"There is no account with the address {email}.")
        if not options["yes"]:
            _confirm(email)
        with acting_as(user_id=user.pk, method="command"):
            delete_account(user=user, request=None, by=events.OPERATOR)
        self.stdout.write(f"{email} was deleted. A worker revokes Daybook's access at Google.")


def _confirm(email: str) -> None:
    """Raises CommandError unless the operator types the address."""
    try:
        typed = input(f"This deletes {email} with everything in it, for good. Type the address: ")
    except EOFError:
        raise CommandError("Nothing was deleted. Use --yes to skip the confirmation.") from None
    if normalise_email(typed) != email:
        raise CommandError("Nothing was deleted: the addresses don't match.")
