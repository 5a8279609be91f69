"""Keys change without signing anybody out, and the world can check our signatures."""

from __future__ import annotations

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from django.test import Client as Browser
from pytest_django import Settings

from accounts.models import User
from accounts.tokens.keys import KeyRing, parse_signing_keys
from tests.accounts.forge import claims_of, header_of
from tests.factories import bearer, make_session

pytestmark = pytest.mark.urls("tests.accounts.urls")

# The key of RFC 8037 appendix A.1, whose thumbprint stands in appendix A.3.
RFC_8037_SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
RFC_8037_THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def pem(key: PrivateKey, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def new_ec() -> str:
    return pem(ec.generate_private_key(ec.SECP256R1()))


def new_ed() -> str:
    return pem(ed25519.Ed25519PrivateKey.generate())


def test_kid_is_the_thumbprint() -> None:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(RFC_8037_SEED)

    assert parse_signing_keys(pem(key))[0].kid == RFC_8037_THUMBPRINT


def test_keys_are_read_in_order_each_with_its_algorithm() -> None:
    sec1 = pem(ec.generate_private_key(ec.SECP256R1()), PrivateFormat.TraditionalOpenSSL)

    keys = parse_signing_keys(f"# the new one\n{new_ed()}\n{sec1}{new_ec()}")

    assert [key.algorithm for key in keys] == ["EdDSA", "ES256", "ES256"]
    assert len({key.kid for key in keys}) == 3


UNUSABLE = {
    "nothing": "",
    "no PEM": "c2VjcmV0",
    "RSA": pem(rsa.generate_private_key(65537, 2048)),
    "P-384": pem(ec.generate_private_key(ec.SECP384R1())),
    "broken": "-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----",
    "locked": ec.generate_private_key(ec.SECP256R1())
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password"))
    .decode(),
}


@pytest.mark.parametrize("text", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_another_key_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValueError) as refusal:
        parse_signing_keys(text)

    assert not any(line and line in str(refusal.value) for line in text.splitlines())


@pytest.mark.parametrize("new_key", [new_ec, new_ed])
def test_anybody_can_verify_by_the_published_keys(
    client: Browser, alice: User, settings: Settings, new_key: object
) -> None:
    settings.TOKEN_SIGNING_KEYS = new_key() if callable(new_key) else ""
    access = make_session(alice).access

    response = client.get("/.well-known/jwks.json")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/jwk-set+json"
    assert response.headers["Cache-Control"] == "public, max-age=300"
    key = jwt.PyJWKSet.from_dict(response.json())[header_of(access)["kid"]]
    claims = jwt.decode(access, key, audience=settings.TOKEN_AUDIENCE, issuer=settings.TOKEN_ISSUER)
    assert claims == claims_of(access)


def test_no_private_member_is_published(client: Browser, settings: Settings) -> None:
    settings.TOKEN_SIGNING_KEYS = new_ec() + new_ed()

    keys = client.get("/.well-known/jwks.json").json()["keys"]

    assert [set(key) for key in keys] == [
        {"kty", "crv", "x", "y", "use", "alg", "kid"},
        {"kty", "crv", "x", "use", "alg", "kid"},
    ]
    assert [key["use"] for key in keys] == ["sig", "sig"]


def test_a_rotation_signs_nobody_out(client: Browser, alice: User, settings: Settings) -> None:
    old, new = new_ec(), new_ed()
    settings.TOKEN_SIGNING_KEYS = old
    before = make_session(alice)

    settings.TOKEN_SIGNING_KEYS = new + old
    assert client.get("/api/v1/whoami", headers=bearer(before)).status_code == 200
    refreshed = client.post(
        "/api/v1/auth/token/refresh", {"refresh": before.refresh}, "application/json"
    ).json()
    assert header_of(refreshed["access"])["kid"] == KeyRing(parse_signing_keys(new)).current.kid

    settings.TOKEN_SIGNING_KEYS = new
    after = {"Authorization": f"Bearer {refreshed['access']}"}
    assert client.get("/api/v1/whoami", headers=after).status_code == 200
    assert client.get("/api/v1/whoami", headers=bearer(before)).status_code == 401
