"""Which category a title gets: the classifier, and a slow one that was written without it."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calendars.models import Category
from calendars.timeline.categories import Classifier
from calendars.timeline.known_categories import known_categories

KNOWN = known_categories(1)
NAMES = {category.pk: category.name for category in KNOWN}
WORDS = [
    "arzt",
    "Ärzte",
    "arztbrief",
    "dentist",
    "Dentists",
    "team",
    "ÉTÉ",
    "ete",
    "a",
    "ab",
    "abc",
]
LETTERS = st.text(alphabet=string.ascii_lowercase[:3] + "äßÉ1", min_size=1, max_size=4)
WORD = st.sampled_from(WORDS) | LETTERS
BETWEEN = st.sampled_from([" ", " ", "  ", "-", ", ", "/", "'", " · "])


def joined(words: Sequence[str], between: Sequence[str]) -> str:
    parts = [part for pair in zip(words, between, strict=False) for part in pair]
    return "".join(parts)


TITLE = st.builds(
    joined, st.lists(WORD, max_size=7), st.lists(BETWEEN, min_size=7, max_size=7)
) | st.text(max_size=30)
KEYWORD = st.builds(
    lambda words, end: " ".join(words) + end,
    st.lists(WORD, min_size=1, max_size=3),
    st.sampled_from(["", "", "*"]),
)
CATEGORY = st.tuples(st.integers(0, 3), st.lists(KEYWORD, max_size=6))


def plain(text: str) -> list[str]:
    """The words of a text, without case and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return re.findall(r"\w+", bare.casefold())


def slow_category(title: str, categories: Sequence[Category]) -> UUID | None:
    """Compare each keyword of each category with each place of the title."""
    words = plain(title)
    hits = []
    for place, category in enumerate(categories):
        for keyword in category.keywords:
            wanted = plain(keyword)
            is_open = keyword.endswith("*")
            if not wanted or (is_open and len(wanted[-1]) < 3):
                continue
            for start in range(len(words) - len(wanted) + 1):
                here = words[start : start + len(wanted)]
                last = here[-1].startswith(wanted[-1]) if is_open else here[-1] == wanted[-1]
                if here[:-1] == wanted[:-1] and last:
                    hits.append((-category.weight, -len(" ".join(wanted)), place, category.pk))
    return min(hits)[3] if hits else None


@settings(max_examples=500, deadline=None)
@given(title=TITLE, rows=st.lists(CATEGORY, max_size=4))
def test_the_classifier_equals_a_slow_one(title: str, rows: list[tuple[int, list[str]]]) -> None:
    categories = [
        Category(id=UUID(int=place + 1), weight=weight, keywords=keywords, position=place)
        for place, (weight, keywords) in enumerate(rows)
    ]

    found = Classifier(categories).of(event_id=uuid4(), summary=title)

    assert (found and found.pk) == slow_category(title, categories)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Stand-up", "Work"),
        ("1:1 with Priya", "Work"),
        ("Zahnarzttermin", "Health"),
        ("DENTIST, before the sales meeting", "Health"),
        ("Kino mit Jo", "Leisure"),
        ("Mittagessen", "Other"),
        ("Grandma's birthday dinner", "Family"),
        ("Elternabend 3b", "Family"),
        ("Team yoga", "Fitness"),
        ("FUSSBALL", "Fitness"),
        ("Songwriting", "Other"),
        ("", "Other"),
        ("🎉", "Other"),
    ],
)
def test_the_known_categories_know_everyday_titles(title: str, expected: str) -> None:
    found = Classifier(KNOWN).of(event_id=uuid4(), summary=title)

    assert found is not None
    assert found.name == expected


def test_without_a_default_a_title_without_keyword_has_none() -> None:
    found = Classifier(KNOWN[:-1]).of(event_id=uuid4(), summary="Mittagessen")

    assert found is None


def test_all_keywords_of_the_known_categories_can_match() -> None:
    for category in KNOWN:
        for keyword in category.keywords:
            title = keyword.replace("*", "")
            alone = Category(id=category.pk, weight=1, keywords=[keyword])
            assert Classifier([alone]).of(event_id=uuid4(), summary=title) is alone, keyword


def test_ids_of_the_known_are_each_persons_own_and_stay() -> None:
    assert [one.pk for one in known_categories(1)] == [one.pk for one in KNOWN]
    assert not {one.pk for one in known_categories(2)} & set(NAMES)
