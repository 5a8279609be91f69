"""Compact JWS of any shape: what an honest library would refuse to write."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from typing import Any

import jwt

from accounts.tokens.keys import SigningKey, key_ring

Json = dict[str, Any]


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def header_of(token: str) -> Json:
    header: Json = json.loads(decode(token.split(".")[0]))
    return header


def claims_of(token: str) -> Json:
    claims: Json = json.loads(decode(token.split(".")[1]))
    return claims


def our_header(**changes: Any) -> Json:
    key = key_ring().current
    return {"alg": key.algorithm, "typ": "at+jwt", "kid": key.kid} | changes


def sign(header: Json | bytes, claims: Json | bytes, *, key: SigningKey | None = None) -> str:
    """Signed by our current key, whatever the header says."""
    key = key or key_ring().current
    algorithm = jwt.get_algorithm_by_name(key.algorithm)
    return assemble(header, claims, lambda text: algorithm.sign(text, key.private))


def sign_hmac(
    header: Json | bytes, claims: Json | bytes, *, secret: bytes, algorithm: str = "HS256"
) -> str:
    # PyJWT refuses public keys as HMAC secrets, so the attack is signed by hand.
    digest = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}[algorithm]
    return assemble(header, claims, lambda text: hmac.new(secret, text, digest).digest())


def assemble(header: Json | bytes, claims: Json | bytes, signer: Callable[[bytes], bytes]) -> str:
    text = f"{encode(_raw(header))}.{encode(_raw(claims))}"
    return f"{text}.{encode(signer(text.encode()))}"


def _raw(part: Json | bytes) -> bytes:
    return part if isinstance(part, bytes) else json.dumps(part).encode()
