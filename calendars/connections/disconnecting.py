"""Disconnect an account: revoke the grant at Google, and keep or delete its calendars."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import events, trail
from accounts.models import User
from accounts.reading import for_reader
from accounts.security_context import acting_as, acting_as_system
from calendars.connections.held_consents import release_held_grants
from calendars.connections.revocation import release_grant, release_grants
from calendars.models import Channel, Connection, Credential, PendingChange, SyncState
from config.database.due import NO_LEASE, lock_one
from config.web.problems import DomainError, Kind
from config.web.public_address import public_address

BATCH = 100


@transaction.atomic
def disconnect(
    *, owner: User, connection_id: UUID, keep_data: bool, request: HttpRequest | None = None
) -> None:
    """Disconnect; the calendars stay readable or are deleted. Raises DomainError.

    A worker revokes the grant at Google, with retries. Kept calendars can be deleted later by the
    same call, and a kept connection can be reconnected.
    """
    connection = _locked(owner, connection_id)
    credential = Credential.objects.filter(pk=connection.pk).select_related("connection").first()
    if credential is not None:
        release_grant(credential)
    if keep_data:
        _keep(connection)
    else:
        connection.delete()
    details = {"connection": str(connection_id), "data": "kept" if keep_data else "dropped"}
    trail.record(events.GOOGLE_DISCONNECTED, user=owner, request=request, details=details)


def release_all_grants(user: User) -> None:
    """Schedule the revocation of all of a user's grants, including held consents, before the
    account is deleted."""
    release_grants(user)
    release_held_grants(user)


def _locked(owner: User, connection_id: UUID) -> Connection:
    mine = Connection.objects.select_for_update().filter(owner=owner, pk=connection_id)
    connection = mine.first()
    if connection is None:
        raise DomainError(Kind.NOT_FOUND, "not-found", _("Connection not found."))
    return connection


def _keep(connection: Connection) -> None:
    """Keep the calendars, and what wasn't sent yet. A running pull and a worker that sends a change
    lose their leases and can't write any more."""
    Credential.objects.filter(pk=connection.pk).delete()
    Channel.objects.filter(collection__connection=connection).delete()
    SyncState.objects.filter(connection=connection).update(
        lease_token=None, lease_until=None, error_code="", error_message=""
    )
    PendingChange.objects.filter(calendar__connection=connection).update(**NO_LEASE)
    connection.status = Connection.Status.DISCONNECTED
    connection.error_code = connection.error_message = ""
    connection.notice_due_at = None
    connection.save(update_fields=["status", "error_code", "error_message", "notice_due_at"])


def notify_reconnect_required() -> int:
    """Email each owner whose connection needs to be reconnected, once. Returns the number of
    emails."""
    due = Connection.objects.filter(
        status=Connection.Status.RECONNECT_REQUIRED, notice_due_at__lte=timezone.now()
    )
    with acting_as_system(reason="to list connections whose owner must be notified"):
        connections = list(due.select_related("owner")[:BATCH])
    return sum(_notify(connection) for connection in connections)


def _notify(connection: Connection) -> bool:
    """Queue the email and clear its due time in one transaction."""
    due = Connection.objects.filter(pk=connection.pk, notice_due_at=connection.notice_due_at)
    with acting_as(user_id=connection.owner_id):
        if lock_one(due) is None:
            return False
        due.update(notice_due_at=None)
        _mail(connection)
    return True


def _mail(connection: Connection) -> None:
    context = {
        "connection": connection,
        "page": public_address(reverse("settings-calendars")),
    }
    with for_reader(connection.owner):
        subject = render_to_string("calendars/mail/reconnect_subject.txt", context).strip()
        body = render_to_string("calendars/mail/reconnect_message.txt", context)
    send_mail(settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + subject, body, None, [connection.owner.email])
