"""Access tokens (RFC 9068): read strictly, verified, and minted for a session.

Only the canonical form of a compact JWS is accepted (RFC 7515 section 7.1). Parsers that
tolerate padding, spare bits or repeated members let two parties read different tokens from one
text (RFC 8725 section 3).
"""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import jwt
from django.conf import settings
from django.utils import timezone
from rest_framework_simplejwt.exceptions import ExpiredTokenError, TokenError

from accounts.tokens.keys import SigningKey, key_ring
from config.web.bodies import load_unique

if TYPE_CHECKING:
    from accounts.models import Session

MEDIA_TYPE = "at+jwt"
SCOPE = "api"
MAX_TOKEN_BYTES = 4096
_HEADER_MEMBERS = {"alg", "typ", "kid"}
_WORD = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_WORDS = re.compile(r"[A-Za-z0-9._:-]{1,64}( [A-Za-z0-9._:-]{1,64})*")
_LAST_SECOND = 253_402_300_799  # the end of the year 9999, where datetime ends too


@dataclass(frozen=True, slots=True)
class LegacyGrant:
    """What is kept of an accepted legacy token until it is exchanged."""

    digest: bytes = field(repr=False)
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Authentication:
    """How the request was authenticated; DRF hands it out as `request.auth`.

    `acr` is the assurance level. A bearer token never grants access to admin: those pages accept
    only the cookie.
    """

    method: str
    session: Session | None = None
    acr: str = ""
    legacy: LegacyGrant | None = None
    jti: str = field(default="", repr=False)


@dataclass(slots=True)
class BearerToken:
    """A presented token and the result of its authentication.

    Django's `authenticate()` turns PermissionDenied into None, so the reason and the session are
    returned here. `header` is unverified and only selects the backend. `jti` is set once the
    signature is verified, also for a token that is refused for another reason.
    """

    compact: str = field(repr=False)
    header: Mapping[str, Any]
    payload: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    is_expired: bool = False
    authentication: Authentication | None = None
    jti: str = field(default="", repr=False)

    @classmethod
    def parse(cls, compact: str) -> BearerToken:
        """Raises TokenError."""
        if len(compact) > MAX_TOKEN_BYTES or not compact.isascii():
            raise TokenError
        segments = compact.split(".")
        if len(segments) != 3 or not all(segments):
            raise TokenError
        header, payload, signature = (decode_segment(segment) for segment in segments)
        return cls(compact, decode_object(header), payload, signature)

    @property
    def signed_text(self) -> bytes:
        return self.compact.rpartition(".")[0].encode()

    @property
    def media_type(self) -> str | None:
        """`typ` in lower case and without `application/` (RFC 7515 section 4.1.9)."""
        typ = self.header.get("typ")
        return typ.lower().removeprefix("application/") if isinstance(typ, str) else None


def verify_access_token(token: BearerToken) -> Mapping[str, Any]:
    """Return the claims after checking presence, type, issuer, audience and times. Raises
    TokenError.

    PyJWT coerces claims that must be refused, so it verifies only the signature.
    """
    if not _key_of(token.header).is_signature(token.signature, of=token.signed_text):
        raise TokenError
    claims = decode_object(token.payload)
    if not all(name in claims and fits(claims[name]) for name, fits in _SHAPES.items()):
        raise TokenError
    if claims["iss"] != settings.TOKEN_ISSUER or claims["aud"] != settings.TOKEN_AUDIENCE:
        raise TokenError
    token.jti = claims["jti"]
    now, leeway = timezone.now().timestamp(), settings.TOKEN_LEEWAY_SECONDS
    if max(claims["iat"], claims["nbf"]) > now + leeway:
        raise TokenError
    if claims["exp"] <= now - leeway:
        raise ExpiredTokenError
    return claims


def mint_access_token(session: Session) -> str:
    """Return a signed token for the session and its user, valid from now on."""
    key, now = key_ring().current, int(timezone.now().timestamp())
    claims = {
        "iss": settings.TOKEN_ISSUER,
        "aud": settings.TOKEN_AUDIENCE,
        "sub": str(session.user.public_id),
        "client_id": session.client_id,
        "iat": now,
        "nbf": now,
        "exp": now + settings.ACCESS_TOKEN_SECONDS,
        "jti": uuid.uuid4().hex,
        "sid": str(session.pk),
        "gen": session.gen,
        "ver": session.user.auth_epoch,
        "scope": SCOPE,
        "auth_time": int(session.authenticated_at.timestamp()),
        "amr": session.amr,
        "acr": session.acr,
    }
    header = {"typ": MEDIA_TYPE, "kid": key.kid}
    return jwt.encode(claims, key.private, algorithm=key.algorithm, headers=header)


def decode_segment(segment: str) -> bytes:
    """Decode canonical base64url: no padding, no spare bits. Raises TokenError."""
    try:
        decoded = base64.b64decode(segment + "=" * (-len(segment) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise TokenError from None
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() != segment:
        raise TokenError
    return decoded


def decode_object(text: bytes) -> dict[str, Any]:
    """Decode a JSON object with unique members and finite numbers. Raises TokenError."""
    try:
        value = load_unique(text.decode())
    except (ValueError, RecursionError):
        raise TokenError from None
    if not isinstance(value, dict):
        raise TokenError
    return value


def is_text(value: object) -> bool:
    return isinstance(value, str)


def is_word(value: object) -> bool:
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


def are_words(value: object) -> bool:
    return isinstance(value, str) and _WORDS.fullmatch(value) is not None


def is_word_list(value: object) -> bool:
    return isinstance(value, list) and all(map(is_word, value))


def is_whole(value: object) -> bool:
    # `type`, because bool is a subclass of int.
    return type(value) is int and 0 <= value <= _LAST_SECOND


def is_ordinal(value: object) -> bool:
    return is_whole(value) and value != 0


def is_uuid(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return str(uuid.UUID(value)) == value
    except ValueError:
        return False


_SHAPES: dict[str, Callable[[object], bool]] = {
    "iss": is_text,
    "aud": is_text,
    "sub": is_uuid,
    "client_id": is_word,
    "iat": is_whole,
    "nbf": is_whole,
    "exp": is_whole,
    "jti": is_word,
    "sid": is_uuid,
    "gen": is_ordinal,
    "ver": is_ordinal,
    "scope": are_words,
    "auth_time": is_whole,
    "amr": is_word_list,
    "acr": is_word,
}


def _key_of(header: Mapping[str, Any]) -> SigningKey:
    if set(header) != _HEADER_MEMBERS or not isinstance(header["kid"], str):
        raise TokenError
    key = key_ring().by_kid.get(header["kid"])
    if key is None or header["alg"] != key.algorithm:
        raise TokenError
    return key
