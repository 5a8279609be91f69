"""A line while it is read: its tokens, the pieces found so far, and the small words of grammar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, NamedTuple, TypeVar

from calendars.typed_line.language import Language, Phrases
from calendars.typed_line.lexer import Token
from calendars.typed_line.result import Clock, Code, Meaning, Question

Value = TypeVar("Value")
Value_co = TypeVar("Value_co", covariant=True)
DASHES = frozenset("-–—−")  # noqa: RUF001 - all are typed for spans
SEPARATORS = frozenset(",;")
_CLOSING = frozenset(",;:.!?)…")
_OPENING = frozenset("(,;:")


class Found(NamedTuple, Generic[Value_co]):
    """`end` is the index of the first token after what was found."""

    end: int
    value: Value_co


class Piece(NamedTuple, Generic[Value_co]):
    """Something understood in the tokens from `start` to `end`."""

    start: int
    end: int
    meaning: Meaning
    value: Value_co


class Note(NamedTuple):
    """A question about the tokens from `start` to `end`."""

    code: Code
    start: int
    end: int
    names: tuple[str, ...]


@dataclass
class Line:
    """`month_first` says how 3/4 is read; `clock` how 9:15 is."""

    tokens: list[Token]
    language: Language
    clock: Clock
    month_first: bool
    today: date
    pieces: list[Piece[object]] = field(default_factory=list)
    covered: set[int] = field(default_factory=set)  # the tokens of the pieces
    questions: list[Question] = field(default_factory=list)
    notes: dict[tuple[Code, int], Note] = field(default_factory=dict)

    def note(self, code: Code, start: int, end: int, names: tuple[str, ...] = ()) -> None:
        """Keep a question about tokens that stay in the title."""
        self.notes[code, start] = Note(code, start, end, names)

    def is_covered(self, at: int) -> bool:
        return at in self.covered

    def low(self, at: int) -> str:
        return self.tokens[at].low if 0 <= at < len(self.tokens) else ""

    def token(self, at: int) -> Token | None:
        return self.tokens[at] if 0 <= at < len(self.tokens) else None

    def is_glued(self, at: int) -> bool:
        """Whether this token stands without a space after the one before."""
        token = self.token(at)
        return token is not None and not token.gap

    def number(self, at: int, *, digits: int = 2) -> int | None:
        token = self.token(at)
        if token is None or token.kind != "number" or len(token.text) > digits:
            return None
        return int(token.text)

    def skip(self, at: int, table: Phrases[Value]) -> int:
        """Return the index after one of these phrases if it stands here."""
        found = table.find(self.tokens, at)
        return found[0] if found else at

    def skip_mark(self, at: int, marks: frozenset[str] | str) -> int:
        return at + 1 if self.low(at) and self.low(at) in marks else at

    def find(self, at: int, table: Phrases[Value]) -> Found[Value] | None:
        found = table.find(self.tokens, at)
        return Found(*found) if found else None

    def count(self, at: int) -> Found[int] | None:
        """Return a whole number in digits or in words."""
        number = self.number(at, digits=3)
        return Found(at + 1, number) if number is not None else self.find(at, self.language.numbers)

    def ordinal(self, at: int) -> Found[int] | None:
        """Return "second", "2nd", "2."; the last is -1."""
        number = self.number(at)
        if number is None:
            return self.find(at, self.language.ordinals)
        if self.is_glued(at + 1) and self.low(at + 1) in self.language.ordinal_endings | {"."}:
            return Found(at + 2, number)
        return None

    def is_free(self, start: int, end: int) -> bool:
        """Whether the stretch is not a part of a longer word, as in heute-show or Monday.com."""
        before, after = self.token(start - 1), self.token(end)
        if before and not self.tokens[start].gap and before.low not in _OPENING:
            return False
        if after is None or after.gap:
            return True
        return after.low in _CLOSING and (after.low in ",;" or not self._is_word_glued(end + 1))

    def _is_word_glued(self, at: int) -> bool:
        token = self.token(at)
        return token is not None and not token.gap and token.kind != "mark"

    def is_beside(self, at: int) -> bool:
        """Whether a piece ends just before this token, perhaps with a comma between."""
        if not self.pieces:
            return False
        end = self.pieces[-1].end
        return at in (end, self.skip_mark(end, SEPARATORS))

    def piece(self, kind: type[Value]) -> Piece[Value] | None:
        """Return the first piece whose value is of this type."""
        for piece in self.pieces:
            if isinstance(piece.value, kind):
                return Piece(piece.start, piece.end, piece.meaning, piece.value)
        return None

    def value(self, kind: type[Value]) -> Value | None:
        piece = self.piece(kind)
        return piece.value if piece else None

    def add(self, piece: Piece[object]) -> None:
        self.pieces.append(piece)
        self.covered.update(range(piece.start, piece.end))

    def drop(self, piece: Piece[object]) -> None:
        """Take a piece out: its words stay in the title."""
        self.pieces.remove(piece)
        self.covered.difference_update(range(piece.start, piece.end))

    def ask(self, code: Code, piece: Piece[object], *others: date) -> None:
        """Keep a question about something understood."""
        start, end = self.tokens[piece.start].start, self.tokens[piece.end - 1].end
        self.questions.append(Question(code, start, end, others))

    def has(self, meaning: Meaning) -> bool:
        return any(piece.meaning == meaning for piece in self.pieces)


Rule = Callable[[Line, int], Found[Value] | None]


def first_of(line: Line, at: int, *rules: Rule[Value]) -> Found[Value] | None:
    """Return what the first rule that fits finds."""
    for rule in rules:
        found = rule(line, at)
        if found is not None:
            return found
    return None
