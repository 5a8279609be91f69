"""What a request tells of the device that sent it."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

_USER_AGENT_LENGTH = 256
_CLIENT = "daybook_client"


@dataclass(frozen=True, slots=True)
class Client:
    """The address is the one behind ALLAUTH_TRUSTED_PROXY_COUNT proxies, never a claimed one."""

    ip: str | None
    user_agent: str

    @classmethod
    def of(cls, request: HttpRequest) -> Client:
        """Read once a request: its audit events and its session ask for it again."""
        client: Client | None = getattr(request, _CLIENT, None)
        if client is None:
            user_agent = request.headers.get("User-Agent", "").replace("\x00", "")
            client = cls(_address_of(request), user_agent[:_USER_AGENT_LENGTH])
            setattr(request, _CLIENT, client)
        return client


def _address_of(request: HttpRequest) -> str | None:
    try:
        address: str = get_adapter().get_client_ip(request)
    except PermissionDenied:  # allauth's word for a request without one, as over a Unix socket
        return None
    return address
