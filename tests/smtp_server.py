"""A mail server on loopback that stores what it accepts and fails as a test tells it to."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

ACCEPTED = "250 accepted"


@dataclass
class Orders:
    """The server's behaviour, which a test may change at any time."""

    silent: bool = False
    trickling_seconds: float = 0  # send one byte of the greeting, then wait this long
    greeting: str = "220 loopback"
    authentication: str = "235 welcome"
    sender: str = ACCEPTED
    recipients: dict[str, str] = field(default_factory=dict)  # addresses that are refused
    data: str = ACCEPTED  # empty: store the email and drop the connection


class SMTPServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.orders = Orders()
        self.accepted: list[EmailMessage] = []
        self.connections = self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Conversation(socketserver.StreamRequestHandler):
    server: SMTPServer

    def handle(self) -> None:
        with self.server.lock:
            self.server.connections += 1
            self.server.at_once += 1
            self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
        try:
            self._obey(self.server.orders)
        finally:
            with self.server.lock:
                self.server.at_once -= 1

    def _obey(self, orders: Orders) -> None:
        if orders.silent:
            self.rfile.read()
            return
        try:
            self._trickle(orders.trickling_seconds)
            self._converse(orders)
        except OSError:
            return  # the client has disconnected

    def _trickle(self, seconds: float) -> None:
        while seconds:
            self.wfile.write(b"2")
            time.sleep(seconds)

    def _converse(self, orders: Orders) -> None:
        self._say(orders.greeting)
        while line := self.rfile.readline().decode().strip():
            verb = line.upper()
            if verb.startswith("EHLO"):
                self._say("250-loopback", "250 AUTH PLAIN")
            elif verb.startswith("AUTH"):
                self._say(orders.authentication)
            elif verb.startswith("MAIL"):
                self._say(orders.sender)
            elif verb.startswith("RCPT"):
                address = line.partition("<")[2].partition(">")[0]
                self._say(orders.recipients.get(address, ACCEPTED))
            elif verb.startswith("DATA"):
                self._say("354 go on")
                self._take_message(orders.data)
            elif verb.startswith("QUIT"):
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _take_message(self, reply: str) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if not reply or reply.startswith("2"):
            message = message_from_bytes(b"".join(lines), policy=policy.default)
            self.server.accepted.append(message)
        if not reply:
            self.connection.shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError
        self._say(reply)

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


@contextmanager
def smtp_server() -> Iterator[SMTPServer]:
    with SMTPServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
