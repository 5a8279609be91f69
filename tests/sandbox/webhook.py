"""A receiver for Google's notifications."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType


class Webhook:
    """Collects notifications; a context manager."""

    def __init__(self, statuses: list[int] | None = None) -> None:
        self.received: list[dict[str, str]] = []
        self._statuses = statuses or []
        self._came = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self._server.server_port}/hook"

    def __enter__(self) -> Webhook:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, count: int) -> list[dict[str, str]]:
        """Return the notifications once there are that many."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.received) >= count, timeout=20)
            return list(self.received)

    def _take(self, headers: dict[str, str]) -> int:
        with self._came:
            self.received.append(headers)
            self._came.notify_all()
            return self._statuses.pop(0) if self._statuses else 200

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                status = webhook._take(dict(self.headers.items()))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Log nothing."""

        return Handler
