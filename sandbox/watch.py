"""Push channels: https://developers.google.com/workspace/calendar/api/guides/push"""

from __future__ import annotations

import asyncio
import hashlib
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from urllib.parse import urlsplit
from wsgiref.handlers import format_date_time

import aiohttp

from sandbox.errors import GoogleError
from sandbox.wire import Json

_DEFAULT_SECONDS = 604_800
_LONGEST_ID = 64
_LONGEST_TOKEN = 256
_RETRIED = frozenset({500, 502, 503, 504})
_RETRY_SECONDS = (0.1, 0.5, 2.0)
_TIMEOUT = aiohttp.ClientTimeout(total=10)


@dataclass(slots=True, eq=False)
class Channel:
    """A URL that gets notifications of changes to one resource."""

    id: str
    token: str | None
    address: str
    resource: str
    resource_uri: str
    expires_at: float
    email: str
    client_id: str
    number: int = 0
    queue: asyncio.Queue[dict[str, str]] = field(default_factory=asyncio.Queue)

    @property
    def resource_id(self) -> str:
        """Return Google's opaque id, the same for every channel on the resource."""
        return hashlib.sha256(self.resource.encode()).hexdigest()[:27]

    def reply(self) -> Json:
        """Return the response to `watch`."""
        body = {
            "kind": "api#channel",
            "id": self.id,
            "resourceId": self.resource_id,
            "resourceUri": self.resource_uri,
            "expiration": str(int(self.expires_at * 1000)),
        }
        return body | ({"token": self.token} if self.token else {})

    def headers(self, state: str) -> dict[str, str]:
        """Return the headers of the next notification."""
        self.number += 1
        headers = {
            "X-Goog-Channel-ID": self.id,
            "X-Goog-Channel-Expiration": format_date_time(self.expires_at),
            "X-Goog-Resource-ID": self.resource_id,
            "X-Goog-Resource-URI": self.resource_uri,
            "X-Goog-Resource-State": state,
            "X-Goog-Message-Number": str(self.number),
        }
        return headers | ({"X-Goog-Channel-Token": self.token} if self.token else {})

    def resource_summary(self) -> Json:
        """Return the channel as the admin API shows it, without its token."""
        return {
            "id": self.id,
            "address": self.address,
            "resource": self.resource,
            "resource_id": self.resource_id,
            "account": self.email,
            "expires_at": datetime.fromtimestamp(self.expires_at, UTC).isoformat(),
            "messages": self.number,
        }


class Channels:
    """The open channels; each delivers in order and independently of the others."""

    def __init__(self) -> None:
        self._open: dict[str, Channel] = {}
        self._couriers: dict[str, asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.dropping = False
        self.deliveries: list[Json] = []

    def open(
        self, request: Json, *, resource: str, uri: str, email: str, client_id: str
    ) -> Channel:
        """Open a channel and send the sync message; 400 for a request that Google would refuse."""
        channel_id, address = _check(request)
        if channel_id in self._open:
            raise GoogleError("channelIdNotUnique", f"Channel id {channel_id} not unique")
        channel = Channel(
            channel_id,
            request.get("token"),
            address,
            resource,
            uri,
            _expiration(request),
            email,
            client_id,
        )
        self._open[channel_id] = channel
        self._couriers[channel_id] = asyncio.create_task(self._carry(channel))
        channel.queue.put_nowait(channel.headers("sync"))
        return channel

    def stop(self, channel_id: str, resource_id: str, client_id: str) -> None:
        """Close a channel; 404 unless both ids are right and the same client opened it."""
        channel = self._open.get(channel_id)
        if channel is None or (channel.resource_id, channel.client_id) != (resource_id, client_id):
            raise GoogleError("channelUnknown", f"Channel '{channel_id}' not found for project")
        self._close(channel)

    def announce(self, resource: str, state: str = "exists") -> None:
        """Send a notification to each channel on the resource."""
        for channel in list(self._open.values()):
            if channel.expires_at <= time.time():
                self._close(channel)
            elif channel.resource == resource and not self.dropping:
                channel.queue.put_nowait(channel.headers(state))

    def flow(self, flowing: bool) -> None:
        """Send notifications, or hold them back until they are sent again."""
        if flowing:
            self._flowing.set()
        else:
            self._flowing.clear()

    def channels(self) -> list[Channel]:
        """Return the open channels."""
        return list(self._open.values())

    def expire(self) -> None:
        """Stop every open channel without a notification."""
        for channel in self.channels():
            self._close(channel)

    def reset(self) -> None:
        """Remove all channels and send notifications again."""
        self.expire()
        self.flow(True)
        self.dropping = False
        self.deliveries = []

    async def close(self) -> None:
        """Cancel all deliveries."""
        couriers = list(self._couriers.values())
        self.expire()
        await asyncio.gather(*couriers, return_exceptions=True)
        if self._session:
            await self._session.close()

    def _close(self, channel: Channel) -> None:
        del self._open[channel.id]
        self._couriers.pop(channel.id).cancel()

    async def _carry(self, channel: Channel) -> None:
        while True:
            headers = await channel.queue.get()
            await self._flowing.wait()
            await self._deliver(channel, headers)

    async def _deliver(self, channel: Channel, headers: dict[str, str]) -> None:
        for pause in (*_RETRY_SECONDS, None):
            status = await self._post(channel, headers)
            self.deliveries.append(
                {
                    "channel": channel.id,
                    "status": status,
                    "state": headers["X-Goog-Resource-State"],
                    "number": int(headers["X-Goog-Message-Number"]),
                }
            )
            if status not in _RETRIED or pause is None:
                return
            await asyncio.sleep(pause)

    async def _post(self, channel: Channel, headers: dict[str, str]) -> int | None:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        with suppress(aiohttp.ClientError, TimeoutError):
            async with self._session.post(channel.address, headers=headers, data=b"") as answer:
                return answer.status
        return None


def _check(request: Json) -> tuple[str, str]:
    channel_id, address = request.get("id"), request.get("address")
    if request.get("type") not in ("web_hook", "webhook"):
        raise GoogleError("invalid", "Unknown channel type", location="type")
    if not isinstance(channel_id, str) or not 0 < len(channel_id) <= _LONGEST_ID:
        raise GoogleError("invalid", "Invalid channel id", location="id")
    if len(request.get("token") or "") > _LONGEST_TOKEN:
        raise GoogleError("invalid", "Channel token is too long", location="token")
    if not isinstance(address, str) or not _may_be_called(address):
        raise GoogleError("push.webhookUrlNotHttps", f"WebHook callback must be HTTPS: {address}")
    return channel_id, address


def _may_be_called(address: str) -> bool:
    url = urlsplit(address)
    return url.scheme == "https" or (url.scheme == "http" and is_loopback(url.hostname or ""))


def is_loopback(host: str) -> bool:
    """Return whether a host name or address can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _expiration(request: Json) -> float:
    now = time.time()
    longest = now + _DEFAULT_SECONDS
    try:
        if request.get("expiration"):
            return min(int(request["expiration"]) / 1000, longest)
        return min(now + int((request.get("params") or {}).get("ttl", _DEFAULT_SECONDS)), longest)
    except (TypeError, ValueError):
        raise GoogleError("invalid", location="expiration") from None
