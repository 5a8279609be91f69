"""Disconnecting an account: Google is told that the grant ends, the person says what stays here."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.http import HttpRequest

from accounts.audit import events, trail
from accounts.models import User
from calendars.held_consents import release_held_grants
from calendars.models import Channel, Connection, Credential, SyncState
from calendars.revocation import release_grant, release_grants
from config.problems import DomainError, Kind


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
        raise DomainError(Kind.NOT_FOUND, "not-found", "You have no such connection.")
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
