"""The refresh token: `rt1.<base64url(ver|sid|gen)>.<HMAC>`, opaque to its holder.

It is computed, never stored: the session's key and generation give the same text again, so
a lost answer can be repeated, and neither the database nor a backup of it holds a token.

What is accepted here is one spelling of a compact JWS (RFC 7515 section 7.1). Parsers that
tolerate padding, spare bits or repeated members let two parties read two tokens out of one
text (RFC 8725 section 3), so none of that passes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any

from config.web.bodies import load_unique

if TYPE_CHECKING:
    from accounts.models import Session

MAX_TOKEN_BYTES = 4096
PREFIX = "rt1"
KEY_BYTES = 32
_LAYOUT = struct.Struct(">I16sI")
_MAC_BYTES = 16


class MalformedToken(Exception):
    """The text is not a compact JWS in its one accepted spelling."""


class Refusal(Enum):
    """What a refused client is told; it is never told more."""

    INVALID = "invalid"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class LegacyGrant:
    """What is kept of an accepted legacy token, for its one exchange."""

    digest: bytes = field(repr=False)
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Authentication:
    """How the request was authenticated; DRF hands it out as `request.auth`.

    `acr` says how sure that makes us; a bearer token carries no right to administer, whoever
    holds it: the administration pages know the cookie alone.
    """

    method: str
    session: Session | None = None
    acr: str = ""
    legacy: LegacyGrant | None = None
    jti: str = field(default="", repr=False)


@dataclass(slots=True)
class BearerToken:
    """A presented token on its way through the backend chain, which notes its verdict here.

    Django's `authenticate()` turns PermissionDenied into None, so the reason and the session
    have no other way back. `header` is unverified: it decides the route and nothing else.
    `jti` is known once the signature held, also of a token that is refused for something else.
    """

    compact: str = field(repr=False)
    header: Mapping[str, Any]
    payload: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    refusal: Refusal = Refusal.INVALID
    authentication: Authentication | None = None
    jti: str = field(default="", repr=False)

    @classmethod
    def parse(cls, compact: str) -> BearerToken:
        """Raises MalformedToken."""
        if len(compact) > MAX_TOKEN_BYTES or not compact.isascii():
            raise MalformedToken
        segments = compact.split(".")
        if len(segments) != 3 or not all(segments):
            raise MalformedToken
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


def decode_segment(segment: str) -> bytes:
    """Base64url in its canonical form: no padding, no spare bits. Raises MalformedToken."""
    try:
        decoded = base64.b64decode(segment + "=" * (-len(segment) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise MalformedToken from None
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() != segment:
        raise MalformedToken
    return decoded


def decode_object(text: bytes) -> dict[str, Any]:
    """A JSON object with unique members and finite numbers. Raises MalformedToken."""
    try:
        value = load_unique(text.decode())
    except (ValueError, RecursionError):
        raise MalformedToken from None
    if not isinstance(value, dict):
        raise MalformedToken
    return value


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """`ver` is the user's auth epoch, `sid` the session, `gen` the generation in it."""

    ver: int
    sid: uuid.UUID
    gen: int

    def sign(self, key: bytes) -> str:
        body = _encode(_LAYOUT.pack(self.ver, self.sid.bytes, self.gen))
        signed = f"{PREFIX}.{body}"
        mac = hmac.new(key, signed.encode(), hashlib.sha256).digest()[:_MAC_BYTES]
        return f"{signed}.{_encode(mac)}"


def parse_refresh_token(text: str) -> RefreshToken:
    """What the text claims to be; `is_genuine` tells whether it is. Raises MalformedToken."""
    prefix, _, rest = text.partition(".")
    body, _, _mac = rest.partition(".")
    if prefix != PREFIX or not text.isascii():
        raise MalformedToken
    try:
        ver, sid, gen = _LAYOUT.unpack(decode_segment(body))
    except struct.error:
        raise MalformedToken from None
    return RefreshToken(ver, uuid.UUID(bytes=sid), gen)


def is_genuine(text: str, *, token: RefreshToken, key: bytes) -> bool:
    """Compares whole texts, so that a second spelling of a good token is a bad token."""
    return hmac.compare_digest(text.encode(), token.sign(key).encode())


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
