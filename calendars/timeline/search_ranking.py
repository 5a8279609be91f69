"""The SQL of search: which entries match, and the order of those that do.

`@@`, `<%` and `~` are not leakproof, so below row-level security their indexes go unused. Here an
owner's entries are found by the index on the owner, whose comparison is leakproof, and `strpos`
reads the words of 10,000 of them in a few milliseconds: docs/design.md has the figures.

Order: events that match as they were asked for, before those that match after a typing error; then
title before place before people before notes, and within one the whole word before its beginning
before its inside; then what is to come before what is over, the nearer first. The costs of several
words are added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from calendars.timeline.folding import is_found_inside
from calendars.timeline.near_words import halves
from config.web.pagination import Place

LEVELS = 3
NOTES = 3  # the place of notes among the fields; title, place and people are before
TYPO = 10_000  # more than the other costs of 200 characters together
FAR = 10**12  # seconds: an occurrence beyond the stored horizon
FEW = 3  # words that are looked for one by one
_PEOPLE = "substr(lines, place_end + 1)"
# The first place of a word among the lines is in the best field; the whole word, or its beginning,
# is in the same one if it comes before that field's end.
_FIELD = "CASE WHEN {0} <= title_end THEN 0 WHEN {0} <= place_end THEN 1 ELSE 2 END"
COST = f"""(
  SELECT CASE
    WHEN found > 0 THEN {_FIELD.format("found")} * {LEVELS} + CASE
      WHEN whole > 0 AND whole <= field_end THEN 0
      WHEN begun > 0 AND begun <= field_end THEN 1 ELSE 2 END
    WHEN {{in_notes}} THEN {NOTES * LEVELS} + CASE
      WHEN {{whole_in_notes}} THEN 0 WHEN {{begun_in_notes}} THEN 1 ELSE 2 END
    ELSE {TYPO} + {_FIELD.format("near")} * {LEVELS} END
  FROM (SELECT {{places}}) AS places, LATERAL (SELECT CASE
    WHEN found <= title_end THEN title_end
    WHEN found <= place_end THEN place_end ELSE {2**31 - 1} END AS field_end) AS ends)
"""  # noqa: S608  # nosec B608 - our own words

# What the statements have in common. `pivot` is now, within the range that is asked for.
HITS = """
WITH hits AS MATERIALIZED (
  SELECT event_id, series_id, repeats, start_at, last_at, end_at, longest, {match.cost} AS cost,
    CASE WHEN all_day THEN %(pivot_day)s ELSE %(pivot)s END::timestamptz AS pivot,
    CASE WHEN all_day THEN %(first)s ELSE %(after)s END::timestamptz AS after,
    CASE WHEN all_day THEN %(last)s ELSE %(before)s END::timestamptz AS before
  FROM calendars_searchentry AS entry
  WHERE owner_id = %(owner)s AND calendar_id = ANY(%(calendars)s) AND longest >= 0
    AND {match.condition}
), near AS (
  SELECT hits.event_id, hits.series_id, hits.repeats, cost, pivot,
    coalesce(hits.end_at <= pivot AND hits.last_at < pivot, false) AS is_over,
    hits.start_at, hits.last_at, coming.start_at AS coming_at, former.start_at AS former_at
  FROM hits
  LEFT JOIN LATERAL (
    SELECT one.start_at FROM calendars_occurrence AS one
    WHERE hits.repeats AND one.owner_id = %(owner)s AND one.event_id = hits.event_id
      AND coalesce(hits.end_at > pivot OR hits.last_at >= pivot, true)
      AND one.original_start_at >= pivot - hits.longest * interval '1 second'
      AND (one.end_at > pivot OR one.start_at >= pivot) AND one.start_at < hits.before
    ORDER BY one.original_start_at LIMIT 1) AS coming ON true
  LEFT JOIN LATERAL (
    SELECT one.start_at FROM calendars_occurrence AS one
    WHERE %(ranged)s AND hits.repeats AND coming.start_at IS NULL
      AND one.owner_id = %(owner)s AND one.event_id = hits.event_id
      AND one.original_start_at >= hits.after - hits.longest * interval '1 second'
      AND one.original_start_at < pivot
      AND (one.end_at > hits.after OR one.start_at >= hits.after) AND one.start_at < hits.before
    ORDER BY one.original_start_at DESC LIMIT 1) AS former ON true
  WHERE hits.start_at < hits.before
    AND (hits.end_at IS NULL OR hits.end_at > hits.after OR hits.last_at >= hits.after)
)
"""
# With a range, the series of which no occurrence from the pivot on is stored: they may have one.
UNSURE = (
    HITS  # nosec B608 - our own words
    + """
SELECT event_id FROM near WHERE repeats AND coming_at IS NULL ORDER BY event_id LIMIT %(most)s
"""
)
FOUND = (
    HITS  # noqa: S608  # nosec B608 - our own words
    + """
, placed AS (
  SELECT event_id, series_id, cost, pivot,
    CASE WHEN NOT repeats OR NOT %(ranged)s THEN is_over
         ELSE coming_at IS NULL AND coalesce((known ->> 'is_past')::boolean, true)
         END AS is_past,
    CASE WHEN NOT repeats THEN near.start_at
         WHEN %(ranged)s THEN coalesce(coming_at, (known ->> 'at')::timestamptz, former_at)
         WHEN is_over THEN last_at ELSE coming_at END AS at,
    repeats
  FROM (SELECT *, CASE WHEN repeats AND %(ranged)s
          THEN %(known)s::jsonb -> event_id::text END AS known FROM near) AS near
), measured AS (
  SELECT event_id, series_id, cost, is_past::integer AS past, at,
    CASE WHEN at IS NULL THEN %(far)s WHEN is_past THEN floor(extract(epoch FROM pivot - at))
         ELSE floor(extract(epoch FROM at - pivot)) END::bigint AS seconds
  FROM placed WHERE NOT %(ranged)s OR at IS NOT NULL
), first AS (
  SELECT *, row_number() OVER (
    PARTITION BY series_id ORDER BY cost, past, seconds, event_id) AS place
  FROM measured
)
SELECT cost, past, seconds, event_id, at FROM first WHERE place = 1 AND {beside}
ORDER BY {order} LIMIT %(limit)s
"""
)
_ORDER = ("cost", "past", "seconds", "event_id")
_TYPES = ("bigint", "bigint", "bigint", "uuid")


def beside(place: Place, *, backwards: bool) -> tuple[dict[str, str], dict[str, Any]]:
    """Return the parts `beside` and `order` of FOUND and their parameters, for what is next to a
    place in the order; without one, for the beginning."""
    order = ", ".join(f"{name}{' DESC' if backwards else ''}" for name in _ORDER)
    given = {f"place_{name}": value for name, value in zip(_ORDER, place, strict=False)}
    there = ", ".join(f"%({name})s::{kind}" for name, kind in zip(given, _TYPES, strict=False))
    side = "<" if backwards else ">"
    condition = f"({', '.join(_ORDER)}) {side} ({there})" if place else "true"
    return {"beside": condition, "order": order}, {**given, "far": FAR}


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is asked for, and the words of the owner's that a typing error made it of."""

    text: str
    near: tuple[str, ...] = ()

    @property
    def anywhere(self) -> str:
        return self.text if is_found_inside(self.text) else self.beginning

    @property
    def beginning(self) -> str:
        return f" {self.text}"

    @property
    def whole(self) -> str:
        return f" {self.text} "


class Match:
    """The condition and the cost of several words, with their parameters."""

    def __init__(self, words: Sequence[Word], people: Sequence[Word]) -> None:
        self.parameters: dict[str, str] = {}
        conditions = [self._condition(word) for word in words]
        conditions += [f"{self._place(one.anywhere, _PEOPLE)} > 0" for one in people]
        self.condition = " AND ".join(conditions) or "true"
        self.cost = " + ".join(map(self._cost, words)) or "0"

    def _condition(self, word: Word) -> str:
        tests = [self._is_in("lines", word.anywhere), self._is_in("notes", word.anywhere)]
        if word.near:
            tests.append(self._is_near(word))
        return f"({' OR '.join(tests)})"

    def _is_near(self, word: Word) -> str:
        """Of many near words, look for what they have in common first."""
        near = " OR ".join(self._is_in("lines", f" {one} ") for one in word.near)
        if len(word.near) <= FEW:
            return near
        first, second, swapped = halves(word.text)
        common = (f" {first}", f"{second} ", f" {swapped} ")
        return f"(({' OR '.join(self._is_in('lines', one) for one in common)}) AND ({near}))"

    def _cost(self, word: Word) -> str:
        """The first place of a word among the lines is in the best field; the word, or its
        beginning, is in the same one if it comes before that field's end."""
        names = ("found", "begun", "whole")
        texts = (word.anywhere, word.beginning, word.whole)
        places = [f"{self._place(text)} AS {name}" for name, text in zip(names, texts, strict=True)]
        near = ", ".join(f"nullif({self._place(f' {one} ')}, 0)" for one in word.near)
        places.append(f"least({near or 'NULL::integer'}) AS near")
        return COST.format(
            places=", ".join(places),
            in_notes=self._is_in("notes", word.anywhere),
            begun_in_notes=self._is_in("notes", word.beginning),
            whole_in_notes=self._is_in("notes", word.whole),
        )

    def _is_in(self, column: str, text: str) -> str:
        return f"{self._place(text, column)} > 0"

    def _place(self, text: str, column: str = "lines") -> str:
        name = f"t{len(self.parameters)}"
        known = {value: name for name, value in self.parameters.items()}
        name = known.get(text, name)
        self.parameters[name] = text
        return f"strpos({column}, %({name})s)"
