"""A client connection: buffers, the phase of its request, and the deadline of that phase.

gunicorn's parser and response use it like a socket.
"""

from __future__ import annotations

import enum
import re
import socket
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from tempfile import SpooledTemporaryFile
from time import monotonic
from typing import Any

from gunicorn.workers.gthread import TConn

MEMORY_BYTES = 256 * 1024
PIECE_BYTES = 64 * 1024
HEAD_BYTES = 64 * 1024
BODY_BYTES = 16 * 1024 * 1024  # the largest upload, a picture, is limited to 5 MB
END_OF_HEAD = b"\r\n\r\n"
CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r\n", re.IGNORECASE)
EXPECTS_CONTINUE = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Spool:
    """A FIFO of bytes; more than MEMORY_BYTES go to a temporary file."""

    def __init__(self, content: bytes = b"") -> None:
        self._read_at = self._end = 0
        self._file = SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 - closed below
        if content:
            self.append(content)

    def __len__(self) -> int:
        return self._end - self._read_at

    def append(self, content: bytes) -> None:
        self._file.seek(self._end)
        self._file.write(content)
        self._end += len(content)

    def peek(self, size: int, offset: int = 0) -> bytes:
        self._file.seek(self._read_at + offset)
        return self._file.read(min(size, len(self) - offset))

    def skip(self, size: int) -> None:
        self._read_at += size
        if not len(self):
            self.clear()

    def clear(self) -> None:
        self._read_at = self._end = 0
        self._file.seek(0)
        self._file.truncate()

    def close(self) -> None:
        self._file.close()


class BufferedSocket:
    """A non-blocking socket with buffers for both directions.

    `sent` counts the bytes that the network has taken of the current response.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._sock = sock
        self.incoming = Spool()
        self._outgoing = Spool()
        self.sent = 0

    # --- used by the event loop
    def fileno(self) -> int:
        return self._sock.fileno()

    def receive(self) -> bool:
        """Read what has arrived; False at the end of the stream. Raises OSError."""
        with suppress(BlockingIOError):
            content = self._sock.recv(PIECE_BYTES)
            self.incoming.append(content)
            return bool(content)
        return True

    def unread(self, content: bytes) -> None:
        """Put back bytes that the parser read past the end of its request."""
        if content:
            behind = self.incoming.peek(len(self.incoming))
            self.incoming.clear()
            self.incoming.append(content + behind)

    def flush(self) -> bool:
        """Send what the network takes; True once the buffer is empty. Raises OSError."""
        with suppress(BlockingIOError):
            while len(self._outgoing):
                taken = self._sock.send(self._outgoing.peek(PIECE_BYTES))
                self._outgoing.skip(taken)
                self.sent += taken
            return True
        return False

    # --- used by gunicorn in a thread
    def recv(self, size: int) -> bytes:
        """Return buffered bytes. Raises TimeoutError instead of waiting for more."""
        content = self.incoming.peek(size)
        if not content:
            raise TimeoutError("the rest of the request has not arrived")
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
        """Send what the network takes, and return the rest."""
        with suppress(BlockingIOError):
            while content:
                taken = self._sock.send(content)
                self.sent += taken
                content = content[taken:]
        return content

    def setblocking(self, flag: bool) -> None:
        """Do nothing: the socket never blocks."""

    def settimeout(self, seconds: float | None) -> None:
        """Do nothing: the socket never waits."""

    def gettimeout(self) -> None:
        return None

    def shutdown(self, how: int) -> None:
        self._sock.shutdown(how)

    def close(self) -> None:
        self._sock.close()
        self.incoming.close()
        self._outgoing.close()


class Phase(enum.Enum):
    IDLE = "no byte of a request has arrived"
    HEAD = "the head is arriving"
    BODY = "the body is arriving"
    SENDING = "the response is being sent"


@dataclass(frozen=True, slots=True)
class Limits:
    """Time limits of a connection: a base time, extended while the client keeps up a data rate.

    Apache's mod_reqtimeout works the same way.
    """

    head_seconds: float = 10.0
    first_seconds: float = 20.0
    bytes_per_second: int = 8 * 1024


class RefusedRequest(Exception):
    """A request that exceeds a size limit."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class Client(TConn):  # type: ignore[misc]
    """A connection that the event loop reads; a thread gets it once the request is complete."""

    sock: BufferedSocket

    def __init__(
        self, cfg: Any, sock: socket.socket, address: Any, server: Any, limits: Limits
    ) -> None:
        super().__init__(cfg, BufferedSocket(sock), address, server)
        self.limits = limits
        self.is_kept = False
        self.latest = inf  # on time.monotonic(), whatever arrives
        self.await_request(limits.head_seconds)

    def await_request(self, idle_seconds: float) -> None:
        """Begin with the next request, part of which may be buffered already."""
        self.idle_seconds = idle_seconds
        self.data_ready = True  # skips gunicorn's own wait for the first byte
        self._head_bytes = self._body_bytes = self._searched = 0
        if self.parser is not None:
            self.sock.unread(self.parser.unreader.take_buffered())
        self._enter(Phase.HEAD if len(self.sock.incoming) else Phase.IDLE)

    def await_reader(self) -> None:
        self.sock.sent = 0
        self._enter(Phase.SENDING)

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self.since = monotonic()

    @property
    def deadline(self) -> float:
        return min(self.latest, self.since + self._seconds())

    def _seconds(self) -> float:
        limits = self.limits
        match self.phase:
            case Phase.IDLE:
                return self.idle_seconds
            case Phase.HEAD:
                return limits.head_seconds
            case Phase.BODY:
                moved = len(self.sock.incoming) - self._head_bytes
            case Phase.SENDING:
                moved = self.sock.sent
        return limits.first_seconds + moved / limits.bytes_per_second

    def has_whole_request(self) -> bool:
        """Return whether the request is complete, so that no thread has to wait. Raises
        RefusedRequest.

        gunicorn's parser still decides what the request is and where it ends. A chunked request is
        complete with its head; Django treats its body as empty.
        """
        incoming = self.sock.incoming
        if self.phase is Phase.IDLE and len(incoming):
            self._enter(Phase.HEAD)
        if self.phase is Phase.HEAD and self._find_head():
            self._enter(Phase.BODY)
        return self.phase is Phase.BODY and len(incoming) >= self._head_bytes + self._body_bytes

    def _find_head(self) -> bool:
        incoming = self.sock.incoming
        found = incoming.peek(HEAD_BYTES, self._searched).find(END_OF_HEAD)
        if found < 0:
            self._searched = max(0, len(incoming) - len(END_OF_HEAD) + 1)
            if len(incoming) > HEAD_BYTES:
                raise RefusedRequest(431, "Request Header Fields Too Large")
            return False
        self._head_bytes = self._searched + found + len(END_OF_HEAD)
        self._read_head(incoming.peek(self._head_bytes))
        return True

    def _read_head(self, head: bytes) -> None:
        length = CONTENT_LENGTH.search(head)
        self._body_bytes = int(length[1]) if length else 0
        if self._body_bytes > BODY_BYTES:
            raise RefusedRequest(413, "Content Too Large")
        is_missing = len(self.sock.incoming) < self._head_bytes + self._body_bytes
        if is_missing and EXPECTS_CONTINUE.search(head):
            self.sock.sendall(CONTINUE)
