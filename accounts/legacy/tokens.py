"""The verifier of the old system's tokens: a key and an algorithm of its own, and an end.

It shares nothing with the enhanced verifier but the reading of the three segments, so that no
token can be carried from one to the other (RFC 8725 sections 3.1 and 3.12).
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any, cast

import jwt
from django.conf import settings
from django.utils import timezone

from accounts.legacy.claims import LegacyClaims, read_legacy_claims
from accounts.tokens.bearer import BearerToken, MalformedToken, decode_object

METHOD = "legacy"
ACR = "legacy"  # below every level of NIST SP 800-63B: it never counts as a recent sign-in
ALGORITHM = "HS256"
_HEADERS: tuple[dict[str, Any], ...] = ({"alg": ALGORITHM}, {"alg": ALGORITHM, "typ": "JWT"})


class LegacyTokenRefused(Exception):
    """The token is of the legacy format, and bad."""


class LegacyTokenExpired(LegacyTokenRefused):
    """The signature and all else held, but its time is over."""


class LegacyVerifier:
    """Checks everything about a token that can be checked without the database."""

    def __init__(
        self,
        *,
        secret: str,
        sunset_at: datetime,
        issued_before: datetime | None,
        max_lifetime: timedelta,
        leeway: timedelta,
    ) -> None:
        self._secret = secret.encode()
        self._scheme = jwt.get_algorithm_by_name(ALGORITHM)
        self._sunset_at = sunset_at
        self._issued_before = issued_before
        self._max_lifetime = max_lifetime
        self._leeway = leeway

    def verify(self, token: BearerToken) -> LegacyClaims:
        """Raises LegacyTokenRefused, or LegacyTokenExpired after all else held."""
        if not self._scheme.verify(token.signed_text, self._secret, token.signature):
            raise LegacyTokenRefused
        try:
            claims = read_legacy_claims(decode_object(token.payload))
        except MalformedToken:
            raise LegacyTokenRefused from None
        self._check_times(claims, timezone.now())
        return claims

    def _check_times(self, claims: LegacyClaims, now: datetime) -> None:
        if now >= self._sunset_at:
            raise LegacyTokenRefused
        if max(claims.issued_at, claims.not_before_at) > now + self._leeway:
            raise LegacyTokenRefused
        if self._issued_before is not None and claims.issued_at > self._issued_before:
            raise LegacyTokenRefused
        # The old refresh tokens differ from access tokens in nothing but a longer life.
        if not timedelta(0) < claims.expires_at - claims.issued_at <= self._max_lifetime:
            raise LegacyTokenRefused
        if claims.expires_at <= now - self._leeway:
            raise LegacyTokenExpired


def is_legacy(token: BearerToken) -> bool:
    """Whether the header, unverified, is one that the old system wrote: these members alone."""
    return dict(token.header) in _HEADERS


def legacy_verifier() -> LegacyVerifier:
    """By the settings, which have a sunset wherever they have the secret."""
    return LegacyVerifier(
        secret=settings.LEGACY_JWT_SECRET,
        sunset_at=cast(datetime, settings.LEGACY_JWT_SUNSET),
        issued_before=settings.LEGACY_JWT_ISSUED_BEFORE,
        max_lifetime=timedelta(seconds=settings.LEGACY_JWT_MAX_LIFETIME),
        leeway=timedelta(seconds=settings.TOKEN_LEEWAY_SECONDS),
    )


def digest_of(token: BearerToken) -> bytes:
    """What is remembered of a token; its 256-bit signature makes it beyond guessing."""
    return hashlib.sha256(token.compact.encode()).digest()
