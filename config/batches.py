"""Deleting many rows without holding a long transaction."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db import models

BATCH = 1000
Door = Callable[[], AbstractContextManager[object]]


def delete_in_batches(rows: models.QuerySet[Any], *, door: Door = nullcontext) -> int:
    """Deletes all rows of an unordered query, each batch inside `door()`; gives their number."""
    total = 0
    while True:
        with door():
            batch = rows.model._default_manager.filter(pk__in=rows.values("pk")[:BATCH])
            deleted: int = batch.delete()[0]
        total += deleted
        if deleted == 0:
            return total
