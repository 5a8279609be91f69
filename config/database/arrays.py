"""A column of values as one PostgreSQL array in its binary form, packed by loops that run in C.

psycopg has an array dumper of its own, which asks of each value anew what it is; for a page of
events that takes longer than the database needs to store it. The form is that of array_recv in
PostgreSQL's src/backend/utils/adt/arrayfuncs.c: dimensions, whether there are NULLs, the type of
the elements, length and lower bound; then each element after its length, -1 for NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import chain
from struct import Struct
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEAD = Struct("!iiIii")
_INTEGER = Struct("!i").pack
_LENGTH = _INTEGER
_NULL = _LENGTH(-1)
_BIGINT = Struct("!q").pack
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL counts microseconds from here
_MICROSECOND = timedelta(microseconds=1)
_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"'})


class PackedArray(bytes):
    """An array in its binary form; the statement's cast says of which type."""


class PackedArrayDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: PackedArray) -> PackedArray:
        return obj


class _Form(NamedTuple):
    """How values of a type travel: the element type by name and OID, and one value's bytes."""

    name: str
    oid: int
    encode: Callable[[Any], bytes]


def pack(column: models.Field[Any, Any], values: Sequence[Any]) -> PackedArray:
    form = _form(column)
    has_null = column.null and None in values
    elements = _some_null(form, values) if has_null else _whole(form, values)
    head = _HEAD.pack(1, has_null, form.oid, len(values), 1)
    return PackedArray(b"".join(chain((head,), elements)))


def element_type(column: models.Field[Any, Any]) -> str:
    """The type of the elements, by name."""
    return _form(column).name


def _whole(form: _Form, values: Sequence[Any]) -> Iterator[bytes]:
    encoded = list(map(form.encode, values))
    return chain.from_iterable(zip(map(_LENGTH, map(len, encoded)), encoded, strict=True))


def _some_null(form: _Form, values: Sequence[Any]) -> Iterator[bytes]:
    for value in values:
        if value is None:
            yield _NULL
        else:
            encoded = form.encode(value)
            yield _LENGTH(len(encoded))
            yield encoded


@cache
def _form(column: models.Field[Any, Any]) -> _Form:
    """Arrays of arrays are all of one length, and JSON has no binary form of its own: both go
    as texts. So do texts of bounded length: their column refuses, where a cast would cut."""
    if isinstance(column, models.JSONField):
        return _JSON
    if isinstance(column, ArrayField):
        return _ARRAY
    return _FORMS.get(column.db_type(connection) or "", _TEXT)


def _literal(texts: Sequence[str]) -> bytes:
    """https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO"""
    if not texts:
        return b"{}"
    quoted = (f'"{text.translate(_ESCAPED)}"' for text in texts)
    return f"{{{','.join(quoted)}}}".encode()


def _timestamp(moment: datetime) -> bytes:
    return _BIGINT((moment - _EPOCH) // _MICROSECOND)


def _uuid(value: UUID | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.bytes


_TEXT = _Form("text", 25, str.encode)
_JSON = _Form("text", 25, msgspec.json.encode)
_ARRAY = _Form("text", 25, _literal)
_FORMS = {
    "uuid": _Form("uuid", 2950, _uuid),
    "boolean": _Form("boolean", 16, (b"\x00", b"\x01").__getitem__),
    "integer": _Form("integer", 23, _INTEGER),
    "bigint": _Form("bigint", 20, _BIGINT),
    "timestamp with time zone": _Form("timestamptz", 1184, _timestamp),
}
