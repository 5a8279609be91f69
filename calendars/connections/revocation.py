"""Revocation of Google's grants: recorded with the disconnect, performed later by a worker.

The row is written in the transaction that removes the connection, so no grant is lost if Google is
unavailable or a worker is killed.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import structlog
from django.utils import timezone

from accounts.models import User
from accounts.security_context import acting_as_system
from calendars.google import oauth
from calendars.google.client import CalendarClient
from calendars.google.credentials import AccessToken, open_refresh_token, seal_refresh_token
from calendars.google.errors import GoogleError
from calendars.google.oauth import forget_issues
from calendars.google.quota import Caller, Priority
from calendars.models import Channel, Connection, Credential, GrantRevocation
from calendars.models.connection import GrantRevocationQuerySet
from calendars.models.locks import hold_calendars_of
from config.backoff import REVOCATION
from config.database.encryption import Altered, KeyMissing
from config.workers import OneOfMany, announce

TASK = "calendars.tasks.revoke_grants"
LEASE = timedelta(minutes=5)  # longer than all calls together: token refresh, channels, revocation
BATCH = 50
log = structlog.get_logger(__name__)


def release_grants(user: User) -> None:
    """Schedule the revocation of all of a user's grants after the transaction has committed."""
    hold_calendars_of(user.pk)
    for credential in Credential.objects.filter(owner=user).select_related("connection"):
        release_grant(credential)


def release_grant(credential: Credential) -> None:
    """Schedule the revocation of a grant and its channels, unless another user shares the grant:
    revoking one token of an account revokes all of them."""
    connection = credential.connection
    opened = Channel.objects.filter(collection__connection=connection).exclude(resource_id="")
    channels = [[str(each.pk), each.resource_id] for each in opened]
    with acting_as_system(reason="to find other users of the same grant"):
        if _is_shared(credential):
            return
        _note(credential.pk, refresh_token=bytes(credential.refresh_token), channels=channels)
    forget_issues(subject=connection.subject)
    announce(TASK)


def release_unclaimed_grant(*, subject: str, refresh_token: str) -> None:
    """Schedule the revocation of a grant without a connection, unless a connection shares it."""
    key = _unclaimed_key(subject)
    with acting_as_system(reason="to find other users of the same grant"):
        if Credential.objects.filter(connection__subject=subject).exists():
            return
        _note(key, refresh_token=seal_refresh_token(key, refresh_token), channels=[])
    announce(TASK)


def _note(key: UUID, **grant: Any) -> None:
    """Store the revocation. An existing lease is cleared, because its worker revokes an older
    grant."""
    now = timezone.now()
    GrantRevocation.objects.update_or_create(
        pk=key,
        defaults={
            **grant,
            "created_at": now,
            "due_at": now,
            "attempts": 0,
            "lease_token": None,
            "lease_until": None,
        },
    )


def _unclaimed_key(subject: str) -> UUID:
    """Return a fixed key per account, so that a later connection of the account finds the row."""
    return uuid5(NAMESPACE_URL, f"urn:daybook:unclaimed-grant:google:{subject}")


def _is_shared(credential: Credential) -> bool:
    connection = credential.connection
    others = Credential.objects.filter(
        connection__provider=connection.provider, connection__subject=connection.subject
    )
    return others.exclude(pk=credential.pk).exclude(owner_id=credential.owner_id).exists()


def withdraw_revocation(connection: Connection) -> None:
    """Cancel the revocation of a reconnected account: it would revoke the new grant too."""
    with _acting_as_system():
        keys = (connection.pk, _unclaimed_key(connection.subject))
        GrantRevocation.objects.filter(pk__in=keys).delete()


def revoke_due_grants() -> int:
    """Revoke each due grant at Google, outside any transaction. Returns the number revoked."""
    ended = 0
    for _place in range(BATCH):
        revocation = _claim_next()
        if revocation is None:
            break
        with OneOfMany("revocation_fault", connection=str(revocation.pk)) as attempt:
            ended += _revoke(revocation)
        if attempt.failed:
            _put_off(revocation, "unforeseen")
    return ended


def _claim_next() -> GrantRevocation | None:
    with _acting_as_system():
        return GrantRevocation.objects.claim_next(lasting=LEASE)


def _revoke(revocation: GrantRevocation) -> bool:
    """Revoke a grant. Returns whether it's revoked."""
    if REVOCATION.is_spent(revocation.attempts, since=revocation.created_at):
        log.error("grant_given_up", connection=str(revocation.pk))
        _remove(revocation)
        return False
    try:
        refresh_token = open_refresh_token(revocation.pk, revocation.refresh_token)
        _stop_channels(revocation, refresh_token)
        oauth.revoke(refresh_token)
    except GoogleError as error:
        log.warning("grant_not_revoked", connection=str(revocation.pk), code=error.code)
        _put_off(revocation, error.code, error.message)
        return False
    except KeyMissing:
        log.error("revocation_key_missing", connection=str(revocation.pk))
        _put_off(revocation, "key-missing")
        return False
    except Altered:
        log.error("grant_unreadable", connection=str(revocation.pk))
    _remove(revocation)
    return True


def _put_off(revocation: GrantRevocation, code: str, message: str = "") -> None:
    wait = REVOCATION.wait(revocation.attempts)
    with _acting_as_system():
        _held(revocation).put_off(
            revocation.lease_token, wait=wait, error_code=code, error_message=message
        )


def _remove(revocation: GrantRevocation) -> None:
    with _acting_as_system():
        _held(revocation).filter(lease_token=revocation.lease_token).delete()


def _held(revocation: GrantRevocation) -> GrantRevocationQuerySet:
    return GrantRevocation.objects.filter(pk=revocation.pk)


def _stop_channels(revocation: GrantRevocation, refresh_token: str) -> None:
    """Stop the channels, best effort: notifications of the others are ignored until they expire."""
    if not revocation.channels:
        return
    try:
        access = AccessToken(oauth.refresh_access(refresh_token).access_token, version=0)
        client = CalendarClient(
            lambda _rejected: access, Caller(str(revocation.pk), Priority.INCREMENT)
        )
        for channel_id, resource_id in revocation.channels:
            client.stop_channel(channel_id=channel_id, resource_id=resource_id)
    except GoogleError as error:
        log.info("channels_not_stopped", connection=str(revocation.pk), code=error.code)


def _acting_as_system() -> AbstractContextManager[None]:
    return acting_as_system(reason="a revocation has no owner")
