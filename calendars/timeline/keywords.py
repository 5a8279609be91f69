"""Keywords of categories, and the index that finds them in a title. No database.

A keyword is one or several words. Its words must be in the title, side by side and whole; with `*`
at the end the last one is the beginning of a word. Case and accents don't matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from calendars.timeline.matches import folded

LONGEST_READ = 500  # of a title; the rest is not looked at
SHORTEST_BEGINNING = 3  # letters before a `*`: they select the candidates
_WORD = re.compile(r"\w+")


class Keyword(NamedTuple):
    """The words of a keyword, folded; `is_open`: the last one is a beginning."""

    words: tuple[str, ...]
    is_open: bool

    @classmethod
    def parse(cls, text: str) -> Keyword:
        return cls(words_of(text), text.rstrip().endswith("*"))

    @property
    def is_valid(self) -> bool:
        if not self.words:
            return False
        return not self.is_open or len(self.words[-1]) >= SHORTEST_BEGINNING

    @property
    def length(self) -> int:
        return sum(map(len, self.words)) + len(self.words) - 1


class Rule(NamedTuple):
    """What decides of a category whether it is found; `place` breaks ties."""

    category_id: UUID
    weight: int
    place: int
    keywords: tuple[str, ...]


def words_of(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(folded(text[:LONGEST_READ])))


@dataclass(frozen=True, slots=True)
class Found:
    """A keyword and its category."""

    category_id: UUID
    written: str
    keyword: Keyword


class KeywordIndex:
    """Finds the best keyword of a title: of the category with the highest weight; of several, the
    longest; of several, that of the first category.

    All keywords are ranked once. A title then costs three dictionary lookups per word, however
    many keywords there are.
    """

    __slots__ = ("_beginnings", "_phrases", "_ranked", "_words")

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._ranked = _ranked(rules)
        self._words: dict[str, int] = {}
        self._phrases: dict[str, list[int]] = {}
        self._beginnings: dict[str, list[int]] = {}
        for rank, found in enumerate(self._ranked):
            words, is_open = found.keyword
            if len(words) > 1:
                self._phrases.setdefault(words[0], []).append(rank)
            elif is_open:
                self._beginnings.setdefault(words[0][:SHORTEST_BEGINNING], []).append(rank)
            else:
                self._words.setdefault(words[0], rank)

    def find(self, title: str) -> Found | None:
        """Return the keyword that decides, or None."""
        text = title[:LONGEST_READ]
        words = _WORD.findall(text.lower() if text.isascii() else folded(text))
        best = none = len(self._ranked)
        exact, phrases, beginnings = self._words, self._phrases, self._beginnings
        for place, word in enumerate(words):
            rank = exact.get(word, none)
            if rank < best:
                best = rank
            if word[:SHORTEST_BEGINNING] in beginnings:
                best = self._beginning(word, best)
            if word in phrases:
                best = self._phrase(words, place, best)
        return self._ranked[best] if best < none else None

    def _beginning(self, word: str, best: int) -> int:
        for rank in self._beginnings[word[:SHORTEST_BEGINNING]]:
            if rank >= best:
                break
            if word.startswith(self._ranked[rank].keyword.words[0]):
                return rank
        return best

    def _phrase(self, words: Sequence[str], place: int, best: int) -> int:
        for rank in self._phrases[words[place]]:
            if rank >= best:
                break
            if _begins(words, place, self._ranked[rank].keyword):
                return rank
        return best


def _begins(words: Sequence[str], place: int, keyword: Keyword) -> bool:
    *whole, last = keyword.words
    end = place + len(whole)
    if end >= len(words) or list(words[place:end]) != whole:
        return False
    return words[end].startswith(last) if keyword.is_open else words[end] == last


def _ranked(rules: Iterable[Rule]) -> list[Found]:
    """Return all keywords, the best first."""
    parsed = [
        (-rule.weight, -keyword.length, rule.place, Found(rule.category_id, text, keyword))
        for rule in rules
        for text in rule.keywords
        if (keyword := Keyword.parse(text)).is_valid
    ]
    return [found for *_, found in sorted(parsed, key=lambda each: each[:3])]
