"""Disconnecting an account: Google is told that the grant ends, the person says what stays here."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.audit import events, trail
from accounts.local_time import in_zone_of
from accounts.models import User
from accounts.security_context import acting_as, acting_as_system
from calendars.connections.held_consents import release_held_grants
from calendars.connections.revocation import release_grant, release_grants
from calendars.models import Channel, Connection, Credential, SyncState
from config.database.due import lock_one
from config.web.problems import DomainError, Kind
from config.web.public_address import public_address

BATCH = 100


@transaction.atomic
def disconnect(
    *, owner: User, connection_id: UUID, keep_data: bool, request: HttpRequest | None = None
) -> None:
    """Ends the connection; its calendars stay readable, or go with it. Raises DomainError.

    Google is told by a worker, which tries until it is done. What was kept can be dropped later
    by the same call, and a connection that was kept can be reconnected.
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
    """Note every grant of a person's, those of unanswered consents too: the account goes."""
    release_grants(user)
    release_held_grants(user)


def _locked(owner: User, connection_id: UUID) -> Connection:
    mine = Connection.objects.select_for_update().filter(owner=owner, pk=connection_id)
    connection = mine.first()
    if connection is None:
        raise DomainError(Kind.NOT_FOUND, "not-found", "Connection not found.")
    return connection


def _keep(connection: Connection) -> None:
    """A pull that is under way loses its lease, and so writes nothing more."""
    Credential.objects.filter(pk=connection.pk).delete()
    Channel.objects.filter(collection__connection=connection).delete()
    SyncState.objects.filter(connection=connection).update(
        lease_token=None, lease_until=None, error_code="", error_message=""
    )
    connection.status = Connection.Status.DISCONNECTED
    connection.error_code = connection.error_message = ""
    connection.notice_due_at = None
    connection.save(update_fields=["status", "error_code", "error_message", "notice_due_at"])


def tell_dead_grants() -> int:
    """Mails each person whose connection has ended, once; gives how many were told."""
    due = Connection.objects.filter(
        status=Connection.Status.RECONNECT_REQUIRED, notice_due_at__lte=timezone.now()
    )
    with acting_as_system(reason="to list who is to be told"):
        connections = list(due.select_related("owner")[:BATCH])
    return sum(_tell(connection) for connection in connections)


def _tell(connection: Connection) -> bool:
    """The mail and the note that it was written are one transaction."""
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
        "page": public_address(reverse("connections")),
    }
    with in_zone_of(connection.owner):
        subject = render_to_string("calendars/mail/reconnect_subject.txt", context).strip()
        body = render_to_string("calendars/mail/reconnect_message.txt", context)
    send_mail(settings.ACCOUNT_EMAIL_SUBJECT_PREFIX + subject, body, None, [connection.owner.email])
