"""The client and the user of a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import User

_USER_AGENT_LENGTH = 256
_CLIENT = "daybook_client"


class PersonRequest(HttpRequest):
    """A request behind `login_required`."""

    user: User


def person_of(request: HttpRequest | Request) -> User:
    """Return the user of a request that has passed the login or authentication check."""
    return cast(User, request.user)


@dataclass(frozen=True, slots=True)
class Client:
    """The address comes from behind ALLAUTH_TRUSTED_PROXY_COUNT proxies; a client's claim is
    ignored."""

    ip: str | None
    user_agent: str

    @classmethod
    def of(cls, request: HttpRequest) -> Client:
        """Return the request's client, computed once per request."""
        client: Client | None = getattr(request, _CLIENT, None)
        if client is None:
            user_agent = request.headers.get("User-Agent", "").replace("\x00", "")
            client = cls(_address_of(request), user_agent[:_USER_AGENT_LENGTH])
            setattr(request, _CLIENT, client)
        return client


def _address_of(request: HttpRequest) -> str | None:
    try:
        address: str = get_adapter().get_client_ip(request)
    except (
        PermissionDenied
    ):  # allauth's value for a request without an address, as over a Unix socket
        return None
    return address
