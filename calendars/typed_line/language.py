"""The words of a language, by what they mean. All are written without case (`ß` is `ss`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Generic, Literal, TypeVar

from calendars.typed_line.lexer import Token
from calendars.typed_line.result import Clock, Code

Value = TypeVar("Value")


class Phrases(Generic[Value]):
    """Sequences of words with their values, of which the longest is found."""

    def __init__(self, given: Mapping[str, Value]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], Value]]] = {}
        for written, value in sorted(given.items(), key=lambda item: -item[0].count(" ")):
            words = tuple(written.casefold().split())
            self._by_first.setdefault(words[0], []).append((words, value))

    def find(self, tokens: list[Token], at: int) -> tuple[int, Value] | None:
        if at >= len(tokens):
            return None
        for words, value in self._by_first.get(tokens[at].low, ()):
            end = at + len(words)
            here = tokens[at:end]
            if len(here) == len(words) and all(
                token.low == word for token, word in zip(here, words, strict=True)
            ):
                return end, value
        return None

    def first_words(self) -> set[str]:
        return set(self._by_first)

    def words(self) -> set[str]:
        return {word for each in self._by_first.values() for words, _ in each for word in words}


def phrases(*written: str) -> Phrases[bool]:
    return Phrases(dict.fromkeys(written, True))


def of(values: Mapping[Value, str]) -> Phrases[Value]:
    """Turn {value: "a phrase, another"} around."""
    pairs = (
        (phrase.strip(), value) for value, all_of in values.items() for phrase in all_of.split(",")
    )
    return Phrases(dict(pairs))


@dataclass(frozen=True)
class Language:
    """One language. Units are "minute", "hour", "day", "week", "month", "year"."""

    tag: str
    clock: Clock
    weekdays: Phrases[int]
    doubtful: frozenset[str]  # weekdays that are words too: they need a sign beside them
    plural_weekdays: Phrases[int]  # every such day
    months: Phrases[int]
    numbers: Phrases[int]
    ordinals: Phrases[int]
    ordinal_endings: frozenset[str]
    units: Phrases[str]
    lengths: Phrases[int]  # whole durations, in minutes
    halves: Phrases[int]  # numbers and a half: 1 is one and a half
    relative: Phrases[int]  # days from today
    dayparts: Phrases[str]
    dayparts_today: Phrases[str]
    dayparts_after_time: Phrases[str]
    dayparts_after_day: Phrases[str]
    noon: Phrases[str]
    before_day: Phrases[str]
    before_time: Phrases[bool]
    before_range: Phrases[bool]
    before_length: Phrases[bool]
    after_length: Phrases[bool]
    between: Phrases[bool]
    between_and: Phrases[bool]
    to: Phrases[bool]
    this: Phrases[bool]
    next: Phrases[int]  # weeks further than the next one
    coming: Phrases[bool]
    next_week: Phrases[int]
    week_later: Phrases[int]  # after a weekday: weeks added
    week_before: Phrases[int]  # before a weekday: weeks added
    weekend: Phrases[bool]
    end_of: Phrases[bool]
    end_of_month: Phrases[bool]
    in_: Phrases[bool]
    from_now: Phrases[bool]
    of_: Phrases[bool]
    o_clock: Phrases[bool]
    past: Phrases[bool]
    before: Phrases[bool]
    half_past: Phrases[bool]
    half_to: Phrases[bool]
    quarter: Phrases[bool]
    three_quarters: Phrases[bool]
    every: Phrases[bool]
    other: Phrases[bool]
    sure_intervals: frozenset[int]  # "every second Tuesday" that is clearly each second one
    adverbs: Phrases[tuple[str, int, Code | Literal[""]]]
    workdays: Phrases[Code | Literal[""]]
    every_weekend: Phrases[bool]
    of_one_month: Phrases[bool]
    of_month: Phrases[bool]
    of_each_month: Phrases[bool]
    month_days: Phrases[bool]
    until: Phrases[bool]
    through: Phrases[bool]
    times: Phrases[bool]
    counts: Phrases[int]
    and_: Phrases[bool]
    with_: Phrases[bool]
    at_place: Phrases[bool]
    places: Phrases[str]
    articles: frozenset[str]
    connectors: frozenset[str]
    no_places: frozenset[str]
    fixed_names: frozenset[tuple[str, str]]
    zone_words: frozenset[str]
    own_words: frozenset[str] = frozenset()

    @cached_property
    def words(self) -> frozenset[str]:
        """All words, for telling the languages apart."""
        held = {word for table in self._tables() for word in table.words()}
        return frozenset(word for word in held if len(word) > 1) | self.own_words

    @cached_property
    def beginnings(self) -> frozenset[str]:
        """The words with which anything that is understood can begin."""
        return frozenset(word for table in self._tables() for word in table.first_words())

    def _tables(self) -> Iterator[Phrases[object]]:
        values = (getattr(self, field.name) for field in fields(self))
        return (value for value in values if isinstance(value, Phrases))
