"""Search over all events of a person, best first, each with its next or last occurrence.

It covers every calendar that was not removed, those hidden in the views too, at any time; cancelled
events never. A series and its changed instances are one result: the best of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, tzinfo
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from calendars.models import Calendar, Event, SearchIndex
from calendars.models.palette import hued
from calendars.timeline.beyond_horizon import is_within_horizon, reach_of
from calendars.timeline.categories import classifier_of
from calendars.timeline.folding import words_of
from calendars.timeline.near_words import near_words
from calendars.timeline.nearest import EARLIEST, LATEST
from calendars.timeline.search_hits import Found, Hit, load_hits, of_category, place_series
from calendars.timeline.search_index import catch_up
from calendars.timeline.search_ranking import FOUND, UNSURE, Match, Word, beside
from calendars.timeline.window import Window
from config.web.pagination import Cursor, Key, Order, moment

MOST_EXPANDED = 2_000  # series that are expanded on read, for a range outside the stored horizon
MOST_CLASSIFIED = 100_000
_LARGEST = 10**15
_FIRST = datetime(1, 1, 2, tzinfo=UTC)
_LAST = datetime(9999, 12, 30, tzinfo=UTC)


def _asked_at(text: str) -> datetime:
    at = moment(text)
    if not 2000 <= at.year < 2200:
        raise ValueError("no search was made then")
    return at.astimezone(UTC)


def _number(text: str) -> int:
    number = int(text)
    if abs(number) > _LARGEST:
        raise ValueError("out of range")
    return number


# `asked_at` is the time of the first page: on the next ones, what was to come still is.
BEST_FIRST = Order(
    (
        Key("asked_at", _asked_at),
        *(Key(name, _number) for name in ("cost", "past", "seconds")),
        Key("event_id", UUID),
    ),
    page_size=50,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is searched for: words of an event, of its people. Without a window: at any time."""

    text: str = ""
    person: str = ""
    calendar_id: UUID | None = None
    category: UUID | None = None
    window: Window | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether nothing can match: no word is asked for, or signs that are no words."""
        given = [text for text in (self.text, self.person) if text.strip()]
        if not given:
            return self.category is None
        return not all(words_of(text) for text in given)


def range_of(start_at: datetime | None, end_at: datetime | None, zone: tzinfo) -> Window:
    """Return the window of a range that may be open on one side."""
    return Window(start_at or EARLIEST.astimezone(zone), end_at or LATEST.astimezone(zone))


class Search:
    """One search of an owner's, in whose transaction it runs. `is_complete`: all events were read;
    otherwise the rest follows in the background."""

    def __init__(self, *, owner_id: int, asked: Asked, zone: tzinfo) -> None:
        self.owner_id, self.asked, self.zone = owner_id, asked, zone
        self.is_complete = catch_up(owner_id=owner_id)
        self.words = _with_near(list(dict.fromkeys(words_of(asked.text))), owner_id)
        self.people = [Word(text) for text in dict.fromkeys(words_of(asked.person))]
        calendars = hued(Calendar.objects.of(owner_id))
        self.classifier = classifier_of(owner_id)
        chosen = asked.calendar_id
        self.calendars = [one for one in calendars if chosen is None or one.pk == chosen]

    @property
    def marked_words(self) -> list[str]:
        """The words to mark in what was found: those that were asked for, and those near them."""
        return [text for word in self.words for text in (word.text, *word.near)]

    def read(self, cursor: Cursor | None, limit: int) -> list[Hit]:
        """Return the hits next to a cursor, in order; without one, the first."""
        if self.asked.is_nothing:
            return []
        asked_at = cursor.place[0] if cursor else timezone.now()
        return load_hits(
            self._found(self._frame(asked_at), cursor, limit),
            owner_id=self.owner_id,
            calendars=self.calendars,
            classifier=self.classifier,
            asked_at=asked_at,
            zone=self.zone,
        )

    def _found(
        self, frame: Mapping[str, Any], cursor: Cursor | None, limit: int
    ) -> Sequence[Found]:
        """Categories are decided when events are read, so they filter what was found."""
        category = self.asked.category
        if category is None:
            return self._find(frame, cursor, limit)
        found = self._find(frame, cursor, MOST_CLASSIFIED)
        backwards = cursor is not None and cursor.backwards
        outwards = found[::-1] if backwards else found
        kept = of_category(
            outwards, category, limit, owner_id=self.owner_id, classifier=self.classifier
        )
        return kept[::-1] if backwards else kept

    def _frame(self, asked_at: datetime) -> dict[str, Any]:
        """Return the parameters about time. All-day events compare as dates in the zone."""
        window = self.asked.window
        after, before = (window.start_at, window.end_at) if window else (_FIRST, _LAST)
        first, last = (window.first, window.last) if window else (_FIRST, _LAST)
        today = datetime.combine(asked_at.astimezone(self.zone), time.min, UTC)
        return {
            "owner": self.owner_id,
            "calendars": [calendar.pk for calendar in self.calendars],
            "ranged": window is not None,
            "after": after,
            "before": before,
            "first": first,
            "last": last,
            "pivot": min(max(asked_at, after), before),
            "pivot_day": min(max(today, first), last),
        }

    def _find(self, frame: Mapping[str, Any], cursor: Cursor | None, limit: int) -> list[Found]:
        match = Match(self.words, self.people)
        parameters = {**frame, **match.parameters}
        backwards = cursor is not None and cursor.backwards
        rest, place = beside(cursor.place[1:] if cursor else (), backwards=backwards)
        known = json.dumps(self._known(match, parameters), default=str)
        rows = _rows(
            FOUND.format(match=match, **rest),
            {**parameters, **place, "known": known, "limit": limit},
        )
        found = [Found(*row) for row in rows]
        return found[::-1] if backwards else found

    def _known(self, match: Match, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Expand the series whose occurrences in the range are not all stored."""
        window = self.asked.window
        if window is None or self._is_stored(window):
            return {}
        unsure = _rows(UNSURE.format(match=match), {**parameters, "most": MOST_EXPANDED})
        placed = place_series([event_id for (event_id,) in unsure], parameters)
        return {str(one.event_id): one._asdict() for one in placed}

    def _is_stored(self, window: Window) -> bool:
        """Whether all occurrences of the range are stored; of dense series only the first are."""
        cut = Event.objects.filter(owner_id=self.owner_id, stored_until__lt=reach_of(window).before)
        return is_within_horizon(self.calendars, window) and not cut.exists()


def _with_near(words: Sequence[str], owner_id: int) -> list[Word]:
    """Add the owner's words that one typing error may have made these of."""
    kept = SearchIndex.objects.filter(owner_id=owner_id).values_list("words", flat=True)
    vocabulary = kept.first() or ""
    return [Word(text, tuple(near_words(text, vocabulary))) for text in words]


def _rows(statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
