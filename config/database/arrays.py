"""Pack a column of values as a PostgreSQL array in binary form, with loops that run in C.

psycopg's own array dumper inspects the type of each value; for a page of events that takes longer
than the database needs to store it. The format is that of array_recv in PostgreSQL's
src/backend/utils/adt/arrayfuncs.c: number of dimensions, whether there are NULLs, the element type,
length and lower bound; then each element after its length, -1 for NULL.
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
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)  # PostgreSQL counts microseconds from this time
_MICROSECOND = timedelta(microseconds=1)
_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"'})


class PackedArray(bytes):
    """An array in binary form; a cast in the statement gives its type."""


class PackedArrayDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: PackedArray) -> PackedArray:
        return obj


class _Form(NamedTuple):
    """How a type is encoded: name and OID of the element type, and the encoder of one value."""

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
    """Return the name of the element type."""
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
    """Return the encoding of a column.

    Arrays of arrays must have equal lengths, and JSON has no binary form of its own, so both are
    sent as text. So are strings of limited length: their column refuses a long value that a cast
    would cut.
    """
    if isinstance(column, models.JSONField):
        return _JSON
    if isinstance(column, ArrayField):
        return _ARRAY
    return _FORMS.get(column.db_type(connection) or "", _TEXT)


def _literal(texts: Sequence[str]) -> bytes:
    """Return an array literal: https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO"""
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
    "smallint": _Form("smallint", 21, Struct("!h").pack),
    "integer": _Form("integer", 23, _INTEGER),
    "bigint": _Form("bigint", 20, _BIGINT),
    "timestamp with time zone": _Form("timestamptz", 1184, _timestamp),
}
