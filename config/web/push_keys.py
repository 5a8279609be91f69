"""The key that signs notifications for browsers' push services (VAPID, RFC 8292)."""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)


@lru_cache(maxsize=8)
def parse_push_key(pem: str) -> ec.EllipticCurvePrivateKey | None:
    """Returns None if none is given. Raises ValueError and UnsupportedAlgorithm."""
    if not pem:
        return None
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ValueError
    return key


def public_push_key(pem: str) -> str:
    """Return what a browser subscribes to: the uncompressed point; empty without a key."""
    key = parse_push_key(pem)
    if key is None:
        return ""
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).decode().rstrip("=")
