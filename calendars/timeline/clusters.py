"""Overlapping blocks side by side: the columns of each cluster.

A cluster is a maximal run of blocks that are connected by overlaps. Its blocks share the width in
as many columns as overlap at once, which is the fewest possible: taking the first free column in
the order of the starts is an optimal colouring of an interval graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """A block's place on the vertical axis, from `start` up to `end`."""

    start: int
    end: int


class Place(NamedTuple):
    """A block's place on the horizontal axis: its first column, how many it covers, and how many
    its cluster has."""

    column: int
    width: int
    columns: int


def lay_side_by_side(spans: Sequence[Span], *, most: int) -> list[Place | None]:
    """Return the place of each span, or None if `most` columns are taken at its start.

    The spans are ordered by start, and none is empty.
    """
    places: list[Place | None] = [None] * len(spans)
    for cluster in _clusters(spans):
        columns = _columns([spans[number] for number in cluster], most)
        placed = {number: column for number, column in zip(cluster, columns, strict=True) if column}
        count = max(placed.values(), default=0)
        for number, column in placed.items():
            width = _free_width(number, placed, spans, count)
            places[number] = Place(column - 1, width, count)
    return places


def _clusters(spans: Sequence[Span]) -> Iterator[list[int]]:
    """Yield the positions of each cluster's spans."""
    cluster: list[int] = []
    reach = 0
    for number, span in enumerate(spans):
        if cluster and span.start >= reach:
            yield cluster
            cluster = []
        cluster.append(number)
        reach = max(reach, span.end)
    if cluster:
        yield cluster


def _columns(spans: Sequence[Span], most: int) -> list[int]:
    """Return each span's column, counted from 1; 0 if all are taken."""
    free_from: list[int] = []  # by column: the end of its last span
    columns = []
    for span in spans:
        column = next((n for n, end in enumerate(free_from) if end <= span.start), len(free_from))
        if column == most:
            columns.append(0)
            continue
        free_from[column : column + 1] = [span.end]
        columns.append(column + 1)
    return columns


def _free_width(number: int, placed: dict[int, int], spans: Sequence[Span], count: int) -> int:
    """Return how many columns a span can cover: up to the next one with a span beside it."""
    column, (start, end) = placed[number], spans[number]
    beside = (
        other_column
        for other, other_column in placed.items()
        if other_column > column and spans[other].start < end and start < spans[other].end
    )
    return min(beside, default=count + 1) - column
