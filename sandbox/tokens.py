"""Clients, grants, codes and tokens, used by the OAuth endpoints."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from sandbox.account import Account
from sandbox.errors import bad_credentials, missing_scope
from sandbox.wire import Json

ISSUER = "https://accounts.google.com"
ACCESS_SECONDS = 3599
CODE_SECONDS = 600
# Google's limit of refresh tokens for one account and client; the oldest is silently revoked.
REFRESH_TOKENS_KEPT = 100
_SCOPE_ROOT = "https://www.googleapis.com/auth/"
_LONG_NAMES = {"email": f"{_SCOPE_ROOT}userinfo.email", "profile": f"{_SCOPE_ROOT}userinfo.profile"}
# A user who signs in with Google can't untick these.
IDENTITY_SCOPES = frozenset({"openid", *_LONG_NAMES.values()})


@dataclass(frozen=True, slots=True)
class Client:
    """An OAuth client; loopback redirect URIs are always allowed."""

    id: str
    secret: str
    redirect_uris: tuple[str, ...] = ()


@dataclass(slots=True)
class Grant:
    """What one account granted to one client, with the valid refresh tokens."""

    scopes: set[str]
    refresh_tokens: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Code:
    """An issued authorization code."""

    email: str
    client_id: str
    redirect_uri: str
    scopes: frozenset[str]
    challenge: str | None
    nonce: str | None
    refreshable: bool
    expires_at: float


@dataclass(slots=True)
class AccessToken:
    """The account and scopes of an access token."""

    email: str
    client_id: str
    scopes: frozenset[str]
    expires_at: float


def long_scopes(text: str) -> list[str]:
    """Return a scope parameter in Google's form: long names for `email` and `profile`."""
    return [_LONG_NAMES.get(name, name) for name in text.split()]


class Tokens:
    """All clients, grants, codes and tokens."""

    def __init__(self, clients: dict[str, Client] | None = None) -> None:
        self.clients = clients or {}
        self.access_seconds: float = ACCESS_SECONDS
        self.codes: dict[str, Code] = {}
        self.access: dict[str, AccessToken] = {}
        self.refresh: dict[str, tuple[str, str]] = {}
        self.grants: dict[tuple[str, str], Grant] = {}

    def issue_code(self, code: Code) -> str:
        """Issue an authorization code, valid once."""
        text = f"4/0{secrets.token_urlsafe(32)}"
        self.codes[text] = code
        grant = self.grants.setdefault((code.email, code.client_id), Grant(set()))
        grant.scopes |= code.scopes
        return text

    def issue_access(self, email: str, client_id: str, scopes: Iterable[str]) -> str:
        """Issue an access token."""
        text = f"ya29.{secrets.token_urlsafe(48)}"
        expires_at = time.time() + self.access_seconds
        self.access[text] = AccessToken(email, client_id, frozenset(scopes), expires_at)
        return text

    def issue_refresh(self, email: str, client_id: str) -> str:
        """Issue a refresh token; beyond the limit the oldest is revoked."""
        text = f"1//{secrets.token_urlsafe(48)}"
        grant = self.grants[email, client_id]
        grant.refresh_tokens.append(text)
        self.refresh[text] = (email, client_id)
        while len(grant.refresh_tokens) > REFRESH_TOKENS_KEPT:
            self.refresh.pop(grant.refresh_tokens.pop(0), None)
        return text

    def revoke(self, token: str) -> bool:
        """Revoke the grant that an access or refresh token belongs to."""
        if token in self.refresh:
            self.revoke_grant(*self.refresh[token])
            return True
        if token in self.access:
            access = self.access[token]
            self.revoke_grant(access.email, access.client_id)
            return True
        return False

    def revoke_grant(self, email: str, client_id: str | None = None) -> None:
        """Revoke an account's grant to one client, or to all."""
        for owner, client in list(self.grants):
            if owner == email and client_id in (None, client):
                for token in self.grants.pop((owner, client)).refresh_tokens:
                    self.refresh.pop(token, None)
                self._drop_access(owner, client)

    def _drop_access(self, email: str, client_id: str) -> None:
        gone = [t for t, a in self.access.items() if (a.email, a.client_id) == (email, client_id)]
        for token in gone:
            del self.access[token]

    def expire_access(self, email: str | None = None) -> int:
        """Expire access tokens; returns their number."""
        lapsing = [a for a in self.access.values() if email in (None, a.email)]
        for access in lapsing:
            access.expires_at = 0.0
        return len(lapsing)

    def authorise(self, bearer: str | None, scopes: frozenset[str], method: str) -> AccessToken:
        """Return the token's account and scopes; 401 for an invalid one, 403 without a scope."""
        if bearer is None:
            raise bad_credentials("required.login")
        access = self.access.get(bearer)
        if access is None or access.expires_at <= time.time():
            raise bad_credentials()
        if not scopes & {scope.removeprefix(_SCOPE_ROOT) for scope in access.scopes}:
            raise missing_scope(method)
        return access


def matches_challenge(challenge: str | None, verifier: str | None) -> bool:
    """Check PKCE (RFC 7636, 4.6) with S256; a code without a challenge accepts no verifier."""
    if challenge is None:
        return verifier is None
    digest = hashlib.sha256((verifier or "").encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=") == challenge


def id_token(account: Account, client_id: str, nonce: str | None) -> str:
    """Return the OpenID Connect token that identifies the connected account."""
    now = int(time.time())
    claims: Json = {
        "iss": ISSUER, "azp": client_id, "aud": client_id, "sub": account.sub,
        "email": account.email, "email_verified": True, "name": account.name,
        "iat": now, "exp": now + ACCESS_SECONDS,
    }  # fmt: skip
    if nonce:
        claims["nonce"] = nonce
    return jwt.encode(claims, _signing_key(), algorithm="RS256", headers={"kid": _key_id()})


def public_keys() -> Json:
    """Return the JWK set that verifies id tokens."""
    key: Json = jwt.algorithms.RSAAlgorithm.to_jwk(_signing_key().public_key(), as_dict=True)
    return {"keys": [key | {"kid": _key_id(), "use": "sig", "alg": "RS256"}]}


@cache
def _signing_key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@cache
def _key_id() -> str:
    modulus = _signing_key().public_key().public_numbers().n
    return hashlib.sha256(str(modulus).encode()).hexdigest()[:40]
