"""What is named in a line: places, people, calendars and categories.

Places and people are looked for when the times are known, because they reach up to the next piece.
"""

from __future__ import annotations

from typing import NamedTuple

from calendars.typed_line.line import SEPARATORS, Found, Line
from calendars.typed_line.result import Code, Guest, Names, Tag

_MOST_WORDS = 8  # of a place
_MOST_PEOPLE = 20
_WORDS_OF_A_NAME = 3
_JOINING = frozenset("-–&.'’/")  # noqa: RUF001


class Place(NamedTuple):
    name: str


class People(NamedTuple):
    guests: tuple[Guest, ...]


def tag(line: Line, at: int, names: Names) -> Found[Tag] | None:
    """#work, #"Home Office". One that isn't known stays in the title, and so does #42."""
    after = line.token(at + 1)
    if line.low(at) != "#" or after is None or after.gap or after.kind not in ("word", "quoted"):
        return None
    end = at + 2
    while line.is_glued(end) and (
        line.low(end) in "-_" or line.tokens[end].kind in ("word", "number")
    ):
        end += 1
    if line.low(end - 1) in ("-", "_"):
        end -= 1
    written = after.text[1:-1] if after.kind == "quoted" else _text(line, at + 1, end)
    found = names.tags(written)
    if len(found) == 1:
        return Found(end, found[0])
    code: Code = "several-tags" if found else "unknown-tag"
    line.note(code, at, end, names=tuple(each.name for each in found))
    return None


def _text(line: Line, start: int, end: int) -> str:
    """Return the tokens as they were typed, white space as single spaces."""
    written = ""
    for token in line.tokens[start:end]:
        written += (" " if token.gap and written else "") + token.text
    return written


def people(line: Line, at: int, names: Names) -> Found[People] | None:
    """with Anna, Bob and clara@example.org: all of them are known, or all stay in the title."""
    start = line.skip(at, line.language.with_)
    if start == at:
        return None
    guests: list[Guest] = []
    end = start
    while len(guests) < _MOST_PEOPLE:
        person = _person(line, end if guests else start, names)
        if person is None:
            break
        guests += [person.value] if person.value not in guests else []
        end = _next_person(line, person.end)
        if end == person.end:
            return Found(person.end, People(tuple(guests)))
    if guests and line.low(end - 1) in SEPARATORS:
        return Found(end - 1, People(tuple(guests)))
    _note_unknown(line, end if guests else start, names)
    return None


def _next_person(line: Line, at: int) -> int:
    after = line.skip(line.skip_mark(at, SEPARATORS | {"&", "+"}), line.language.and_)
    return at if line.is_covered(after) or line.token(after) is None else after


def _person(line: Line, at: int, names: Names) -> Found[Guest] | None:
    token = line.token(at)
    if token is None or line.is_covered(at):
        return None
    if token.kind == "email":
        return Found(at + 1, Guest(token.text))
    for length in range(_WORDS_OF_A_NAME, 0, -1):
        if _is_name(line, at, length):
            found = names.people(_text(line, at, at + length))
            if len(found) == 1:
                return Found(at + length, found[0])
    return None


def _is_name(line: Line, at: int, length: int) -> bool:
    words = line.tokens[at : at + length]
    plain = all(each.kind == "word" for each in words)
    return len(words) == length and plain and not any(map(line.is_covered, range(at, at + length)))


def _note_unknown(line: Line, at: int, names: Names) -> None:
    """Tell that a name was not found, if a name it seems to be: nothing but a piece follows it."""
    token = line.token(at)
    if token is None or token.kind != "word" or not token.is_capital or line.is_covered(at):
        return
    several = names.people(token.text)
    after = line.token(at + 1)
    if several:
        found = tuple(each.name or each.email for each in several)
        line.note("several-people", at, at + 1, names=found)
    elif after is None or line.is_covered(at + 1):
        line.note("unknown-person", at, at + 1, names=(token.text,))


# Places


def place(line: Line, at: int) -> Found[Place] | None:
    """at Luigi's, in Room 5, in der Bibliothek, @Luigi's, zu Hause"""
    fixed = line.find(at, line.language.places)
    if fixed is not None and _reaches_a_border(line, fixed.end):
        return Found(fixed.end, Place(fixed.value))
    after_mark = at + 1 if line.low(at) == "@" else at
    start = after_mark if after_mark > at else line.skip(at, line.language.at_place)
    if start == at or (after_mark == at and at == 0):
        return None
    return _named_place(line, at, start)


def _named_place(line: Line, at: int, start: int) -> Found[Place] | None:
    end = _border(line, start)
    words = line.tokens[start:end]
    if not words or len(words) > _MOST_WORDS or words[-1].low in line.language.connectors:
        return None
    with_article = (
        words[0].low in line.language.articles or line.low(start - 1) in line.language.articles
    )
    first = start + (words[0].low in line.language.articles and not words[0].is_capital)
    if first >= end or line.low(first) in line.language.no_places:
        return None
    if line.find(first, line.language.months) or line.find(first, line.language.weekdays):
        return None
    is_plain = with_article or line.low(at) == "@"
    if not all(_fits(line, each, is_plain) for each in range(first, end)):
        return None
    if not any(token.kind == "word" for token in line.tokens[first:end]):
        return None
    return Found(end, Place(_text(line, first, end)))


def _fits(line: Line, at: int, is_plain: bool) -> bool:
    """Whether a token may stand in the name of a place; after "the" and "@" also small words."""
    token = line.tokens[at]
    if token.kind == "word":
        joined = token.low in line.language.connectors or not token.gap
        return token.is_capital or joined or (is_plain and line.language.tag == "en")
    return token.kind in ("number", "quoted") or token.low in _JOINING


def _border(line: Line, at: int) -> int:
    """Return where a place ends: at a piece, a comma or the end, or when it is too long."""
    end = at
    while end <= at + _MOST_WORDS and not _ends_place(line, end, at):
        end += 1
    return end


def _ends_place(line: Line, at: int, start: int) -> bool:
    if line.token(at) is None or line.is_covered(at):
        return True
    if line.low(at) in SEPARATORS or line.low(at) in ("#", "@", ":", "("):
        return True
    if at > start and line.find(at, line.language.with_):
        return True
    return line.low(at) == "." and (line.token(at + 1) is None or line.tokens[at + 1].gap)


def _reaches_a_border(line: Line, at: int) -> bool:
    return _border(line, at) == at
