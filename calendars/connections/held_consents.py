"""Consents of apps that return to a browser in which their owner isn't signed in.

The state identifies the owner of a consent, but not the intent of the user in this browser: the
address of a consent can be sent to another person, who would connect their Google account to the
sender's Daybook account (RFC 6819 section 4.4.1.7, RFC 9700 section 4.7). So the grant is held
until the user has seen both addresses and confirmed.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import timedelta

import structlog
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.security_context import acting_as, acting_as_system
from calendars.connections.consent import (
    Consented,
    digest_of,
    keep_connection,
    our_redirect,
    redeem,
    state_not_valid,
)
from calendars.connections.revocation import release_unclaimed_grant
from calendars.google import oauth
from calendars.models import AuthorizationRequest, Connection
from config.database.encryption import Altered, KeyMissing, keyring
from config.web.problems import DomainError, Kind

CONFIRM_WITHIN = timedelta(minutes=15)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class OpenConsent:
    """A pending consent: its owner, and whether an app started it."""

    owner: User
    in_app: bool


@dataclass(frozen=True, slots=True)
class HeldConsent:
    """A consent to be confirmed in the browser; only its page knows `confirmation`."""

    owner: User
    account_email: str
    confirmation: str


def open_consent(state: str, *, viewer: User | None) -> OpenConsent:
    """Return the pending consent of a state that this viewer may complete. Raises DomainError."""
    with acting_as_system(reason="to find the owner of a state"):
        request = (
            AuthorizationRequest.objects.filter(
                state_digest=digest_of(state),
                used_at=None,
                expires_at__gt=timezone.now(),
                owner__is_active=True,
            )
            .select_related("owner")
            .first()
        )
    if request is not None and _may_end_here(request, viewer):
        return OpenConsent(request.owner, request.in_app)
    if viewer is not None:
        raise state_not_valid()
    raise DomainError(
        Kind.UNAUTHENTICATED,
        "signed-out",
        _(
            "You aren't signed in here, so no account was connected. If you started in an "
            "app, go back to it and start again."
        ),
    )


def _may_end_here(request: AuthorizationRequest, viewer: User | None) -> bool:
    if viewer is not None and viewer.pk == request.owner_id:
        return True
    # With its own redirect URI the app receives the response, as its signed-in user.
    return request.in_app and request.redirect_uri == our_redirect()


def hold_consent(*, owner: User, code: str, state: str) -> HeldConsent:
    """Exchange the code for a grant and hold it encrypted until it's confirmed or declined."""
    consented = redeem(owner=owner, code=code, state=state)
    confirmation = secrets.token_urlsafe(32)
    request = consented.request
    with acting_as(user_id=owner.pk):
        AuthorizationRequest.objects.filter(pk=request.pk).update(
            held_grant=_sealed(consented),
            confirmation_digest=digest_of(confirmation),
            expires_at=timezone.now() + CONFIRM_WITHIN,
        )
    return HeldConsent(owner, consented.identity.email, confirmation)


def confirm_consent(confirmation: str, *, request: HttpRequest | None = None) -> Connection:
    """Create the connection of a held consent, once. Raises DomainError."""
    owner_id = _owner_of(confirmation)
    with acting_as(user_id=owner_id):
        return keep_connection(_taken(confirmation), request=request)


def decline_consent(confirmation: str) -> None:
    """Revoke the grant of a held consent. Raises DomainError."""
    owner_id = _owner_of(confirmation)
    with acting_as(user_id=owner_id):
        _release(_taken(confirmation))


def release_held_grants(user: User) -> None:
    """Revoke the grants of a user's held consents, before the account is deleted."""
    for request in AuthorizationRequest.objects.filter(owner=user, held_grant__isnull=False):
        _release_held(request)


def release_expired_grants() -> int:
    """Revoke the grants that weren't confirmed in time. Returns their number."""
    with acting_as_system(reason="retention"):
        held = AuthorizationRequest.objects.filter(held_grant__isnull=False)
        # Skips rows locked by another worker or a confirmation.
        unlocked = held.select_for_update(skip_locked=True, of=("self",))
        expired = list(unlocked.filter(expires_at__lte=timezone.now()))
        for request in expired:
            if _release_held(request):
                _forget(request)
    return len(expired)


def _owner_of(confirmation: str) -> int:
    with acting_as_system(reason="to find the owner of a confirmation"):
        owner_id = (
            AuthorizationRequest.objects.filter(
                confirmation_digest=digest_of(confirmation),
                expires_at__gt=timezone.now(),
                owner__is_active=True,
            )
            .values_list("owner_id", flat=True)
            .first()
        )
    if owner_id is None:
        raise _confirmation_not_valid()
    return owner_id


def _confirmation_not_valid() -> DomainError:
    return DomainError(
        Kind.FORBIDDEN,
        "confirmation-not-valid",
        _(
            "This confirmation has expired or was already used. Nothing was connected this "
            "time. Go back to the app, and start again if the account isn't listed."
        ),
    )


def _taken(confirmation: str) -> Consented:
    """Take the held consent, once: of two concurrent answers the second finds none."""
    held = AuthorizationRequest.objects.select_for_update(of=("self",))
    request = held.filter(confirmation_digest=digest_of(confirmation)).first()
    if request is None:
        raise _confirmation_not_valid()
    consented = _opened(request)
    _forget(request)
    return consented


def _forget(request: AuthorizationRequest) -> None:
    AuthorizationRequest.objects.filter(pk=request.pk).update(
        held_grant=None, confirmation_digest=None
    )


def _release_held(request: AuthorizationRequest) -> bool:
    """Revoke the held grant. Returns False if its encryption key is missing, which may be
    restored."""
    try:
        _release(_opened(request))
    except KeyMissing:
        log.error("held_grant_key_missing", consent=request.pk)
        return False
    except Altered:
        log.error("held_grant_unreadable", consent=request.pk)
    return True


def _release(consented: Consented) -> None:
    if consented.grant.refresh_token:
        release_unclaimed_grant(
            subject=consented.identity.subject, refresh_token=consented.grant.refresh_token
        )


def _sealed(consented: Consented) -> bytes:
    held = {"grant": asdict(consented.grant), "identity": asdict(consented.identity)}
    context = held_context(bytes(consented.request.state_digest))
    return keyring().seal(json.dumps(held).encode(), context=context)


def _opened(request: AuthorizationRequest) -> Consented:
    context = held_context(bytes(request.state_digest))
    held = json.loads(keyring().open(request.held_grant or b"", context=context))
    grant = oauth.Grant(**{**held["grant"], "scopes": tuple(held["grant"]["scopes"])})
    return Consented(request, grant, oauth.Identity(**held["identity"]))


def held_context(state_digest: bytes) -> str:
    return f"authorization:{state_digest.hex()}:held_grant"
