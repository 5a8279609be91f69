"""The old system's tokens: verified by a key and an algorithm of their own, and exchanged once.

Apart from decoding the three segments it shares nothing with the verification of access tokens,
so that no token of one format passes as the other (RFC 8725 sections 3.1 and 3.12).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import jwt
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError

from accounts.clients import Client
from accounts.fields import normalise_email
from accounts.models import LegacyExchange, User
from accounts.security_context import context_of
from accounts.sessions.lifecycle import TokenPair, open_session
from accounts.tokens.access import (
    Authentication,
    BearerToken,
    LegacyGrant,
    decode_object,
    is_text,
    is_whole,
)
from config.web.problems import DomainError, Kind

_LARGEST_ID = 2**63 - 1  # the range of a bigint column
Shape = Mapping[str, Callable[[object], bool]]
METHOD = "legacy"
ACR = "legacy"  # below every level of NIST SP 800-63B: it never counts as a recent sign-in
ALGORITHM = "HS256"
_HEADERS: tuple[dict[str, Any], ...] = ({"alg": ALGORITHM}, {"alg": ALGORITHM, "typ": "JWT"})


@dataclass(frozen=True, slots=True)
class LegacyClaims:
    """The claims of a legacy token: the user by id and address, and the times."""

    legacy_id: int
    email: str
    issued_at: datetime
    not_before_at: datetime
    expires_at: datetime


def read_legacy_claims(payload: Mapping[str, Any]) -> LegacyClaims:
    """Validate the members against one of the two known shapes. Raises TokenError."""
    if "email" in payload:
        _check(payload, _NUMBERED, _NUMBERED_MAY_HAVE)
        if payload["sub"] != str(payload["id"]):
            raise TokenError
    else:
        _check(payload, _NAMED, {})
    return LegacyClaims(
        legacy_id=payload["id"],
        email=normalise_email(payload.get("email", payload["sub"])),
        issued_at=datetime.fromtimestamp(payload["iat"], UTC),
        not_before_at=datetime.fromtimestamp(payload.get("nbf", payload["iat"]), UTC),
        expires_at=datetime.fromtimestamp(payload["exp"], UTC),
    )


def _check(payload: Mapping[str, Any], required: Shape, optional: Shape) -> None:
    if not required.keys() <= payload.keys() <= required.keys() | optional.keys():
        raise TokenError
    shape = {**required, **optional}
    if not all(shape[name](value) for name, value in payload.items()):
        raise TokenError


def _is_legacy_id(value: object) -> bool:
    return type(value) is int and 0 < value <= _LARGEST_ID


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_reference(value: object) -> bool:
    return value is None or is_text(value) or type(value) is int


_NAMED: Shape = {
    "sub": is_text,
    "id": _is_legacy_id,
    "role": is_text,
    "exp": is_whole,
    "iat": is_whole,
    "nbf": is_whole,
}


_NUMBERED: Shape = {
    "sub": is_text,
    "email": is_text,
    "id": _is_legacy_id,
    "role": is_text,
    "exp": is_whole,
    "iat": is_whole,
}


_NUMBERED_MAY_HAVE: Shape = {
    "nbf": is_whole,
    "session_id": _is_reference,
    "device_id": _is_reference,
    "tfa_verified": _is_flag,
}


def is_legacy(token: BearerToken) -> bool:
    """Whether the unverified header is one that the legacy system wrote: exactly these members."""
    return dict(token.header) in _HEADERS


def verify_legacy_token(token: BearerToken) -> LegacyClaims:
    """Verify all that doesn't need the database. Raises TokenError.

    Raises ExpiredTokenError if every other check passed.
    """
    scheme = jwt.get_algorithm_by_name(ALGORITHM)
    secret = settings.LEGACY_JWT_SECRET.encode()
    if not scheme.verify(token.signed_text, secret, token.signature):
        raise TokenError
    claims = read_legacy_claims(decode_object(token.payload))
    _check_times(claims, timezone.now())
    return claims


def _check_times(claims: LegacyClaims, now: datetime) -> None:
    leeway = timedelta(seconds=settings.TOKEN_LEEWAY_SECONDS)
    # The settings require a sunset together with the secret.
    if now >= cast(datetime, settings.LEGACY_JWT_SUNSET):
        raise TokenError
    if max(claims.issued_at, claims.not_before_at) > now + leeway:
        raise TokenError
    last_issue_at = settings.LEGACY_JWT_ISSUED_BEFORE
    if last_issue_at is not None and claims.issued_at > last_issue_at:
        raise TokenError
    # Legacy refresh tokens differ from access tokens only by a longer lifetime.
    longest = timedelta(seconds=settings.LEGACY_JWT_MAX_LIFETIME)
    if not timedelta(0) < claims.expires_at - claims.issued_at <= longest:
        raise TokenError
    if claims.expires_at <= now - leeway:
        raise ExpiredTokenError


def digest_of(token: BearerToken) -> bytes:
    """Return the digest under which a token is recorded; its 256-bit signature prevents
    guessing."""
    return hashlib.sha256(token.compact.encode()).digest()


def find_legacy_user(*, legacy_id: int, email: str, method: str | None = None) -> User | None:
    """Return the active user whom both id and address name, in one query.

    With a `method`, the transaction then runs in the user's security context.
    """
    context = context_of(user="pk", method=method) if method is not None else {}
    user = User.objects.filter(legacy_id=legacy_id).annotate(**context).first()
    if user is None or user.email != email:
        return None
    return user if user.is_active and user.legacy_allowed else None


def exchange_legacy_token(
    *, user: User, authentication: Authentication, client: Client, client_id: str
) -> TokenPair:
    """Open a session for a legacy token, once per token.

    The session inherits the token's `acr` and issue time, so an exchange never satisfies a
    step-up. Raises DomainError `legacy-token-needed` or `legacy-token-used`.
    """
    grant = authentication.legacy
    if grant is None:
        raise DomainError(
            Kind.FORBIDDEN, "legacy-token-needed", _("Only a legacy token can be exchanged.")
        )
    with transaction.atomic():
        _use_up(grant)
        return open_session(
            user=user,
            client=client,
            client_id=client_id,
            amr=[],
            acr=authentication.acr,
            authenticated_at=grant.issued_at,
        )


def _use_up(grant: LegacyGrant) -> None:
    # The clock leeway extends a token's lifetime, and so its record's.
    forgotten_at = grant.expires_at + timedelta(seconds=settings.TOKEN_LEEWAY_SECONDS)
    _exchange, is_first = LegacyExchange.objects.get_or_create(
        digest=grant.digest, defaults={"expires_at": forgotten_at}
    )
    if not is_first:
        raise DomainError(
            Kind.CONFLICT,
            "legacy-token-used",
            _(
                "This token was already exchanged. Use the token pair from that exchange, or "
                "sign in again."
            ),
        )
