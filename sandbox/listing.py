"""A list that is frozen at its first page, with cached pages."""

from __future__ import annotations

import base64
import json
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from sandbox.errors import GoogleError
from sandbox.partial import project
from sandbox.wire import Answer, Json, encode

_LISTINGS_KEPT = 64
_TOKEN_BYTES = 9


@dataclass(slots=True)
class Listing:
    """The items of a query at one version, as bytes, with the sync token of the last page."""

    shape: Json
    items: list[bytes]
    sync_token: str | None
    name: str = field(default_factory=lambda: secrets.token_urlsafe(_TOKEN_BYTES))
    prepared: dict[tuple[int, int, bytes, str | None], Answer] = field(default_factory=dict)

    def page_token(self, offset: int) -> str:
        """Return an opaque page token."""
        return base64.urlsafe_b64encode(f"{self.name} {offset}".encode()).decode()

    def page(self, head: Json, offset: int, size: int, fields: str | None = None) -> Answer:
        """Return a page of items with the next token, after the members of `head`."""
        key = (offset, size, encode(head), fields)
        if key not in self.prepared:
            body = self._assemble(offset, size, key[2])
            if fields is not None:
                body = encode(project(json.loads(body), fields))
            self.prepared[key] = Answer(body=body)
        return self.prepared[key]

    def _assemble(self, offset: int, size: int, head: bytes) -> bytes:
        end = offset + size
        tail: Json = {}
        if end < len(self.items):
            tail["nextPageToken"] = self.page_token(end)
        elif self.sync_token:
            tail["nextSyncToken"] = self.sync_token
        opening = head[:-1] + (b"," + encode(tail)[1:-1] if tail else b"")
        return opening + b',"items":[' + b",".join(self.items[offset:end]) + b"]}"


class Shelf:
    """The listings of one resource: full lists by query, and those with pages left."""

    def __init__(self) -> None:
        self._state = (0, -1)
        self._whole: dict[bytes, Listing] = {}
        self._open: OrderedDict[str, Listing] = OrderedDict()

    def find(self, state: tuple[int, int], shape: Json) -> Listing | None:
        """Return the listing of the same query for this state of the journal, if there is one."""
        if state != self._state:
            self._state = state
            self._whole = {}
            for listing in self._open.values():
                listing.prepared.clear()
        return self._whole.get(encode(shape))

    def keep(self, listing: Listing) -> Listing:
        """Keep a full list for the same query, until the version changes."""
        self._whole[encode(listing.shape)] = listing
        return listing

    def leave_open(self, listing: Listing) -> None:
        """Keep a listing for its next pages."""
        self._open[listing.name] = listing
        self._open.move_to_end(listing.name)
        while len(self._open) > _LISTINGS_KEPT:
            self._open.popitem(last=False)

    def open(self, page_token: str, shape: Json) -> tuple[Listing, int]:
        """Return the listing and offset of a page token; 400 if it is from another query."""
        try:
            name, offset = base64.urlsafe_b64decode(page_token).decode().split(" ")
            listing = self._open[name]
        except (ValueError, KeyError):
            raise GoogleError("invalid", location="pageToken") from None
        if listing.shape != shape:
            raise GoogleError("invalid", location="pageToken")
        return listing, int(offset)
