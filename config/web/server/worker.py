"""A gunicorn worker whose threads get complete requests only, and only until the response is made.

Clients that send slowly, read slowly or are idle wait in the event loop. gunicorn's own gthread
reads the request and writes the response in the thread, without a time limit.
"""

from __future__ import annotations

import errno
import selectors
import socket
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from time import monotonic
from typing import Any, ClassVar

from gunicorn import util
from gunicorn.workers.gthread import ThreadWorker

from config.web.server.client import Client, Limits, Phase, RefusedRequest

NOTHING_TO_ACCEPT = (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED)
TOO_MANY_FILES = (errno.EMFILE, errno.ENFILE)


Move = Callable[[Client], None]


class BufferingWorker(ThreadWorker):  # type: ignore[misc]
    """A threaded worker with buffered connections.

    `waiting` holds the connections in the event loop and the event that each waits for; the others
    are with a thread.
    """

    limits: ClassVar[Limits] = Limits()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.waiting: dict[Client, int] = {}

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        if cfg.is_ssl:
            raise RuntimeError("TLS ends at a proxy: deploy/nginx.conf")

    def accept(self, listener: socket.socket) -> None:
        try:
            sock, address = listener.accept()
        except OSError as error:
            if error.errno in TOO_MANY_FILES:
                self._close_oldest()
            elif error.errno not in NOTHING_TO_ACCEPT:
                raise
            return
        self.nr_conns += 1
        client = Client(self.cfg, sock, address, listener.getsockname(), self.limits)
        self._watch(client, selectors.EVENT_READ)
        if self.nr_conns >= self.worker_connections:
            self._close_oldest()

    def _close_oldest(self) -> None:
        """Close the connection that has waited longest; a normal request arrives within moments."""
        if self.waiting:
            self._drop(min(self.waiting, key=lambda client: client.since))

    def _watch(self, client: Client, event: int) -> None:
        if self.waiting.get(client) == event:
            return
        self._unwatch(client)
        move = self._receive if event == selectors.EVENT_READ else self._send
        self.poller.register(client.sock, event, partial(self._on_event, move, client))
        self.waiting[client] = event

    def _unwatch(self, client: Client) -> None:
        if self.waiting.pop(client, None) is not None:
            self.poller.unregister(client.sock)

    def _drop(self, client: Client) -> None:
        self._unwatch(client)
        self.nr_conns -= 1
        client.close()

    def _on_event(self, move: Move, client: Client, _fileobj: Any) -> None:
        """Handle an event, unless an earlier one of the same batch closed the connection."""
        if client in self.waiting:
            self._try(move, client)

    def _try(self, move: Move, client: Client) -> None:
        try:
            move(client)
        except OSError:
            self._drop(client)

    def _receive(self, client: Client) -> None:
        if client.sock.receive():
            self._proceed(client)
        else:
            self._drop(client)

    def _proceed(self, client: Client) -> None:
        try:
            is_whole = client.has_whole_request()
        except RefusedRequest as refused:
            util.write_error(client.sock, refused.status, refused.reason, "")
            self._unwatch(client)
            self._answered(client, is_kept=False)
            return
        if is_whole:
            self._unwatch(client)
            self.enqueue_req(client)
        else:
            self._watch(client, selectors.EVENT_READ)

    def finish_request(self, client: Client, done: Future[Any]) -> None:
        """Take the connection back from its thread, in the event loop."""
        try:
            self._answered(client, is_kept=bool(done.result()))
        except Exception:
            self.log.exception("Lost the thread of a connection")
            self._drop(client)

    def _answered(self, client: Client, *, is_kept: bool) -> None:
        client.is_kept = is_kept
        client.await_reader()
        self._try(self._send, client)

    def _send(self, client: Client) -> None:
        if not client.sock.flush():
            self._watch(client, selectors.EVENT_WRITE)
        elif client.is_kept:
            self._unwatch(client)
            client.await_request(self.cfg.keepalive)
            self._proceed(client)
        else:
            self._unwatch(client)
            self.nr_conns -= 1
            client.close(graceful=True)

    def murder_pending(self) -> None:
        """Close the connections past their deadline. Called each second and after each event."""
        now = monotonic()
        for client in [client for client in self.waiting if client.deadline < now]:
            self.log.debug("Closing a connection: %s for too long", client.phase.value)
            self._drop(client)

    def _cap_keepalive(self, deadline: float) -> None:
        """Stop waiting for incomplete heads: the worker is shutting down."""
        for client in self.waiting:
            if client.phase in (Phase.IDLE, Phase.HEAD):
                client.latest = deadline
