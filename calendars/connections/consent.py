"""The Google consent flow, from the authorization request to the connection.

A consent started on a page completes in its owner's session; one started by an app may return to
any browser (`calendars.connections.held_consents`).
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import events, trail
from accounts.models import User
from accounts.security_context import acting_as
from calendars.connections.revocation import withdraw_revocation
from calendars.google import oauth
from calendars.google.credentials import store_grant
from calendars.google.errors import ClientMisconfigured, GoogleError, Retry
from calendars.models import (
    AuthorizationRequest,
    Channel,
    Connection,
    SyncState,
)
from calendars.sync.due import request_syncs
from calendars.sync.outbox import resume_changes
from config.database.encryption import KEY_MISSING, CannotDecrypt, keyring
from config.web.problems import DomainError, Kind
from config.web.public_address import public_address

CONSENT_LIFETIME = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Consented:
    """A completed consent: its authorization request, Google's grant, and the account."""

    request: AuthorizationRequest
    grant: oauth.Grant
    identity: oauth.Identity


def start_connection(
    *,
    owner: User,
    reconnect: Connection | None = None,
    redirect_uri: str | None = None,
    in_app: bool = False,
    write: bool = False,
) -> str:
    """Return the address of the consent page, with a state that works once and only for `owner`.

    `in_app`: the consent may return to a browser in which the owner isn't signed in. `write` asks
    for changing events, which a reconnect keeps.
    """
    if not oauth.is_configured():
        raise _problem_of(ClientMisconfigured())
    state, code_verifier, nonce = (secrets.token_urlsafe(32) for _ in range(3))
    back_to = _checked_redirect(redirect_uri)
    AuthorizationRequest.objects.create(
        state_digest=digest_of(state),
        owner=owner,
        connection=reconnect,
        in_app=in_app,
        code_verifier=keyring().seal(
            code_verifier.encode(), context=verifier_context(digest_of(state))
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
        write=write or (reconnect is not None and reconnect.may_write),
    )


def complete_connection(
    *, owner: User, code: str, state: str, request: HttpRequest | None = None
) -> Connection:
    """Exchange the code for a grant and start the first sync. Raises DomainError."""
    consented = redeem(owner=owner, code=code, state=state)
    with acting_as(user_id=owner.pk):
        return keep_connection(consented, request=request)


def redeem(*, owner: User, code: str, state: str) -> Consented:
    """Exchange the code for a grant, which isn't stored yet. Raises DomainError.

    The call to Google is outside any transaction; the state is consumed first, so it works once.
    """
    with acting_as(user_id=owner.pk):
        request = _use_up(owner, state)
    try:
        grant, identity = oauth.exchange_code(
            code=code,
            code_verifier=_code_verifier(request, state),
            redirect_uri=request.redirect_uri,
            nonce=request.nonce,
        )
    except GoogleError as error:
        raise _problem_of(error) from error
    _check_scopes(grant)
    refuse_another_account(request, identity)
    return Consented(request, grant, identity)


def _code_verifier(request: AuthorizationRequest, state: str) -> str:
    context = verifier_context(digest_of(state))
    try:
        return keyring().open(request.code_verifier, context=context).decode()
    except CannotDecrypt:
        raise DomainError(
            Kind.CONFLICT,
            KEY_MISSING,
            _(
                "Daybook's encryption key changed after you started. Nothing was connected. "
                "Start again from your connections."
            ),
        ) from None


def refuse_connection(*, owner: User, state: str, error: str) -> None:
    """Handle an error from the consent page. Always raises DomainError."""
    with acting_as(user_id=owner.pk):
        request = _use_up(owner, state)
    if request.connection is not None and request.connection.status == Connection.Status.ACTIVE:
        raise DomainError(
            Kind.FORBIDDEN,
            "consent-refused",
            _("You didn't give the permission. %(account)s stays connected as it was.")
            % {"account": request.connection.email},
        )
    if error == "access_denied":
        raise DomainError(
            Kind.FORBIDDEN,
            "consent-refused",
            _("You didn't give Daybook access, so no account was connected."),
        )
    raise DomainError(
        Kind.FORBIDDEN,
        "consent-failed",
        _("Google returned an error instead of the permission. Try again."),
    )


def _use_up(owner: User, state: str) -> AuthorizationRequest:
    """Consume the state and return its authorization request. Forged, replayed, expired and other
    users' states get the same error, so that it reveals nothing."""
    now = timezone.now()
    mine = AuthorizationRequest.objects.filter(
        state_digest=digest_of(state), owner=owner, used_at=None, expires_at__gt=now
    )
    request = mine.select_related("connection").first()
    if request is None or not mine.update(used_at=now):
        raise state_not_valid()
    return request


def state_not_valid() -> DomainError:
    return DomainError(
        Kind.FORBIDDEN,
        "state-not-valid",
        _(
            "This response from Google doesn't belong to a connection you started here, or "
            "it was already used. Nothing was connected. Start again from your connections."
        ),
    )


def _check_scopes(grant: oauth.Grant) -> None:
    if grant.may_read:
        return
    raise DomainError(
        Kind.FORBIDDEN,
        "scope-missing",
        _(
            "Daybook wasn't given permission to see your calendars, so no account was "
            "connected. Start again and leave that permission selected."
        ),
    )


def keep_connection(consented: Consented, *, request: HttpRequest | None = None) -> Connection:
    """Store the grant with the account's connection and request its first sync."""
    grant, identity = consented.grant, consented.identity
    connection, is_new = _matching_connection(consented.request, identity)
    if not grant.refresh_token and not hasattr(connection, "credential"):
        raise DomainError(
            Kind.CONFLICT,
            "no-refresh-token",
            _(
                "Google didn't return a refresh token. Remove Daybook under third-party access "
                "in your Google account, then connect again."
            ),
        )
    connection.email = identity.email
    connection.scopes = list(grant.scopes)
    connection.status = Connection.Status.ACTIVE
    connection.error_code = connection.error_message = ""
    connection.notice_due_at = None
    connection.save()
    store_grant(connection=connection, grant=grant)
    withdraw_revocation(connection)
    # The channels may have ended with the old grant.
    Channel.objects.filter(collection__connection=connection).update(due_at=timezone.now())
    SyncState.objects.get_or_create(
        connection=connection, calendar=None, defaults={"owner_id": connection.owner_id}
    )
    states = connection.sync_states.exclude(calendar__removed_at__isnull=False)
    request_syncs(states.values_list("pk", flat=True))
    resume_changes(connection)
    event = events.GOOGLE_CONNECTED if is_new else events.GOOGLE_RECONNECTED
    details = {"connection": str(connection.pk)}
    trail.record(event, user=connection.owner, request=request, details=details)
    return connection


def refuse_another_account(request: AuthorizationRequest, identity: oauth.Identity) -> None:
    """Raise DomainError if a reconnect was completed with another account."""
    if request.connection is not None and request.connection.subject != identity.subject:
        raise DomainError(
            Kind.CONFLICT,
            "another-account",
            _(
                "You signed in to Google as %(given)s, but this connection belongs to"
                " %(expected)s. Choose that account, or connect the other one as a new account."
            )
            % {"given": identity.email, "expected": request.connection.email},
        )


def _matching_connection(
    request: AuthorizationRequest, identity: oauth.Identity
) -> tuple[Connection, bool]:
    """Return the connection of this account, and whether it's new."""
    return Connection.objects.get_or_create(
        owner_id=request.owner_id,
        provider=Connection.Provider.GOOGLE,
        subject=identity.subject,
        defaults={"email": identity.email},
    )


def our_redirect() -> str:
    return public_address(reverse("google-callback"))


def _checked_redirect(redirect_uri: str | None) -> str:
    """Return Daybook's redirect URI or a registered app scheme; another site could collect
    codes."""
    ours = our_redirect()
    if redirect_uri in (None, "", ours):
        return ours
    if redirect_uri in settings.GOOGLE_REDIRECT_URIS:
        return str(redirect_uri)
    raise DomainError(
        Kind.INVALID, "redirect-uri-unknown", _("This redirect URI isn't registered.")
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


def digest_of(state: str) -> bytes:
    return hashlib.sha256(state.encode()).digest()


def verifier_context(state_digest: bytes) -> str:
    return f"authorization:{state_digest.hex()}:code_verifier"
