"""Who keeps rows of a person: each app says what it can hand out, and what it must let go.

Accounts knows no app above it. Each registers here from its `AppConfig.ready`, and the export
and the end of an account go through the whole list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from accounts.models import User

Files = Iterator[tuple[str, Iterable[bytes]]]
CHUNK_ROWS = 500
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class PersonalRows:
    """`export` gives files, path and content in pieces, so that none needs to fit in memory.

    `release` runs in the transaction that deletes the person, before their rows go with them:
    it notes what must be undone elsewhere, to be done when the transaction has committed.
    `words` gives names of the person's that a password must not be made of.
    """

    name: str
    export: Callable[[User], Files]
    release: Callable[[User], None] | None = None
    words: Callable[[User], Iterable[str]] | None = None


_registered: dict[str, PersonalRows] = {}


def register(rows: PersonalRows) -> None:
    """Once for each name; the same app twice is the same entry."""
    _registered[rows.name] = rows


def registered() -> list[PersonalRows]:
    return list(_registered.values())


def rows_in_chunks(queryset: QuerySet[Row]) -> Iterator[Row]:
    """In the order of the primary key, CHUNK_ROWS at a time: a cursor of the server's would
    serve too, but there is none behind a pooler."""
    ordered = queryset.order_by("pk")
    rows = list(ordered[:CHUNK_ROWS])
    while rows:
        yield from rows
        rows = list(ordered.filter(pk__gt=rows[-1].pk)[:CHUNK_ROWS])


def columns_of(row: Model, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
