"""Re-encryption with the current key, online: in small batches, without undoing other changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string

from config.database.bulk import Access
from config.database.encryption import CannotDecrypt, keyring

BATCH = 200
SAMPLE = 3
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SealedRows:
    """Rows of one table that contain sealed values.

    `reseal` decrypts a row's values and returns the columns to change with their new values, or
    none if all use the current key. It raises CannotDecrypt. `access` grants access under row-level
    security; `holding` leaves out rows without sealed values.
    """

    name: str
    model: type[models.Model]
    reseal: Callable[[Any], Mapping[str, Any]]
    access: Access = nullcontext
    holding: models.Q = field(default_factory=models.Q)


@dataclass(slots=True)
class Tally:
    seen: int = 0
    sealed: int = 0
    unreadable: int = 0


def every_sealed_rows() -> Iterable[SealedRows]:
    """Return those of all apps, as settings.SEALED_ROWS lists them."""
    return (rows for name in settings.SEALED_ROWS for rows in import_string(name))


def open_sample(rows: SealedRows, size: int = SAMPLE) -> Tally:
    """Try to decrypt the values of a few rows; changes none."""
    tally = Tally()
    with rows.access():
        sample = list(rows.model._default_manager.filter(rows.holding).order_by("-pk")[:size])
    for row in sample:
        tally.seen += 1
        try:
            rows.reseal(row)
        except CannotDecrypt:
            tally.unreadable += 1
    return tally


def reencrypt(rows: SealedRows) -> Iterator[Tally]:
    """Re-encrypt a table, each batch inside `rows.access()`; yields the counts after each batch.

    A row that changes meanwhile is skipped: the new value is encrypted with the new key.
    """
    tally = Tally()
    remaining = rows.model._default_manager.order_by("pk")
    while True:
        with rows.access():
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


def reencrypted(sealed: bytes | memoryview, *, context: str) -> bytes | None:
    """Return the value encrypted with the current key, or None if it is empty or already is.

    Decrypts it in either case. Raises CannotDecrypt.
    """
    if not sealed:
        return None
    plaintext = keyring().open(sealed, context=context)
    return None if keyring().is_current(sealed) else keyring().seal(plaintext, context=context)


def changed_columns(**columns: bytes | None) -> dict[str, bytes]:
    return {name: value for name, value in columns.items() if value is not None}
