"""The end of an account: what is elsewhere is let go, all rows go, the audit log forgets who."""

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
    """Nothing outside can keep a person from leaving: what Google must be told is noted in rows
    that outlive the account, and told after the commit. A trigger empties the audit log's
    columns about the person."""
    for rows in registered():
        if rows.release is not None:
            rows.release(user)
    _forget_in_administration(user)
    trail.record(events.ACCOUNT_DELETED, user=None, request=request, by=by)
    # An administrator is named in the histories of others, which forget who it was.
    with acting_as_system(reason="a person goes out of everybody's rows"):
        mails_to(user).delete()
        user.delete()


def _forget_in_administration(user: User) -> None:
    """What administrators did stays in their log, without the address."""
    about = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk)
    )
    about.update(object_repr=_NOBODY, change_message="")
