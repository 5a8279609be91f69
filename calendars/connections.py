"""Connecting accounts: consent out, consent back, and what the person is told of each account."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.security_context import acting_as
from calendars.google import oauth
from calendars.google.credentials import store_grant
from calendars.google.errors import ClientMisconfigured, GoogleError, Retry
from calendars.models import (
    AuthorizationRequest,
    Calendar,
    Channel,
    Connection,
    SyncState,
)
from calendars.progress import Progress, progress_of
from calendars.revocation import withdraw_revocation
from calendars.sync.runs import queue_runs
from calendars.sync.schedule import request_syncs
from config.encryption import keyring
from config.problems import DomainError, Kind

CONSENT_LIFETIME = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class ConnectionSummary:
    """A connection as its owner sees it, on the page and in the API."""

    id: UUID
    provider: str
    email: str
    status: str
    scopes: list[str]
    error_code: str
    error_message: str
    last_synced_at: datetime | None
    next_sync_at: datetime | None
    calendars: list[Calendar]
    progress: Progress


def start_connection(
    *, owner: User, reconnect: Connection | None = None, redirect_uri: str | None = None
) -> str:
    """The consent page's address, with a state that only `owner` can come back with, once."""
    if not oauth.is_configured():
        raise _problem_of(ClientMisconfigured())
    state, code_verifier, nonce = (secrets.token_urlsafe(32) for _ in range(3))
    back_to = _checked_redirect(redirect_uri)
    AuthorizationRequest.objects.create(
        state_digest=_digest(state),
        owner=owner,
        connection=reconnect,
        code_verifier=keyring().seal(
            code_verifier.encode(), context=verifier_context(_digest(state))
        ),
        nonce=nonce,
        redirect_uri=back_to,
        expires_at=timezone.now() + CONSENT_LIFETIME,
    )
    return oauth.authorization_url(
        state=state,
        code_verifier=code_verifier,
        nonce=nonce,
        redirect_uri=back_to,
        login_hint=reconnect.email if reconnect else "",
    )


def complete_connection(*, owner: User, code: str, state: str) -> Connection:
    """Trades the consent for a grant and starts the first sync. Raises DomainError.

    Google is asked outside any transaction; the state is used up before, so it works once.
    """
    with acting_as(user_id=owner.pk):
        request = _use_up(owner, state)
    code_verifier = (
        keyring().open(request.code_verifier, context=verifier_context(_digest(state))).decode()
    )
    try:
        grant, identity = oauth.exchange_code(
            code=code,
            code_verifier=code_verifier,
            redirect_uri=request.redirect_uri,
            nonce=request.nonce,
        )
    except GoogleError as error:
        raise _problem_of(error) from error
    _check_scopes(grant)
    with acting_as(user_id=owner.pk):
        return _keep_connection(request, grant, identity)


def refuse_connection(*, owner: User, state: str, error: str) -> None:
    """The person, or Google, said no on the consent page. Always raises DomainError."""
    with acting_as(user_id=owner.pk):
        _use_up(owner, state)
    if error == "access_denied":
        raise DomainError(
            Kind.FORBIDDEN,
            "consent-refused",
            "You did not give Daybook access, so no account was connected.",
        )
    raise DomainError(
        Kind.FORBIDDEN, "consent-failed", "Google ended the consent with an error. Try again."
    )


@dataclass(frozen=True, slots=True)
class RequestedSync:
    """The runs that will do what was asked for: of the list of calendars, and of each calendar."""

    run: UUID | None
    runs: list[UUID]


@transaction.atomic
def request_sync(*, owner: User, connection_id: UUID, full: bool = False) -> RequestedSync:
    """Asks for a sync of all collections of a connection. Raises DomainError."""
    connection = owned_connection(owner=owner, connection_id=connection_id)
    if connection.status != Connection.Status.ACTIVE:
        raise DomainError(
            Kind.CONFLICT,
            "not-connected",
            connection.error_message or "Reconnect this account first.",
        )
    kept = connection.sync_states.exclude(calendar__removed_at__isnull=False).exclude(paused=True)
    # In one order, the list of calendars first, so that two askers never wait for each other.
    states = list(kept.select_for_update(of=("self",)).order_by("pk"))
    if not states:
        raise DomainError(
            Kind.CONFLICT, "sync-paused", "An administrator has paused the syncing of this account."
        )
    queued = queue_runs(states, full=full)
    request_syncs(queued, full=full)
    runs = list(queued.values())
    return RequestedSync(runs[0] if runs else None, runs)


def owned_connection(*, owner: User, connection_id: UUID) -> Connection:
    connection = Connection.objects.filter(owner=owner, pk=connection_id).first()
    if connection is None:
        raise DomainError(Kind.NOT_FOUND, "not-found", "You have no such connection.")
    return connection


def connection_summaries(*, owner: User) -> list[ConnectionSummary]:
    """All connections of a person, in three queries however many calendars there are."""
    visible = Calendar.objects.filter(removed_at=None).order_by("-primary", "name", "pk")
    states = SyncState.objects.select_related("run").exclude(calendar__removed_at__isnull=False)
    connections = (
        Connection.objects.filter(owner=owner)
        .order_by("created_at", "pk")
        .prefetch_related(Prefetch("calendars", visible), Prefetch("sync_states", states))
    )
    return [_summary(connection) for connection in connections]


def _summary(connection: Connection) -> ConnectionSummary:
    states = list(connection.sync_states.all())
    synced = [state.last_synced_at for state in states if state.last_synced_at]
    due = [state.due_at for state in states if not state.parked]
    troubled = next((state for state in states if state.error_code), None)
    return ConnectionSummary(
        id=connection.pk,
        provider=connection.provider,
        email=connection.email,
        status=connection.status,
        scopes=connection.scopes,
        error_code=connection.error_code or (troubled.error_code if troubled else ""),
        error_message=connection.error_message or (troubled.error_message if troubled else ""),
        last_synced_at=min(synced) if len(synced) == len(states) and synced else None,
        next_sync_at=min(due, default=None),
        calendars=list(connection.calendars.all()),
        progress=progress_of(connection, states),
    )


def _use_up(owner: User, state: str) -> AuthorizationRequest:
    """The consent that this state belongs to, once. Forged, replayed, late or another person's:
    one answer for all, so that it tells nothing."""
    now = timezone.now()
    mine = AuthorizationRequest.objects.filter(
        state_digest=_digest(state), owner=owner, used_at=None, expires_at__gt=now
    )
    request = mine.select_related("connection").first()
    if request is None or not mine.update(used_at=now):
        raise DomainError(
            Kind.FORBIDDEN,
            "state-not-valid",
            "This answer from Google does not belong to a connection that you started here, or "
            "it was used already. Nothing was connected. Start again from your connections.",
        )
    return request


def _check_scopes(grant: oauth.Grant) -> None:
    if oauth.CALENDAR_SCOPE in grant.scopes:
        return
    raise DomainError(
        Kind.FORBIDDEN,
        "scope-missing",
        "The permission to see your calendars was not ticked, so no account was connected. "
        "Start again and leave it ticked.",
    )


def _keep_connection(
    request: AuthorizationRequest, grant: oauth.Grant, identity: oauth.Identity
) -> Connection:
    connection = _matching_connection(request, identity)
    if not grant.refresh_token and not hasattr(connection, "credential"):
        raise DomainError(
            Kind.CONFLICT,
            "no-refresh-token",
            "Google gave no lasting access. Remove Daybook under your Google account's "
            "third-party access, then connect again.",
        )
    connection.email = identity.email
    connection.scopes = list(grant.scopes)
    connection.status = Connection.Status.ACTIVE
    connection.error_code = connection.error_message = ""
    connection.notice_due_at = None
    connection.save()
    store_grant(connection=connection, grant=grant)
    withdraw_revocation(connection)
    # They may have died with the old grant.
    Channel.objects.filter(collection__connection=connection).update(due_at=timezone.now())
    SyncState.objects.get_or_create(
        connection=connection, calendar=None, defaults={"owner_id": connection.owner_id}
    )
    states = connection.sync_states.exclude(calendar__removed_at__isnull=False)
    request_syncs(states.values_list("pk", flat=True))
    return connection


def _matching_connection(request: AuthorizationRequest, identity: oauth.Identity) -> Connection:
    """The connection of this very account; a reconnect as another account is refused."""
    if request.connection is not None and request.connection.subject != identity.subject:
        raise DomainError(
            Kind.CONFLICT,
            "another-account",
            f"You signed in to Google as {identity.email}, but this connection belongs to "
            f"{request.connection.email}. Nothing was changed. Choose that account, or connect "
            "the other one as a new account.",
        )
    connection, _created = Connection.objects.get_or_create(
        owner_id=request.owner_id,
        provider=Connection.Provider.GOOGLE,
        subject=identity.subject,
        defaults={"email": identity.email},
    )
    return connection


def _checked_redirect(redirect_uri: str | None) -> str:
    """Ours, or a phone's own scheme; never another site, which could collect codes."""
    ours = settings.PUBLIC_URL + reverse("google-callback")
    if redirect_uri in (None, "", ours):
        return ours
    if redirect_uri in settings.GOOGLE_REDIRECT_URIS:
        return str(redirect_uri)
    raise DomainError(
        Kind.INVALID, "redirect-uri-unknown", "This redirect address is not registered."
    )


def _problem_of(error: GoogleError) -> DomainError:
    transient = error.retry is not Retry.NEVER
    kind = (
        Kind.UNAVAILABLE if transient or isinstance(error, ClientMisconfigured) else Kind.CONFLICT
    )
    wait = 30 if transient else None
    return DomainError(
        kind, error.code, error.message, retryable=transient, retry_after_seconds=wait
    )


def _digest(state: str) -> bytes:
    return hashlib.sha256(state.encode()).digest()


def verifier_context(state_digest: bytes) -> str:
    return f"authorization:{state_digest.hex()}:code_verifier"
