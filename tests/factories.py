"""Rows for tests, created by plain functions with simple defaults."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import jwt
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.clients import Client as App
from accounts.models import User
from accounts.sessions.lifecycle import TokenPair, open_session
from tests.http import Response

PASSWORD = "a walk along the harbour"
LEGACY_SECRET = "what the old system signed its tokens with"


def make_user(
    email: str = "alice@example.org",
    *,
    password: str | None = PASSWORD,
    verified: bool = True,
    **fields: Any,
) -> User:
    """Create a user who can sign in; the address is verified by default."""
    user = User.objects.create_user(email, password, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=verified, primary=True)
    return user


def make_session(user: User, *, client_id: str = "phone", device_label: str = "") -> TokenPair:
    """Return the tokens of a new session."""
    client = App(ip="192.0.2.1", user_agent="Phone/1.0")
    return open_session(user=user, client=client, client_id=client_id, device_label=device_label)


def legacy_claims(user: User, **changes: Any) -> dict[str, Any]:
    """Return the claims of a legacy token that identifies the user by address."""
    now = int(time.time())
    person = {"sub": user.email, "id": user.legacy_id, "role": "user"}
    return person | {"iat": now, "nbf": now, "exp": now + 1800} | changes


def numbered_claims(user: User, **changes: Any) -> dict[str, Any]:
    """Return the claims of a legacy token that identifies the user by number."""
    now = int(time.time())
    person = {"sub": str(user.legacy_id), "email": user.email, "id": user.legacy_id}
    session = {"session_id": "9f2c", "device_id": "phone-1", "tfa_verified": False}
    return person | {"role": "user", "iat": now, "exp": now + 1800} | session | changes


def make_legacy_token(claims: Mapping[str, Any], **header: Any) -> str:
    """Sign a legacy token like the old system."""
    return jwt.encode(dict(claims), LEGACY_SECRET, "HS256", headers=header or None)


def leave(user: User) -> Response:
    """Delete the user's account over the API, right after a sign-in."""
    return Client().delete(
        "/api/v1/account",
        {"confirm": user.email},
        content_type="application/json",
        headers=bearer(make_session(user)),
    )


def bearer(tokens: TokenPair) -> dict[str, str]:
    """Return headers for Django's test client."""
    return {"Authorization": f"Bearer {tokens.access}"}
