"""Overlapping blocks stand side by side in the fewest columns, and keep their order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendars.timeline.clusters import Place, Span, lay_side_by_side

MANY = 1_000
spans = st.lists(
    st.builds(
        lambda start, length: Span(start, start + length), st.integers(0, 80), st.integers(1, 40)
    ),
    max_size=14,
).map(lambda found: sorted(found, key=lambda span: span.start))


def overlaps(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def depth(group: Sequence[Span]) -> int:
    """Return how many overlap at once, by counting each step of the axis."""
    return max((sum(s.start <= at < s.end for s in group) for at in range(121)), default=0)


def clusters(found: Sequence[Span]) -> list[set[int]]:
    """Return the connected components of overlaps, by merging until nothing changes."""
    groups = [{number} for number in range(len(found))]
    while True:
        for one, other in combinations(groups, 2):
            if any(overlaps(found[a], found[b]) for a in one for b in other):
                one |= other
                groups.remove(other)
                break
        else:
            return groups


@given(spans)
def test_no_two_blocks_share_a_pixel(found: list[Span]) -> None:
    places = lay_side_by_side(found, most=MANY)
    for (one, at), (other, beside) in combinations(zip(found, places, strict=True), 2):
        assert at
        assert beside
        if overlaps(one, other):
            assert at.columns == beside.columns
            assert (
                at.column + at.width <= beside.column or beside.column + beside.width <= at.column
            )


@given(spans)
def test_a_cluster_has_as_many_columns_as_overlap_at_once(found: list[Span]) -> None:
    places = lay_side_by_side(found, most=MANY)
    for group in clusters(found):
        expected = depth([found[number] for number in group])
        assert {places[number].columns for number in group} == {expected}  # type: ignore[union-attr]


@given(spans)
def test_blocks_that_start_together_keep_their_order(found: list[Span]) -> None:
    places = lay_side_by_side(found, most=MANY)
    for (one, at), (other, beside) in combinations(zip(found, places, strict=True), 2):
        if one.start == other.start:
            assert at.column < beside.column  # type: ignore[union-attr]


@given(spans)
def test_a_block_covers_the_free_columns_to_its_right(found: list[Span]) -> None:
    places = lay_side_by_side(found, most=MANY)
    for number, place in enumerate(places):
        assert place
        assert place.column + place.width <= place.columns
        after = place.column + place.width
        if after < place.columns:
            beside = [
                other
                for other, found_at in zip(found, places, strict=True)
                if found_at and found_at.column == after and overlaps(other, found[number])
            ]
            assert beside


@given(spans, st.integers(1, 4))
def test_no_cluster_has_more_columns_than_allowed(found: list[Span], most: int) -> None:
    places = lay_side_by_side(found, most=most)
    placed = [place for place in places if place]
    assert all(place.columns <= most for place in placed)
    for number, (span, place) in enumerate(zip(found, places, strict=True)):
        if place is None:  # left out only if all columns are taken where it starts
            earlier = zip(found[:number], places[:number], strict=True)
            taken = [s for s, at in earlier if at and s.start <= span.start < s.end]
            assert len(taken) == most


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([], []),
        ([Span(0, 5)], [Place(0, 1, 1)]),
        ([Span(0, 5), Span(5, 9)], [Place(0, 1, 1), Place(0, 1, 1)]),
        ([Span(0, 9), Span(3, 12), Span(9, 15)], [Place(0, 1, 2), Place(1, 1, 2), Place(0, 1, 2)]),
        (
            [Span(0, 4), Span(0, 4), Span(0, 9), Span(5, 9)],
            [Place(0, 1, 3), Place(1, 1, 3), Place(2, 1, 3), Place(0, 2, 3)],
        ),
    ],
)
def test_known_layouts(found: list[Span], expected: list[Place]) -> None:
    assert lay_side_by_side(found, most=MANY) == expected
