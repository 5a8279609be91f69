"""The gateway between web server and handlers: logs every call and applies injected faults."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import Callable
from functools import partial

from aiohttp import web
from aiohttp.typedefs import Handler
from multidict import CIMultiDict, MultiDict
from yarl import URL

from sandbox import oauth
from sandbox.batch import answer_batch
from sandbox.errors import GoogleError
from sandbox.faults import FAULTS, Rule, Stage
from sandbox.html import page
from sandbox.routes import answer_call, classify, identify
from sandbox.wire import Answer, Call
from sandbox.world import World

_SMALLEST_COMPRESSED = 1024
# Level 1: half a second for 100,000 events instead of several, with a tenth more bytes.
_COMPRESSION = 1
Work = Callable[[Call], Answer]


class Gateway:
    """Answers the calls of clients for one world."""

    def __init__(self, world: World, stopping: asyncio.Event) -> None:
        self._world = world
        self._stopping = stopping

    def add_routes(self, app: web.Application) -> None:
        """Register the routes of Google's URLs."""
        world = self._world
        app.router.add_route(
            "*",
            "/o/oauth2/v2/auth",
            self._serve("oauth.authorize", partial(oauth.authorize, world)),
        )
        app.router.add_post("/token", self._serve("token", partial(oauth.token, world)))
        app.router.add_post("/revoke", self._serve("token.revoke", partial(oauth.revoke, world)))
        app.router.add_get(
            "/oauth2/v3/certs", self._serve("oauth.certs", partial(oauth.certs, world))
        )
        app.router.add_post("/batch/calendar/v3", self._serve("batch", self._batch))
        app.router.add_route(
            "*", "/calendar/v3/{rest:.*}", self._serve("api", partial(answer_call, world))
        )

    def _serve(self, kind: str, work: Work) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._answer(request, kind, work)

        return handle

    async def _answer(self, request: web.Request, kind: str, work: Work) -> web.StreamResponse:
        began_at = time.time()
        requests = self._world.requests  # after a reset the world has another log
        call = await _read_call(request, kind)
        self._classify(call)
        rule = self._world.faults.meet(call)
        status: int | None = None
        try:
            answer = await self._under_fault(call, work, rule)
            if answer is None:
                return _reset(request)
            status = answer.status
            return await _send(request, answer, rule)
        finally:
            requests.add(call, status, rule.fault if rule else None, began_at)

    def _classify(self, call: Call) -> None:
        if call.kind == "token":
            oauth.classify_token_call(self._world, call)
        elif call.kind == "api":
            classify(self._world, call)
        else:
            identify(self._world, call)

    async def _under_fault(self, call: Call, work: Work, rule: Rule | None) -> Answer | None:
        """Return the response, or None if the connection is to be reset."""
        if rule is None:
            return work(call)
        stage, seconds = FAULTS[rule.fault].stage, float(rule.parameters.get("seconds", 0))
        if stage is Stage.INSTEAD:
            return instead(rule)
        if stage is Stage.BEFORE:
            await self._wait(seconds)
            return work(call) if rule.fault == "delay" else None
        if stage is Stage.DISTORT:
            call.distortion = {"fault": rule.fault, **rule.parameters}
        answer = work(call)
        if rule.fault == "slow_answer":
            await self._wait(seconds)
        return None if rule.fault == "lost_answer" else answer

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    def _batch(self, call: Call) -> Answer:
        return answer_batch(call, self._inner)

    def _inner(self, call: Call) -> Answer:
        """Answer a call of a batch; it has its own kind, faults and log entry."""
        began_at = time.time()
        classify(self._world, call)
        rule = self._world.faults.meet(call)
        if rule is not None and FAULTS[rule.fault].stage is Stage.INSTEAD:
            answer = instead(rule)
        else:
            answer = answer_call(self._world, call)
        self._world.requests.add(call, answer.status, rule.fault if rule else None, began_at)
        return answer


def instead(rule: Rule) -> Answer:
    """Return the response of a fault that replaces the work."""
    given = rule.parameters
    if rule.fault == "google_error":
        answer = GoogleError(given["error"]).answer()
        answer.headers.update(given["headers"])
        return answer
    if rule.fault == "oauth_error":
        return oauth.OAuthError(given["error"], given["description"], given["status"]).answer()
    if rule.fault == "html":
        content = "<h1>We're sorry</h1><p>That's an error. Please try again in 30 seconds.</p>"
        return Answer.html(page("Error", content), status=int(given["status"]))
    return Answer(
        int(given["status"]),
        str(given["body"]).encode(),
        given["content_type"],
        dict(given["headers"]),
    )


async def _read_call(request: web.Request, kind: str) -> Call:
    url = URL(request.raw_path, encoded=True)
    return Call(
        request.method,
        url.raw_path,
        MultiDict(url.query),
        CIMultiDict(request.headers),
        await request.read(),
        kind,
    )


def _reset(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _send(request: web.Request, answer: Answer, rule: Rule | None) -> web.StreamResponse:
    body, headers = _encoded(request, answer)
    if rule is not None and rule.fault == "half_json":
        body, headers = answer.body[: len(answer.body) // 2], dict(answer.headers)
    if answer.status not in (204, 304, 302) or answer.content_type.startswith("text/"):
        headers["Content-Type"] = answer.content_type
    if rule is not None and rule.fault == "drop_mid_body":
        return await _break_off(request, answer.status, body, headers)
    return web.Response(status=answer.status, body=body, headers=headers)


def _encoded(request: web.Request, answer: Answer) -> tuple[bytes, dict[str, str]]:
    headers = dict(answer.headers)
    accepts = "gzip" in request.headers.get("Accept-Encoding", "")
    if not accepts or len(answer.body) < _SMALLEST_COMPRESSED:
        return answer.body, headers
    if answer.compressed is None:
        answer.compressed = gzip.compress(answer.body, _COMPRESSION, mtime=0)
    return answer.compressed, {**headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}


async def _break_off(
    request: web.Request, status: int, body: bytes, headers: dict[str, str]
) -> web.StreamResponse:
    response = web.StreamResponse(status=status, headers=headers)
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        # The written part is still sent; the rest of the announced length is not.
        request.transport.close()
    return response
