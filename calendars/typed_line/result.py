"""What was understood of a typed line, what was not sure, and what the caller brings along."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple, Protocol

# A person's clock, which decides what 9:15 means.
Clock = Literal["12", "24"]
Meaning = Literal[
    "day", "time", "duration", "repetition", "zone", "place", "calendar", "category", "person",
    "quote",
]  # fmt: skip


# Why a reading is not sure; calendars/timeline/typed_questions.py has the words.
Code = Literal[
    "bare-hour", "biweekly", "day-order", "daypart", "each-day",
    "ends-before-start", "hour", "midnight", "month-limit", "next-year",
    "no-day", "no-time", "nth-weekday", "occurs-twice", "only-end",
    "past", "repeats", "several-days", "several-people", "several-tags",
    "skipped-hour", "tomorrow", "too-long", "two-days", "two-times",
    "unknown-person", "unknown-tag", "weekday-mismatch", "which-week", "whole-week",
    "workdays", "zone-season",
]  # fmt: skip


class Span(NamedTuple):
    """A stretch of the text, in code points, that doesn't stand in the title."""

    start: int
    end: int
    meaning: Meaning


class Question(NamedTuple):
    """A reading that is not sure: `code` says why, `start` and `end` where in the text.

    `others` are other starts that may have been meant: dates, or datetimes with a zone; `names` are
    what was looked up (of people, calendars and categories).
    """

    code: Code
    start: int
    end: int
    others: tuple[date, ...] = ()
    names: tuple[str, ...] = ()


class Guest(NamedTuple):
    """A person with an email address; the name may be ""."""

    email: str
    name: str = ""


class Tag(NamedTuple):
    """A calendar or a category of the caller's."""

    kind: Literal["calendar", "category"]
    id: str
    name: str


class Names(Protocol):
    """What the caller knows by name. Each returns all that the name may mean."""

    def people(self, name: str) -> list[Guest]:
        """`name` is of one to three words, as they were typed."""

    def tags(self, name: str) -> list[Tag]:
        """`name` is what stands after the #."""


class NoNames:
    """A caller that knows no names."""

    def people(self, name: str) -> list[Guest]:
        return []

    def tags(self, name: str) -> list[Tag]:
        return []


@dataclass(frozen=True, slots=True)
class Understood:
    """`start` and `end` are dates if `all_day` (the end exclusive), else datetimes in a zone of
    IANA's: the person's, or the one that was named. Without a start no day and no time was said; an
    event with a time but no end says no length. `recurrence` has the lines of RFC 5545."""

    title: str
    start: date | None = None
    end: date | None = None
    all_day: bool = False
    recurrence: tuple[str, ...] = ()
    place: str = ""
    calendar: Tag | None = None
    category: Tag | None = None
    people: tuple[Guest, ...] = ()
    spans: tuple[Span, ...] = ()
    questions: tuple[Question, ...] = ()
