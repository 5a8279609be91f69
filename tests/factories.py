"""Rows for tests, by plain functions with defaults that a reader can know by heart."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress

from accounts.clients import Client
from accounts.models import User
from accounts.sessions import TokenPair, open_session

PASSWORD = "a walk along the harbour"


def make_user(
    email: str = "alice@example.org",
    *,
    password: str | None = PASSWORD,
    verified: bool = True,
    **fields: Any,
) -> User:
    """A person who can sign in: the address is verified unless told otherwise."""
    user = User.objects.create_user(email, password, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=verified, primary=True)
    return user


def make_session(user: User, *, client_id: str = "phone", device_label: str = "") -> TokenPair:
    """The tokens of a fresh session."""
    client = Client(ip="192.0.2.1", user_agent="Phone/1.0")
    return open_session(user=user, client=client, client_id=client_id, device_label=device_label)


def bearer(tokens: TokenPair) -> dict[str, str]:
    """Headers for Django's test client."""
    return {"Authorization": f"Bearer {tokens.access}"}
