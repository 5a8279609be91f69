"""The admin API, with which tests and the demo control the sandbox: JSON under /sandbox/.

It needs no token and is subject to no quota and no injected fault.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox import admin_events, admin_google
from sandbox.errors import GoogleError
from sandbox.wire import Answer, Json
from sandbox.world import World


@dataclass(frozen=True, slots=True)
class Order:
    """A request to the admin API."""

    arguments: dict[str, str]
    query: dict[str, str]
    body: Json


Work = Callable[[World, Order], Any]

ORDERS: tuple[tuple[str, str, Work], ...] = (
    ("POST", "reset", admin_google.reset),
    ("GET", "accounts", admin_google.list_accounts),
    ("POST", "accounts", admin_google.create_account),
    ("PUT", "clients", admin_google.register_client),
    ("POST", "grants", admin_google.grant),
    ("POST", "grants/revoke", admin_google.revoke_grant),
    ("POST", "tokens/expire", admin_google.expire_tokens),
    ("PUT", "tokens/life", admin_google.set_token_life),
    ("POST", "sync-tokens/invalidate", admin_google.invalidate_sync_tokens),
    ("PUT", "quota", admin_google.set_quota),
    ("GET", "faults", admin_google.list_faults),
    ("GET", "faults/kinds", admin_google.list_fault_kinds),
    ("POST", "faults", admin_google.order_fault),
    ("DELETE", "faults", admin_google.clear_faults),
    ("GET", "requests", admin_google.list_requests),
    ("DELETE", "requests", admin_google.clear_requests),
    ("GET", "channels", admin_google.list_channels),
    ("POST", "channels/expire", admin_google.expire_channels),
    ("PUT", "pushes", admin_google.set_pushes),
    ("GET", "pushes", admin_google.list_pushes),
    ("POST", "calendars", admin_events.create_calendar),
    ("PATCH", "calendars/{calendar}", admin_events.change),
    ("DELETE", "calendars/{calendar}", admin_events.remove_calendar),
    ("POST", "calendars/{calendar}/share", admin_events.share),
    ("POST", "calendars/{calendar}/events", admin_events.add_events),
    ("PATCH", "calendars/{calendar}/events", admin_events.patch_events),
    ("DELETE", "calendars/{calendar}/events", admin_events.delete_events),
    ("POST", "calendars/{calendar}/bulk", admin_events.bulk),
    ("GET", "calendars/{calendar}/truth", admin_events.truth),
    ("GET", "calendars/{calendar}/instances", admin_events.instances),
)


class Admin:
    """The admin API of one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def add_routes(self, app: web.Application) -> None:
        """Register the routes of the admin API."""
        for method, path, work in ORDERS:
            app.router.add_route(method, f"/sandbox/{path}", self._serve(work))

    def _serve(self, work: Work) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            answer = self._take(work, request, await request.read())
            return web.Response(
                status=answer.status,
                body=answer.body,
                headers={"Content-Type": answer.content_type},
            )

        return handle

    def _take(self, work: Work, request: web.Request, content: bytes) -> Answer:
        # A form on another site can't send JSON without a CORS preflight.
        if request.method != "GET" and request.content_type != "application/json":
            return _refusal(415, "The admin API requires application/json.")
        try:
            body = json.loads(content or b"{}")
            order = Order(dict(request.match_info), dict(request.query), body)
            return Answer.json(work(self._world, order))
        except GoogleError as error:
            return _refusal(error.kind.code, f"{error.name}: {error.message}")
        except KeyError as error:
            return _refusal(400, f"{error.args[0]!r} is missing or unknown.")
        except (ValueError, TypeError) as error:
            return _refusal(400, str(error))


def _refusal(status: int, message: str) -> Answer:
    return Answer.json({"error": message}, status=status)
