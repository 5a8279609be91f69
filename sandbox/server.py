"""The web server: in its own process, or in a thread of a test."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.admin import Admin
from sandbox.desk import Desk
from sandbox.gateway import Gateway
from sandbox.seed import seed_demo
from sandbox.tokens import Client
from sandbox.watch import is_loopback
from sandbox.world import World

CLIENT_ID = "daybook-demo.apps.sandbox.example"
CLIENT_SECRET = "sandbox-only"  # nosec B105: opens nothing but this equipment
_LARGEST_BODY = 64 * 1024 * 1024
_STYLE = Path(__file__).with_name("style.css")


@dataclass(frozen=True, slots=True)
class Options:
    """The configuration of a sandbox."""

    host: str = "127.0.0.1"
    port: int = 0
    people: str = "none"
    ics: Path | None = None
    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET
    redirect_uri: str = ""


class Running:
    """A sandbox that accepts connections."""

    def __init__(self, options: Options) -> None:
        if not is_loopback(options.host):
            raise ValueError(f"{options.host} is not a loopback address")
        self._options = options
        self.world = World()
        self._stopping = asyncio.Event()
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1.0)

    async def start(self) -> str:
        """Start listening and return the URL; raises OSError if the port is in use."""
        options = self._options
        redirects = (options.redirect_uri,) if options.redirect_uri else ()
        client = Client(options.client_id, options.client_secret, redirects)
        self.world.tokens.clients[client.id] = client
        if options.people == "demo":
            seed_demo(self.world, ics=options.ics)
        await self._runner.setup()
        site = web.TCPSite(self._runner, options.host, options.port)
        await site.start()
        host = f"[{options.host}]" if ":" in options.host else options.host
        return f"http://{host}:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """End hanging calls and stop listening."""
        self._stopping.set()
        await self.world.channels.close()
        await self._runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=_LARGEST_BODY, middlewares=[_local_only])
        Gateway(self.world, self._stopping).add_routes(app)
        Admin(self.world).add_routes(app)
        Desk(self.world).add_routes(app)
        app.router.add_get("/sandbox/style.css", _style)
        return app


@web.middleware
async def _local_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse other host names: another site must not reach the sandbox by DNS rebinding."""
    if not is_loopback(request.url.host or ""):
        raise web.HTTPForbidden(text="The sandbox answers on loopback addresses only.\n")
    return await handler(request)


async def _style(request: web.Request) -> web.FileResponse:
    return web.FileResponse(_STYLE)


class SandboxServer:
    """A server on a free port, in a thread of the calling process.

    A context manager; `url` is its URL while it runs.
    """

    def __init__(self, *, people: str = "none", ics: Path | None = None) -> None:
        self._options = Options(people=people, ics=ics)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-google", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self.url = ""

    def __enter__(self) -> SandboxServer:
        self._thread.start()
        self._ready.wait()
        if not self.url:
            raise RuntimeError("the sandbox did not start")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        running = Running(self._options)
        self.url = await running.start()
        self._ready.set()
        await self._stop.wait()
        await running.stop()
