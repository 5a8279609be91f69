"""Delete an account: revoke what is held elsewhere, delete all rows, anonymize the audit log."""

from __future__ import annotations

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.http import HttpRequest

from accounts.account.export import registered
from accounts.audit import events, trail
from accounts.mail.queue import mails_to
from accounts.models import User
from accounts.security_context import acting_as_system

_NOBODY = "(deleted account)"


@transaction.atomic
def delete_account(*, user: User, request: HttpRequest | None, by: str = "") -> None:
    """Deletes the account. An outage elsewhere cannot prevent it: revocations at Google are
    recorded in rows that outlive the account and are sent after the commit. A trigger clears the
    audit log's columns that identify the user."""
    for rows in registered():
        if rows.release is not None:
            rows.release(user)
    _forget_in_administration(user)
    trail.record(events.ACCOUNT_DELETED, user=None, request=request, by=by)
    # An administrator is named in other users' histories; that reference is removed.
    with acting_as_system(reason="a person goes out of everybody's rows"):
        mails_to(user).delete()
        user.delete()


def _forget_in_administration(user: User) -> None:
    """Keep Django's log of administrative actions, without the user's address."""
    about = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk)
    )
    about.update(object_repr=_NOBODY, change_message="")
