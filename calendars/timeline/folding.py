"""Fold texts for comparison: case, accents and punctuation don't count.

A text becomes words. Each character is folded by itself: case folding and compatibility
decomposition (Unicode, sections 3.13 and 3.11), then marks are dropped, and letters that don't
decompose (ø, ł) become their base letter. Letters, digits and the marks that belong to a script
make words; an emoji is a word of its own; everything else separates words. So "Müßte" is "musste"
and "İstanbul" is "istanbul"; tests/calendars/test_folding.py has more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import NamedTuple

# Letters of Latin scripts that Unicode doesn't decompose.
_BASE_LETTERS = dict(zip("øđðłħŧ\u0131ŋ", "oddlhtin", strict=True)) | {
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
}
_MOST_REMEMBERED = 20_000
# Scripts from Thai on don't all separate words by spaces, and a word may be one character.
_FIRST_UNSPACED = "\u0e00"
_SHORTEST_INSIDE = 3
_JOINS = "-'\u2019\u2010\u2011"
_COMPOUND = re.compile(rf"\w+(?:[{_JOINS}]\w+)+")


def words_of(text: str) -> list[str]:
    """Return the folded words of a text, in order."""
    return text.translate(_WORDS).split()


def spaced(text: str) -> str:
    """Return the folded words with a space before and after each, so that ` word ` is a whole
    word and ` wor` the beginning of one. A compound is one word too: "Stand-up" is also found as
    "standup", and "O'Brien" as "obrien"."""
    words = words_of(text)
    if any(sign in text for sign in _JOINS):
        words += ["".join(words_of(one)) for one in _COMPOUND.findall(text)]
    return f" {' '.join(words)} " if words else ""


def is_found_inside(word: str) -> bool:
    """Whether a word also matches within longer words; a short one would be in most texts."""
    return len(word) >= _SHORTEST_INSIDE or max(word) >= _FIRST_UNSPACED


class Part(NamedTuple):
    text: str
    is_match: bool


def marked(text: str, words: Collection[str]) -> list[Part]:
    """Divide a text into parts that match one of the folded words and parts that don't."""
    parts: list[Part] = []
    for character, is_match in zip(text, _matching(text, words), strict=True):
        if parts and parts[-1].is_match == is_match:
            parts[-1] = Part(parts[-1].text + character, is_match)
        else:
            parts.append(Part(character, is_match))
    return parts


def _matching(text: str, words: Collection[str]) -> list[bool]:
    """Return for each character of the text whether it belongs to a match."""
    origins: list[int] = []  # of each folded character: the index of its original
    for index, character in enumerate(text):
        origins += [index] * len(_WORDS[ord(character)])
    shape = text.translate(_WORDS)
    found = [False] * len(text)
    for word in words:
        for start in _places(shape, word):
            for index in range(origins[start], origins[start + len(word) - 1] + 1):
                found[index] = True
    return _with_marks(text, found)


def _places(shape: str, word: str) -> Iterator[int]:
    start = shape.find(word)
    while start >= 0:
        if is_found_inside(word) or start == 0 or shape[start - 1] == " ":
            yield start
        start = shape.find(word, start + 1)


def _with_marks(text: str, found: list[bool]) -> list[bool]:
    """A character that folds to nothing belongs to the one before it."""
    for index in range(1, len(text)):
        if found[index - 1] and not _WORDS[ord(text[index])]:
            found[index] = True
    return found


def _folded(character: str) -> str:
    apart = unicodedata.normalize("NFKD", character.casefold())
    again = unicodedata.normalize("NFKD", apart.casefold())  # of ℡ and the like
    kept = (_BASE_LETTERS.get(one, one) for one in again if not _is_dropped(one))
    return "".join(kept)


def _is_dropped(character: str) -> bool:
    """Marks, variation selectors, joiners, and the modifiers of an emoji's colour."""
    if unicodedata.combining(character) or "\ufe00" <= character <= "\ufe0f":
        return True
    return unicodedata.category(character) == "Cf" or "\U0001f3fb" <= character <= "\U0001f3ff"


def _as_words(character: str) -> str:
    return "".join(map(_shaped, _folded(character)))


def _shaped(character: str) -> str:
    kind = unicodedata.category(character)
    if kind[0] in "LNM":
        return character
    return f" {character} " if kind == "So" else " "


class _Words(dict[int, str]):
    """The folded form of each character, computed once; a mapping for `str.translate`."""

    def __missing__(self, code: int) -> str:
        shape = _as_words(chr(code))
        if len(self) < _MOST_REMEMBERED:
            self[code] = shape
        return shape


_WORDS = _Words()
