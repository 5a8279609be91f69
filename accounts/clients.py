"""The client that sent a request: its address and user agent."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

_USER_AGENT_LENGTH = 256
_CLIENT = "daybook_client"


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
