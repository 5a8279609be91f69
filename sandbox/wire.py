"""A call and its response, independent of the web server, because batches contain calls, too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from multidict import CIMultiDict, MultiDict

Json = dict[str, Any]

_JSON = "application/json; charset=UTF-8"
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'",
    "Referrer-Policy": "no-referrer",
}


@dataclass(slots=True)
class Call:
    """A client's request, with what the gateway found out about it."""

    method: str
    path: str
    query: MultiDict[str]
    headers: CIMultiDict[str]
    body: bytes
    kind: str = "unknown"
    arguments: dict[str, str] = field(default_factory=dict)
    email: str | None = None
    client_id: str | None = None
    distortion: Mapping[str, Any] | None = None

    @property
    def segments(self) -> list[str]:
        """Return the path's parts, decoded after the split: an id may contain an escaped slash."""
        return [unquote(part) for part in self.path.strip("/").split("/")]

    @property
    def bearer(self) -> str | None:
        """Return the access token, from the header or, as Google allows, from the query."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            return token.strip()
        return self.query.get("access_token")


@dataclass(slots=True)
class Answer:
    """A response: status, body, and the compressed body once a client has asked for it."""

    status: int = 200
    body: bytes = b""
    content_type: str = _JSON
    headers: dict[str, str] = field(default_factory=dict)
    compressed: bytes | None = None

    @classmethod
    def json(
        cls, content: object, *, status: int = 200, headers: dict[str, str] | None = None
    ) -> Answer:
        """Return a JSON response."""
        return cls(status, encode(content), headers=dict(headers or {}))

    @classmethod
    def html(cls, page: str, *, status: int = 200) -> Answer:
        """Return an HTML response."""
        return cls(status, page.encode(), "text/html; charset=UTF-8", dict(_PAGE_HEADERS))

    @classmethod
    def empty(cls, status: int = 204) -> Answer:
        """Return a response without a body."""
        return cls(status)


def encode(content: object) -> bytes:
    """Encode as compact UTF-8 JSON."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
