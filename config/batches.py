"""Much in batches: what is at hand at once, and what one transaction holds, stays small."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from typing import Any, TypeVar

from django.db import models

BATCH = 1000
Door = Callable[[], AbstractContextManager[object]]
Item = TypeVar("Item")


def in_batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


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
