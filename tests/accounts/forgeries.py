"""Ways to make a bad token of a good one; each takes an access token and gives its forgery."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from accounts.tokens.keys import SigningKey, key_ring
from tests.accounts.forge import claims_of, encode, our_header, sign, sign_hmac

Forgery = Callable[[str], str]
INVALID = 'Bearer realm="api", error="invalid_token"'
OUR_PUBLIC_KEY: dict[str, Callable[[], bytes]] = {
    "PEM": lambda: public_key(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    "DER": lambda: public_key(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    "JWK": lambda: json.dumps(key_ring().current.jwk()).encode(),
}
EXTENSIONS: dict[str, Any] = {
    "jku": "https://evil.example/jwks.json",
    "x5u": "https://evil.example/cert",
    "jwk": {"kty": "oct", "k": "AAAA"},
    "x5c": ["MIIB"],
    "crit": ["exp"],
    "b64": False,
    "zip": "DEF",
    "cty": "JWT",
    "nonsense": 1,
}
TIMES = ["iat", "nbf", "exp", "auth_time"]
CLAIMS = ["iss", "aud", "sub", "client_id", "jti", "sid", "gen", "ver", "scope", "amr", "acr"]
NOT_TIMES: list[Any] = ["1", 1e18, 10**18, 1.5, -1, None, [1], {}, True, "NaN"]
NOT_IDS: list[Any] = [1, None, ["x"], "", "\x00", "' or 1=1 --", "1" * 3000, "A" * 36, True, {}]
NOT_KIDS: list[Any] = ["../../key.pem", "' or 1=1 --", 1, ["x"], {"x": 1}, None, "", "k" * 2900]


def with_claims(**changes: Any) -> Callable[[str], str]:
    return lambda access: sign(our_header(), claims_of(access) | changes)


def with_header(**changes: Any) -> Callable[[str], str]:
    return lambda access: sign(our_header(**changes), claims_of(access))


def without_claim(name: str) -> Callable[[str], str]:
    def forge(access: str) -> str:
        claims = claims_of(access)
        del claims[name]
        return sign(our_header(), claims)

    return forge


def without_header_member(name: str) -> Callable[[str], str]:
    def forge(access: str) -> str:
        header = our_header()
        del header[name]
        return sign(header, claims_of(access))

    return forge


def with_raw_claim(member: str) -> Callable[[str], str]:
    """Adds a member as text, so that it may be repeated or be no JSON."""

    def forge(access: str) -> str:
        claims = json.dumps(claims_of(access))
        return sign(our_header(), f"{claims[:-1]}, {member}}}".encode())

    return forge


def with_signature(signature: bytes) -> Callable[[str], str]:
    return lambda access: f"{access.rpartition('.')[0]}.{encode(signature)}"


def public_key(encoding: Encoding, form: PublicFormat) -> bytes:
    return bytes(key_ring().current.public.public_bytes(encoding, form))


def hmac_under(secret: Callable[[], bytes], **header: Any) -> Callable[[str], str]:
    return lambda access: sign_hmac(
        our_header(alg="HS256", **header), claims_of(access), secret=secret()
    )


def unknown_key(access: str) -> str:
    key = SigningKey(ec.generate_private_key(ec.SECP256R1()), "ES256")
    return sign(our_header(kid=key.kid), claims_of(access), key=key)


def stranger_under_our_kid(access: str) -> str:
    key = SigningKey(ec.generate_private_key(ec.SECP256R1()), "ES256")
    return sign(our_header(), claims_of(access), key=key)


def json_serialisation(access: str) -> str:
    protected, payload, signature = access.split(".")
    return encode(
        json.dumps({"protected": protected, "payload": payload, "signature": signature}).encode()
    )
