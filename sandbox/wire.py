"""One call and its answer, free of the web server: a batch makes them too."""

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
    """What a client asked, with what the way to the handler found out about it."""

    method: str
    path: str
    query: MultiDict[str]
    headers: CIMultiDict[str]
    body: bytes
    kind: str = "unknown"
    arguments: dict[str, str] = field(default_factory=dict)
    email: str | None = None
    client_id: str | None = None
    twist: Mapping[str, Any] | None = None

    @property
    def segments(self) -> list[str]:
        """The path in parts, decoded only after the split: an id may hold an escaped slash."""
        return [unquote(part) for part in self.path.strip("/").split("/")]

    @property
    def bearer(self) -> str | None:
        """The access token, from the header or, as Google allows, from the query."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            return token.strip()
        return self.query.get("access_token")


@dataclass(slots=True)
class Answer:
    """What goes back: a status, bytes, and the same bytes compressed once they were asked for."""

    status: int = 200
    body: bytes = b""
    content_type: str = _JSON
    headers: dict[str, str] = field(default_factory=dict)
    compressed: bytes | None = None

    @classmethod
    def json(
        cls, content: object, *, status: int = 200, headers: dict[str, str] | None = None
    ) -> Answer:
        """An answer with a JSON body."""
        return cls(status, encode(content), headers=dict(headers or {}))

    @classmethod
    def html(cls, page: str, *, status: int = 200) -> Answer:
        """An answer with a page for people."""
        return cls(status, page.encode(), "text/html; charset=UTF-8", dict(_PAGE_HEADERS))

    @classmethod
    def empty(cls, status: int = 204) -> Answer:
        """An answer without a body."""
        return cls(status)


def encode(content: object) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
