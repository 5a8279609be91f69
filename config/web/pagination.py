"""Lists: {results, next, previous}, in pages whose cursor is the position of the page's end.

So a page costs the same wherever it is in the list, and new entries shift nothing.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from config.web.problems import DomainError, Kind
from config.web.public_address import public_address

LONGEST_TOKEN = 400
_JSON = msgspec.json.Encoder()
Entry = TypeVar("Entry")
Row = TypeVar("Row", bound=Model)
Place = tuple[Any, ...]


class Cursor(NamedTuple):
    """The position of an entry in an order, and the direction to read in."""

    place: Place
    backwards: bool = False


class Key(NamedTuple):
    """A column of an order; entries have an attribute of the same name.

    `read` parses its value; it raises ValueError if the text is invalid.
    """

    name: str
    read: Callable[[str], Any]
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a list. The keys together are unique."""

    keys: tuple[Key, ...]
    page_size: int

    def place_of(self, entry: object) -> Place:
        return tuple(getattr(entry, key.name) for key in self.keys)

    def slice(self, rows: QuerySet[Row], cursor: Cursor | None, limit: int | None) -> list[Row]:
        """Return the rows after the cursor in its direction; without one, the first rows."""
        backwards = cursor is not None and cursor.backwards
        names = [f"{'-' if key.descending != backwards else ''}{key.name}" for key in self.keys]
        beside = self._beside(cursor) if cursor else Q()
        found = list(rows.filter(beside).order_by(*names)[:limit])
        return found[::-1] if backwards else found

    def _beside(self, cursor: Cursor) -> Q:
        """Return the condition; the first key by itself limits the scan of the index."""
        same, beside = Q(), Q()
        for key, value in zip(self.keys, cursor.place, strict=True):
            side = "lt" if key.descending != cursor.backwards else "gt"
            beside |= same & Q(**{f"{key.name}__{side}": value})
            same &= Q(**{key.name: value})
        first = self.keys[0]
        side = "lte" if first.descending != cursor.backwards else "gte"
        return Q(**{f"{first.name}__{side}": cursor.place[0]}) & beside

    def parse(self, token: str) -> Cursor:
        """Parse a cursor. Raises DomainError `cursor-not-valid`."""
        try:
            if len(token) > LONGEST_TOKEN:
                raise ValueError("longer than any cursor")
            *texts, backwards = json.loads(base64.urlsafe_b64decode(token))
            keys = zip(self.keys, texts, strict=True)
            return Cursor(tuple(key.read(_text(text)) for key, text in keys), backwards is True)
        except (ValueError, TypeError, OverflowError, binascii.Error):
            raise DomainError(
                Kind.UNREADABLE,
                "cursor-not-valid",
                _("This cursor isn't valid. Use the links of the list unchanged."),
            ) from None

    def token(self, entry: object, *, backwards: bool) -> str:
        texts = [_as_text(value) for value in self.place_of(entry)]
        return base64.urlsafe_b64encode(json.dumps([*texts, backwards]).encode()).decode()


@dataclass(frozen=True, slots=True)
class Page(Generic[Entry]):
    results: list[Entry]
    next: str | None = None
    previous: str | None = None

    def answer(
        self, serializer: type[serializers.BaseSerializer[Any]], context: Mapping[str, Any] = {}
    ) -> Response:
        results = serializer(self.results, many=True, context=dict(context)).data
        return Response({"results": results, "next": self.next, "previous": self.previous})

    def written(self, as_json: Callable[[Entry], msgspec.Struct]) -> HttpResponse:
        """Return the list as JSON written by msgspec, without serializers."""
        body = {
            "results": [as_json(entry) for entry in self.results],
            "next": self.next,
            "previous": self.previous,
        }
        return HttpResponse(_JSON.encode(body), content_type="application/json")


def linked_page(
    request: Request | HttpRequest,
    order: Order,
    read: Callable[[Cursor | None, int], list[Entry]],
) -> Page[Entry]:
    """Return the page for `?cursor=`. Raises DomainError `cursor-not-valid`.

    `read` returns entries next to a cursor, one more than fits on a page, to detect a following
    page.
    """
    token = request.GET.get("cursor")
    cursor = order.parse(token) if token else None
    backwards = cursor is not None and cursor.backwards
    entries = read(cursor, order.page_size + 1)
    more = len(entries) > order.page_size
    entries = entries[-order.page_size :] if backwards else entries[: order.page_size]
    if not entries:
        return Page([])
    later = _link(request, order.token(entries[-1], backwards=False))
    earlier = _link(request, order.token(entries[0], backwards=True))
    has_earlier = more if backwards else cursor is not None
    return Page(entries, later if backwards or more else None, earlier if has_earlier else None)


def page_of_rows(request: Request | HttpRequest, order: Order, rows: QuerySet[Row]) -> Page[Row]:
    """Return the page of a query; see `linked_page`."""
    return linked_page(request, order, lambda cursor, limit: order.slice(rows, cursor, limit))


def list_of(name: str, item: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """Return the schema of a list of `item`."""
    links = {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
    }
    return inline_serializer(name, {"results": item(many=True), **links})


def moment(text: str) -> datetime:
    """Parse an instant; the `read` of a key."""
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        raise ValueError("a time without a zone")
    return read


def _link(request: Request | HttpRequest, token: str) -> str:
    return replace_query_param(public_address(request.get_full_path()), "cursor", token)


def _text(value: object) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise TypeError("not the text of a position")
    return value


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
