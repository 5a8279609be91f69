"""What a line is answered with: the title, which is what no span covers, and the spans."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from calendars.typed_line.combining import When
from calendars.typed_line.line import Line
from calendars.typed_line.named import People, Place
from calendars.typed_line.result import Question, Span, Tag, Understood

# Marks that only joined what was cut out to what is left.
_BEFORE_A_CUT = " \t\r\n,;:-–—("  # noqa: RUF001
_AFTER_A_CUT = " \t\r\n,;:-–—)"  # noqa: RUF001


def answer(text: str, line: Line, when: When) -> Understood:
    spans = _spans(line)
    tags = [piece.value for piece in line.pieces if isinstance(piece.value, Tag)]
    place, people = line.value(Place), line.value(People)
    return Understood(
        title=_title(text, spans),
        start=when.start,
        end=when.end,
        all_day=when.start is not None and not isinstance(when.start, datetime),
        recurrence=(when.rule,) if when.rule else (),
        place=place.name if place else "",
        calendar=next((each for each in tags if each.kind == "calendar"), None),
        category=next((each for each in tags if each.kind == "category"), None),
        people=people.guests if people else (),
        spans=spans,
        questions=_questions(line),
    )


def _questions(line: Line) -> tuple[Question, ...]:
    tokens = line.tokens
    notes = [
        Question(note.code, tokens[note.start].start, tokens[note.end - 1].end, (), note.names)
        for note in line.notes.values()
        if not line.is_covered(note.start)
    ]
    asked = {*line.questions, *notes}
    return tuple(sorted(asked, key=lambda each: (each.start, each.end, each.code)))


def _spans(line: Line) -> tuple[Span, ...]:
    tokens = line.tokens
    found = [
        Span(tokens[each.start].start, tokens[each.end - 1].end, each.meaning)
        for each in line.pieces
    ]
    left = [token for at, token in enumerate(tokens) if not line.is_covered(at)]
    if len(left) == 1 and left[0].kind == "quoted":
        # The quotes only protected the title.
        found.append(Span(left[0].start, left[0].start + 1, "quote"))
        found.append(Span(left[0].end - 1, left[0].end, "quote"))
    return tuple(sorted(found))


def _title(text: str, spans: tuple[Span, ...]) -> str:
    """Return what no span covers, without the commas and dashes around what was cut out."""
    borders = [0, *(border for span in spans for border in span[:2]), len(text)]
    parts = []
    for number, (start, end) in enumerate(list(pairwise(borders))[::2]):
        part = text[start:end]
        part = part.lstrip(_AFTER_A_CUT) if number else part
        part = part.rstrip(_BEFORE_A_CUT) if number < len(spans) else part
        parts += part.split() if part.strip(".") else []
    return " ".join(parts)
