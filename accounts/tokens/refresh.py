"""The refresh token: `rt1.<base64url(ver|sid|gen)>.<HMAC>`, opaque to clients.

It is computed and never stored: the session's key and generation give the same text again. So a
lost response can be repeated, and neither the database nor a backup contains a token.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import uuid
from dataclasses import dataclass

from rest_framework_simplejwt.exceptions import TokenError

from accounts.tokens.access import decode_segment

PREFIX = "rt1"
KEY_BYTES = 32
_LAYOUT = struct.Struct(">I16sI")
_MAC_BYTES = 16


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """The parts of a refresh token: the user's auth epoch, the session, and its generation."""

    ver: int
    sid: uuid.UUID
    gen: int

    def sign(self, key: bytes) -> str:
        body = _encode(_LAYOUT.pack(self.ver, self.sid.bytes, self.gen))
        signed = f"{PREFIX}.{body}"
        mac = hmac.new(key, signed.encode(), hashlib.sha256).digest()[:_MAC_BYTES]
        return f"{signed}.{_encode(mac)}"


def parse_refresh_token(text: str) -> RefreshToken:
    """Parse a token; `is_genuine` verifies it. Raises TokenError."""
    prefix, _, rest = text.partition(".")
    body, _, _mac = rest.partition(".")
    if prefix != PREFIX or not text.isascii():
        raise TokenError
    try:
        ver, sid, gen = _LAYOUT.unpack(decode_segment(body))
    except struct.error:
        raise TokenError from None
    return RefreshToken(ver, uuid.UUID(bytes=sid), gen)


def is_genuine(text: str, *, token: RefreshToken, key: bytes) -> bool:
    """Compare whole texts, so that another encoding of a valid token is refused."""
    return hmac.compare_digest(text.encode(), token.sign(key).encode())


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
