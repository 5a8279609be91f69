"""Access tokens: encrypted, refreshed once across all processes, never overwritten by a late
writer.

Claim by a conditional UPDATE, call Google outside any transaction, commit by version compare. A
worker that finds the lease taken waits briefly for the holder's token, or its failure, and
adopts it: so an unavailable token endpoint is called once instead of once per worker. If the
holder takes longer or was killed, the collection's row is put off instead of blocking the
worker.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db.models import F
from django.utils import timezone

from accounts.security_context import acting_as, acting_once
from calendars.google import oauth
from calendars.google.errors import (
    CredentialDamaged,
    EncryptionKeyMissing,
    GoogleError,
    GoogleUnavailable,
    GrantRevoked,
    RefreshUnderWay,
)
from calendars.google.oauth import count_issue
from calendars.google.single_flight import SingleFlight
from calendars.models import Connection, Credential
from calendars.models.connection import CredentialQuerySet
from config.backoff import random_factor
from config.database.encryption import Altered, CannotDecrypt, KeyMissing, keyring
from config.workers import announce

NOTICES_TASK = "calendars.tasks.tell_dead_grants"
LEASE = timedelta(seconds=90)  # longer than transport.CALL_TIMEOUT_SECONDS, so one caller at a time
REFRESH_AHEAD_SECONDS = (60, 180)
REFRESH_AHEAD_SHARE = 0.1  # of a token's lifetime, if that is less
SHORTEST_LIFE_SECONDS = (
    5.0  # lower bound of a token's lifetime: an already expired one is tried once
)
WAIT_FOR_WINNER_SECONDS = 3.0  # then the collection's row is put off instead of blocking the worker
SECONDS_PUT_OFF = 5.0
SHORTEST_POLL_SECONDS, LONGEST_POLL_SECONDS = 0.01, 0.05
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token; `version` identifies its credential, to tell a new token from a rejected
    one."""

    value: str
    version: int


def store_grant(*, connection: Connection, grant: oauth.Grant) -> None:
    """Store the result of a consent. Without a new refresh token, the stored one is kept.

    Another consent doesn't revoke earlier refresh tokens at Google, so each one is counted.
    """
    with acting_as(user_id=connection.owner_id):
        credential = Credential.objects.select_for_update().filter(connection=connection).first()
        if credential is None:
            credential = Credential(connection=connection, owner_id=connection.owner_id, version=0)
        if grant.refresh_token:
            credential.refresh_token = _seal(connection.pk, "refresh_token", grant.refresh_token)
            count_issue(connection)
        credential.access_token = _seal(connection.pk, "access_token", grant.access_token)
        credential.access_expires_at = _expiry(grant)
        credential.version += 1
        credential.lease_token = credential.lease_until = credential.failed_at = None
        credential.changed_at = timezone.now()
        credential.save()


_flights: SingleFlight[AccessToken] = SingleFlight(patience_seconds=WAIT_FOR_WINNER_SECONDS)


def access_token_source(connection: Connection) -> Callable[[int | None], AccessToken]:
    """Return a function that takes the version Google rejected (or None) and returns a token."""

    def source(rejected_version: int | None = None) -> AccessToken:
        return obtain_access_token(connection, rejected_version=rejected_version)

    return source


def obtain_access_token(
    connection: Connection, *, rejected_version: int | None = None
) -> AccessToken:
    """Return a token that stays valid for a while. Raises GoogleError; GrantRevoked is durable.

    Only the connection's id and owner are used; everything else is read again, in transactions
    of the owner's, none of which is open during a call to Google.
    """
    wanted = (connection.pk, rejected_version)
    try:
        return _flights.share(wanted, lambda: _obtain(connection, rejected_version))
    except TimeoutError:
        raise RefreshUnderWay("another thread asks", retry_after_seconds=SECONDS_PUT_OFF) from None


def _obtain(connection: Connection, rejected_version: int | None) -> AccessToken:
    began_at, begun = timezone.now(), time.monotonic()
    seen_version: int | None = None
    while (waited := time.monotonic() - begun) < WAIT_FOR_WINNER_SECONDS:
        credential = _load(connection)
        is_fresh = seen_version is not None and credential.version > seen_version
        is_good = is_fresh or _is_usable(credential, rejected_version)
        if is_good and (value := _stored_access(credential)):
            return AccessToken(value, credential.version)
        seen_version = credential.version
        if credential.failed_at is not None and credential.failed_at > began_at:
            raise GoogleUnavailable("another worker's refresh failed")
        lease_token = _claim(credential)
        if lease_token is None:
            time.sleep(_pause(waited))
        elif (token := _refresh(credential, lease_token)) is not None:
            return token
    raise RefreshUnderWay("another worker holds the lease", retry_after_seconds=SECONDS_PUT_OFF)


def _pause(waited_seconds: float) -> float:
    """Return the wait before the next poll: short at first, as most refreshes are, and bounded,
    so that a new token is seen soon. Jitter spreads the polls of several workers."""
    longest = min(max(waited_seconds / 4, SHORTEST_POLL_SECONDS), LONGEST_POLL_SECONDS)
    return longest * random_factor(0.5, 1)


def _load(connection: Connection) -> Credential:
    with acting_once(user_id=connection.owner_id):
        found = Credential.objects.filter(pk=connection.pk).select_related("connection")
        credential = found.first()
    if credential is None:
        raise GrantRevoked("no credential")
    if credential.connection.status != Connection.Status.ACTIVE:
        raise GrantRevoked(f"the connection is {credential.connection.status}")
    return credential


def _is_usable(credential: Credential, rejected_version: int | None) -> bool:
    """Whether the token is valid for long enough; for a short-lived one, for a part of its
    lifetime."""
    if credential.version == rejected_version or credential.access_expires_at is None:
        return False
    life = credential.access_expires_at - credential.changed_at
    ahead = timedelta(seconds=random_factor(*REFRESH_AHEAD_SECONDS))
    return credential.access_expires_at - min(ahead, life * REFRESH_AHEAD_SHARE) > timezone.now()


def _stored_access(credential: Credential) -> str:
    """Return "" if it can't be decrypted; the refresh token may still work."""
    try:
        value = _open(credential, "access_token")
    except CannotDecrypt:
        return ""
    _withdraw_notice(credential)
    return value


def _claim(credential: Credential) -> uuid.UUID | None:
    """Returns None if another worker holds the lease, or finished a refresh since the row was
    read."""
    if credential.lease_until is not None and credential.lease_until >= timezone.now():
        return None  # without an UPDATE, which every waiting worker would repeat with each poll
    as_read = Credential.objects.filter(
        pk=credential.pk, version=credential.version, failed_at=credential.failed_at
    )
    with acting_once(user_id=credential.owner_id):
        return as_read.claim(lasting=LEASE)


def _refresh(credential: Credential, lease_token: uuid.UUID) -> AccessToken | None:
    """Returns None if a newer refresh or a reconnect came first; the caller adopts it."""
    try:
        grant = oauth.refresh_access(_stored_refresh(credential))
    except GrantRevoked as error:
        if _mark_revoked(credential, lease_token, error):
            raise
        return None
    except GoogleError:
        with _acting_for(credential):
            _as_read(credential).release(lease_token, failed_at=timezone.now())
        raise
    if not _commit(credential, lease_token, grant):
        return None
    # A token fresh from Google is used however short its lifetime.
    return AccessToken(grant.access_token, credential.version + 1)


def _stored_refresh(credential: Credential) -> str:
    """Raises EncryptionKeyMissing until the key is restored, and CredentialDamaged, which only a
    new consent resolves."""
    try:
        refresh_token = _open(credential, "refresh_token")
    except KeyMissing:
        log.error("credential_key_missing", connection=str(credential.pk))
        _say(credential, EncryptionKeyMissing.code, EncryptionKeyMissing.message)
        raise EncryptionKeyMissing from None
    except Altered:
        raise CredentialDamaged from None
    _withdraw_notice(credential)
    return refresh_token


def _withdraw_notice(credential: Credential) -> None:
    if credential.connection.error_code == EncryptionKeyMissing.code:
        _say(credential, "", "")


def _say(credential: Credential, code: str, message: str) -> None:
    said = Connection.objects.filter(
        pk=credential.pk,
        status=Connection.Status.ACTIVE,
        error_code__in=("", EncryptionKeyMissing.code),
    )
    with _acting_for(credential):
        said.update(error_code=code, error_message=message)


def _commit(credential: Credential, lease_token: uuid.UUID, grant: oauth.Grant) -> bool:
    """Returns None if the version changed, by a newer refresh or a reconnect; the caller adopts
    it."""
    changes = {"access_token": _seal(credential.pk, "access_token", grant.access_token)}
    if grant.refresh_token:
        changes["refresh_token"] = _seal(credential.pk, "refresh_token", grant.refresh_token)
    with _acting_for(credential):
        written = _as_read(credential).release(
            lease_token,
            **changes,
            access_expires_at=_expiry(grant),
            version=F("version") + 1,
            changed_at=timezone.now(),
        )
    log.info("access_token_refreshed", connection=str(credential.pk), written=written)
    return written


def _mark_revoked(credential: Credential, lease_token: uuid.UUID, error: GrantRevoked) -> bool:
    """Returns False if a newer refresh or a reconnect replaced the credential that failed."""
    error.credential_version = credential.version
    with _acting_for(credential):
        if not require_reconnect(credential.connection, error, lease_token=lease_token):
            return False
        _as_read(credential).release(lease_token)
        return True


def require_reconnect(
    connection: Connection, error: GoogleError, *, lease_token: uuid.UUID | None = None
) -> bool:
    """Mark the connection as needing a new consent; the user gets one email, data stays
    readable.

    Applies only while the failed credential is current and the caller's lease holds.
    """
    with acting_as(user_id=connection.owner_id):
        # Lock the connection before its credential, as a reconnect does.
        locked = Connection.objects.select_for_update().filter(pk=connection.pk)
        active = locked.filter(status=Connection.Status.ACTIVE).first()
        if active is None or not _is_about_current(connection.pk, error, lease_token):
            return False
        active.status = Connection.Status.RECONNECT_REQUIRED
        active.error_code, active.error_message = error.code, error.message
        active.notice_due_at = timezone.now()
        active.save(update_fields=["status", "error_code", "error_message", "notice_due_at"])
    log.warning("reconnect_required", connection=str(connection.pk), code=error.code)
    announce(NOTICES_TASK)
    return True


def _is_about_current(
    connection_id: uuid.UUID, error: GoogleError, lease_token: uuid.UUID | None
) -> bool:
    if error.credential_version is None:
        return False
    current = Credential.objects.select_for_update().filter(
        pk=connection_id, version=error.credential_version
    )
    return (current.filter(lease_token=lease_token) if lease_token else current).exists()


def _acting_for(credential: Credential) -> AbstractContextManager[None]:
    return acting_as(user_id=credential.owner_id)


def _as_read(credential: Credential) -> CredentialQuerySet:
    return Credential.objects.filter(pk=credential.pk, version=credential.version)


def _expiry(grant: oauth.Grant) -> datetime:
    lives = max(grant.expires_in_seconds, SHORTEST_LIFE_SECONDS)
    return timezone.now() + timedelta(seconds=lives)


def open_refresh_token(connection_id: uuid.UUID, sealed: bytes | memoryview) -> str:
    """Raises CannotDecrypt if no key of the keyring fits."""
    return keyring().open(sealed, context=sealing_context(connection_id, "refresh_token")).decode()


def seal_refresh_token(connection_id: uuid.UUID, refresh_token: str) -> bytes:
    return _seal(connection_id, "refresh_token", refresh_token)


def _seal(connection_id: uuid.UUID, column: str, value: str) -> bytes:
    return keyring().seal(value.encode(), context=sealing_context(connection_id, column))


def _open(credential: Credential, column: str) -> str:
    sealed = getattr(credential, column)
    return keyring().open(sealed, context=sealing_context(credential.pk, column)).decode()


def sealing_context(connection_id: uuid.UUID, column: str) -> str:
    return f"credential:{connection_id}:{column}"
