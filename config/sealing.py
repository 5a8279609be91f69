"""Sealing anew under the key that encrypts now, online: in small steps, past nobody's change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import models

from config.batches import Door
from config.encryption import CannotDecrypt, keyring

BATCH = 200
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SealedRows:
    """Rows of one table that hold sealed values.

    `reseal` gives the columns of a row that change, with their new values: none where all is
    under the current key. It raises CannotDecrypt.
    """

    name: str
    model: type[models.Model]
    reseal: Callable[[Any], Mapping[str, Any]]


@dataclass(slots=True)
class Tally:
    seen: int = 0
    sealed: int = 0
    unreadable: int = 0


def reencrypt(rows: SealedRows, *, door: Door = nullcontext) -> Iterator[Tally]:
    """Goes through the table once, each batch inside `door()`; yields the counts after each.

    A row that somebody changes meanwhile is left to them: what they write is under the new key.
    """
    tally = Tally()
    remaining = rows.model._default_manager.order_by("pk")
    while True:
        with door():
            batch = list(remaining[:BATCH])
            for row in batch:
                _reseal(rows, row, tally)
        if not batch:
            return
        yield tally
        remaining = remaining.filter(pk__gt=batch[-1].pk)


def _reseal(rows: SealedRows, row: models.Model, tally: Tally) -> None:
    tally.seen += 1
    try:
        changes = rows.reseal(row)
    except CannotDecrypt:
        tally.unreadable += 1
        log.error("sealed_row_unreadable", table=rows.name, row=str(row.pk))
        return
    if changes:
        unchanged = {name: getattr(row, name) for name in changes}
        held = rows.model._default_manager.filter(pk=row.pk, **unchanged)
        tally.sealed += held.update(**changes)


def sealed_anew(sealed: bytes | memoryview, *, context: str) -> bytes | None:
    """None: empty, or under the current key already."""
    if not sealed or keyring().is_current(sealed):
        return None
    return keyring().seal(keyring().open(sealed, context=context), context=context)


def changed_columns(**columns: bytes | None) -> dict[str, bytes]:
    return {name: value for name, value in columns.items() if value is not None}
