"""A client's socket that never makes a thread wait: what came, and what is to go, lies in spools.

gunicorn's parser and response use it as they use a socket.
"""

from __future__ import annotations

import socket
from contextlib import suppress

from config.web_server.spool import Spool

PIECE_BYTES = 64 * 1024


class BufferedSocket:
    """`sent` counts what the network took since the last answer began."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._sock = sock
        self.incoming = Spool()
        self._outgoing = Spool()
        self.sent = 0

    # --- for the event loop
    def fileno(self) -> int:
        return self._sock.fileno()

    def receive(self) -> bool:
        """Takes what has come; False at the end of the stream. Raises OSError."""
        with suppress(BlockingIOError):
            content = self._sock.recv(PIECE_BYTES)
            self.incoming.append(content)
            return bool(content)
        return True

    def unread(self, content: bytes) -> None:
        """Puts back in front what a parser took too much of."""
        if content:
            behind = self.incoming.peek(len(self.incoming))
            self.incoming.clear()
            self.incoming.append(content + behind)

    def flush(self) -> bool:
        """Gives the network what it takes; True when nothing waits any more. Raises OSError."""
        with suppress(BlockingIOError):
            while len(self._outgoing):
                taken = self._sock.send(self._outgoing.peek(PIECE_BYTES))
                self._outgoing.skip(taken)
                self.sent += taken
            return True
        return False

    # --- for gunicorn, in a thread
    def recv(self, size: int) -> bytes:
        """Raises TimeoutError where more would have to be waited for."""
        content = self.incoming.peek(size)
        if not content:
            raise TimeoutError("the rest of the request has not come")
        self.incoming.skip(len(content))
        return content

    def send(self, content: bytes) -> int:
        self.sendall(content)
        return len(content)

    def sendall(self, content: bytes) -> None:
        if self.flush():
            content = self._send_now(content)
        if content:
            self._outgoing.append(content)

    def _send_now(self, content: bytes) -> bytes:
        """Returns what the network does not take yet."""
        with suppress(BlockingIOError):
            while content:
                taken = self._sock.send(content)
                self.sent += taken
                content = content[taken:]
        return content

    def setblocking(self, flag: bool) -> None:
        """It never blocks."""

    def settimeout(self, seconds: float | None) -> None:
        """It never waits."""

    def gettimeout(self) -> None:
        return None

    def shutdown(self, how: int) -> None:
        self._sock.shutdown(how)

    def close(self) -> None:
        self._sock.close()
        self.incoming.close()
        self._outgoing.close()
