"""Understand one typed line: find the pieces from left to right; the rest is the title."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from calendars.typed_line.answer import answer
from calendars.typed_line.combining import combine
from calendars.typed_line.days import days
from calendars.typed_line.durations import duration
from calendars.typed_line.english import ENGLISH
from calendars.typed_line.german import GERMAN
from calendars.typed_line.language import Language
from calendars.typed_line.lexer import Token, tokens_of
from calendars.typed_line.line import Found, Line, Piece
from calendars.typed_line.named import people, place, tag
from calendars.typed_line.repetition import limit, only_end, repetition
from calendars.typed_line.result import (
    Clock,
    Meaning,
    Names,
    NoNames,
    Question,
    Tag,
    Understood,
)
from calendars.typed_line.selection import select
from calendars.typed_line.times import daypart, moments, offset, times
from calendars.typed_line.zones import zone_at

LONGEST = 500  # characters
LANGUAGES = {language.tag: language for language in (ENGLISH, GERMAN)}
# Where the month comes first: CLDR's short dates of these regions.
_MONTH_FIRST = frozenset(("en-us", "en-ph", "en-pr"))
_RULES: tuple[tuple[Meaning, Callable[[Line, int], Found[object] | None]], ...] = (
    ("repetition", repetition),
    ("repetition", limit),
    ("repetition", only_end),
    ("day", moments),
    ("day", days),
    ("time", offset),
    ("zone", zone_at),
    ("time", times),
    ("time", daypart),
    ("duration", duration),
)


def understand(
    text: str,
    *,
    now: datetime,
    zone: str,
    language: str,
    names: Names | None = None,
    clock: Clock | None = None,
) -> Understood:
    """Return what a line says, with the times in `zone`.

    `language` is the person's tag ("de", "en-US"): it decides the order of day and month. A line
    that is plainly in another language is read in that one. `clock` is the person's, by default
    their language's. Never raises for any text; one that is too long is a title.
    """
    if len(text) > LONGEST:
        question = Question("too-long", 0, len(text))
        return Understood(" ".join(text.split()), questions=(question,))
    line = _line(text, now.astimezone(ZoneInfo(zone)), language, clock)
    _find_pieces(line, names or NoNames())
    select(line)
    when = combine(line, now, ZoneInfo(zone))
    _find_names(line, names or NoNames())
    return answer(text, line, when)


def _line(text: str, now: datetime, language: str, clock: Clock | None) -> Line:
    tokens = tokens_of(text)
    own = LANGUAGES.get(language.partition("-")[0].lower(), ENGLISH)
    spoken = _spoken_language(tokens, own)
    return Line(tokens, spoken, clock or spoken.clock, language.lower() in _MONTH_FIRST, now.date())


def _spoken_language(tokens: list[Token], own: Language) -> Language:
    """The person's, unless another language has more of the words."""
    words = {token.low for token in tokens if token.kind == "word"}
    counts = {tag: len(words & only) for tag, only in _words_of_one_language().items()}
    best = max(counts, key=lambda tag: counts[tag])
    return LANGUAGES[best] if counts[best] > counts[own.tag] else own


@lru_cache(maxsize=1)
def _words_of_one_language() -> dict[str, frozenset[str]]:
    """The words that tell a language: those of no other one."""
    all_words = {tag: language.words for tag, language in LANGUAGES.items()}
    return {
        tag: frozenset(words).difference(
            *(other for each, other in all_words.items() if each != tag)
        )
        for tag, words in all_words.items()
    }


def _find_pieces(line: Line, names: Names) -> None:
    at = 0
    while at < len(line.tokens):
        piece = _piece(line, at, names)
        if piece is not None:
            line.add(piece)
        at = piece.end if piece else at + 1


def _piece(line: Line, at: int, names: Names) -> Piece[object] | None:
    if not _may_begin(line, line.tokens[at]):
        return None
    for meaning, rule in _RULES:
        found = rule(line, at)
        if found is not None and line.is_free(at, found.end):
            return Piece(at, found.end, meaning, found.value)
    tagged = tag(line, at, names) if line.tokens[at].gap else None
    if tagged is None or any(_is_tag(piece, tagged.value.kind) for piece in line.pieces):
        return None
    return Piece(at, tagged.end, tagged.value.kind, tagged.value)


def _may_begin(line: Line, token: Token) -> bool:
    """Most tokens begin nothing; a zone is the one word that isn't in the tables."""
    if token.kind == "word":
        after_time = bool(line.pieces) and line.pieces[-1].meaning == "time"
        return token.low in line.language.beginnings or after_time
    return token.kind == "number" or token.low in ("@", "#")


def _is_tag(piece: Piece[object], kind: str) -> bool:
    return isinstance(piece.value, Tag) and piece.value.kind == kind


def _find_names(line: Line, names: Names) -> None:
    """Places and people reach up to other pieces, so they come last; a title must be left."""
    rules: tuple[tuple[Meaning, Callable[[int], Found[object] | None]], ...] = (
        ("person", lambda at: people(line, at, names)),
        ("place", lambda at: place(line, at)),
    )
    for meaning, rule in rules:
        piece = _first_piece(line, meaning, rule)
        if piece is not None:
            line.add(piece)
            if not _is_anything_left(line):
                line.drop(piece)
    line.pieces.sort(key=lambda piece: piece.start)
    _note_month(line)


def _first_piece(
    line: Line, meaning: Meaning, rule: Callable[[int], Found[object] | None]
) -> Piece[object] | None:
    for at in range(len(line.tokens)):
        found = None if line.is_covered(at) else rule(at)
        if found is not None and line.is_free(at, found.end):
            return Piece(at, found.end, meaning, found.value)
    return None


def _is_anything_left(line: Line) -> bool:
    kinds = ("word", "number", "quoted", "kept", "email")
    return any(
        token.kind in kinds and not line.is_covered(at) for at, token in enumerate(line.tokens)
    )


def _note_month(line: Line) -> None:
    """A month alone is no day: it stays in the title, and is asked about."""
    if line.has("day") or line.has("repetition"):
        return
    for at, token in enumerate(line.tokens):
        month = line.find(at + 1, line.language.months) if token.low in ("in", "im") else None
        if month is not None and not line.is_covered(at):
            line.note("no-day", at + 1, month.end)
