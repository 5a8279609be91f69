"""Keys of access tokens: the first one signs, all of them verify, the public halves are
published.

Processes restart one after another. So all of them must know a key before any signs with it, and
must keep the former key until its tokens have expired.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

from config.desk.secrets import make_signing_key

_PEM = re.compile(r"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.+?-----END \1-----", re.DOTALL)

# Members required for each key type (RFC 7638 section 3.2, RFC 8037 section 2).
_THUMBPRINT_MEMBERS = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}


@dataclass(frozen=True)
class SigningKey:
    """A private key and its only algorithm (RFC 8725 section 3.1)."""

    private: EllipticCurvePrivateKey | Ed25519PrivateKey
    algorithm: str

    @cached_property
    def public(self) -> Any:
        return self.private.public_key()

    @cached_property
    def kid(self) -> str:
        """The key's SHA-256 thumbprint, RFC 7638."""
        key = self._public_jwk()
        members = {name: key[name] for name in _THUMBPRINT_MEMBERS[key["kty"]]}
        canonical = json.dumps(members, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(canonical.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def is_signature(self, signature: bytes, *, of: bytes) -> bool:
        """Whether this key made the signature. A malformed one returns False."""
        return self._scheme.verify(of, self.public, signature)

    def jwk(self) -> dict[str, Any]:
        return {**self._public_jwk(), "use": "sig", "alg": self.algorithm, "kid": self.kid}

    @cached_property
    def _scheme(self) -> jwt.algorithms.Algorithm:
        return jwt.get_algorithm_by_name(self.algorithm)

    def _public_jwk(self) -> dict[str, Any]:
        codec = ECAlgorithm if self.algorithm == "ES256" else OKPAlgorithm
        jwk = codec.to_jwk(self.public, as_dict=True)
        return {name: value for name, value in jwk.items() if name != "key_ops"}


class KeyRing:
    """The signing keys by kid; the first one signs."""

    def __init__(self, keys: list[SigningKey]) -> None:
        self.current = keys[0]
        self.by_kid: Mapping[str, SigningKey] = {key.kid: key for key in keys}

    def jwks(self) -> dict[str, Any]:
        """The public keys as a JWK set, RFC 7517 section 5."""
        return {"keys": [key.jwk() for key in self.by_kid.values()]}


def parse_signing_keys(pem: str) -> list[SigningKey]:
    """Parse PEM private keys in order. Raises ValueError without the text."""
    keys = [_parse_key(block) for block in pem_blocks(pem)]
    if not keys:
        raise ValueError("no private key in PEM")
    return keys


def pem_blocks(pem: str) -> list[str]:
    """Return the PEM blocks of the text."""
    return [block.group() for block in _PEM.finditer(pem)]


def key_ring() -> KeyRing:
    return _key_ring(settings.TOKEN_SIGNING_KEYS)


@lru_cache(maxsize=4)
def _key_ring(pem: str) -> KeyRing:
    return KeyRing(parse_signing_keys(pem))


def _parse_key(pem: str) -> SigningKey:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        raise ValueError("a key that cannot be read") from None
    if isinstance(key, Ed25519PrivateKey):
        return SigningKey(key, "EdDSA")
    if isinstance(key, EllipticCurvePrivateKey) and isinstance(key.curve, SECP256R1):
        return SigningKey(key, "ES256")
    raise ValueError("a key of another kind")


class CannotRotate(Exception):
    """The requested step doesn't fit the current keys; the message names the one that does."""


@dataclass(frozen=True)
class Step:
    """A step of a rotation. `change` maps TOKEN_SIGNING_KEYS to its successor; `advice` names
    the next step."""

    change: Callable[[str], str]
    summary: str
    advice: str


def replace_key(pem: str) -> str:
    return _joined([_new_key(), *pem_blocks(pem)])


def announce_key(pem: str) -> str:
    return _joined([*pem_blocks(pem), _new_key()])


def promote_key(pem: str) -> str:
    *others, last = pem_blocks(pem)
    if not others:
        raise CannotRotate("There is one key only: announce another first, with --announce.")
    return _joined([last, *others])


def retire_keys(pem: str) -> str:
    current, *others = pem_blocks(pem)
    if not others:
        raise CannotRotate("There is one key only: nothing to retire.")
    return _joined([current])


STEPS = {
    "replace": Step(
        replace_key,
        "a new key signs from now on, the former ones verify",
        "Restart every process at once. Tokens of the former key stay good; when {seconds} seconds"
        " have passed, remove it with --retire.",
    ),
    "announce": Step(
        announce_key,
        "a new key verifies, and is published, before it signs",
        "Restart the processes in any order; the new key does not sign yet. When all run, and the"
        " 5 minutes are over for which others keep the published keys, let it sign with --promote.",
    ),
    "promote": Step(
        promote_key,
        "the last key, known everywhere by now, signs",
        "Restart the processes in any order. When the last one has run for {seconds} seconds,"
        " remove the former key with --retire.",
    ),
    "retire": Step(
        retire_keys,
        "only the key that signs is left",
        "Restart the processes in any order. The rotation is complete.",
    ),
}


def _new_key() -> str:
    return make_signing_key().replace("\\n", "\n")


def _joined(blocks: list[str]) -> str:
    return "\n".join(blocks)
