"""A push service on loopback and browsers that subscribe to it.

It decrypts what it accepts with the browser's own key, by RFC 8291 and RFC 8188 as written there
and not by the library that encrypted it, and checks the signature of RFC 8292.
"""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

LOOPBACK = "127.0.0.1/32"


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unbase64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def derive(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


@dataclass
class Browser:
    """One subscription, with the private key that only the browser has."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def subscription(self) -> dict[str, Any]:
        """As `PushSubscription.toJSON()` has it."""
        keys = {"p256dh": base64url(self.public), "auth": base64url(self.auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def decrypt(self, body: bytes) -> bytes:
        salt, size, key_length = body[:16], int.from_bytes(body[16:20]), body[20]
        sender, content = body[21 : 21 + key_length], body[21 + key_length :]
        assert len(content) <= size, "one record"
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self.key.exchange(ec.ECDH(), point)
        secret = derive(shared, self.auth, b"WebPush: info\0" + self.public + sender, 32)
        key = derive(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = derive(secret, salt, b"Content-Encoding: nonce\0", 12)
        padded = AESGCM(key).decrypt(nonce, content, None)
        text, mark, _padding = padded.rpartition(b"\x02")
        assert mark
        return text


@dataclass
class Received:
    browser: Browser
    message: dict[str, Any]
    headers: dict[str, str]
    size: int


class PushService(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.browsers: dict[str, Browser] = {}
        self.received: list[Received] = []
        self.answers: dict[str, tuple[int, dict[str, str]]] = {}  # by path, instead of 201
        self.requests: Counter[str] = Counter()
        self.seconds = 0.0  # that an answer takes
        self.lock = threading.Lock()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def subscribe(self) -> Browser:
        path = f"/push/{os.urandom(8).hex()}"
        browser = self.browsers[path] = Browser(f"{self.origin}{path}")
        return browser

    def answer(self, browser: Browser, status: int, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[browser.endpoint.removeprefix(self.origin)] = (status, named)

    def messages_to(self, browser: Browser) -> list[dict[str, Any]]:
        return [each.message for each in self.received if each.browser is browser]


class _Handler(BaseHTTPRequestHandler):
    server: PushService
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        service = self.server
        time.sleep(service.seconds)
        with service.lock:
            service.requests[self.path] += 1
            status, headers = service.answers.get(self.path, (201, {}))
            if status == 201:
                self._accept(service.browsers[self.path], body)
        self.send_response(status)
        for name, value in {"Content-Length": "0", "Connection": "close", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _accept(self, browser: Browser, body: bytes) -> None:
        check_signature(self.headers["Authorization"], self.server.origin)
        message = json.loads(browser.decrypt(body))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.received.append(Received(browser, message, headers, len(body)))

    def log_message(self, *_arguments: object) -> None:
        """Quiet."""


def check_signature(authorization: str, audience: str) -> None:
    token, key = (part.partition("=")[2] for part in authorization.split(" ", 1)[1].split(", "))
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unbase64url(key))
    claims = jwt.decode(token, point, ["ES256"], audience=audience)
    assert claims["sub"].startswith("mailto:")
    assert claims["exp"] - time.time() <= 24 * 3600


@contextmanager
def push_service() -> Iterator[PushService]:
    with PushService() as service:
        thread = threading.Thread(target=service.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield service
        service.shutdown()
        thread.join()
