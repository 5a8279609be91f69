"""The category of an event, decided when it is read.

Nothing is stored on events: a changed keyword counts at once for all of them, and a sync pays
nothing for categories. An event has, of these, the first that applies:

1. the category that its owner chose for it, or for the series of which it is an exception;
2. that of its title, if the owner chose one for an event with the same title;
3. that of the best keyword in its title (`calendars.timeline.keywords`);
4. the default category, if the owner has one.
"""

from __future__ import annotations

import enum
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from calendars.models import Category, Event, event_id_for
from calendars.models.category import LONGEST_TITLE
from calendars.timeline.keywords import KeywordIndex, Rule
from calendars.timeline.known_categories import known_categories
from calendars.timeline.matches import folded

# All that decides of an owner in one statement.
_DECIDING = """
SELECT
  EXISTS (SELECT FROM calendars_categorysetup WHERE owner_id = %(owner)s),
  (SELECT json_agg(json_build_array(id, name, colour, emoji, weight, keywords, is_default, position)
     ORDER BY position, id) FROM calendars_category WHERE owner_id = %(owner)s)::text,
  (SELECT json_object_agg(event_id, category_id)
     FROM calendars_categorychoice WHERE owner_id = %(owner)s)::text,
  (SELECT json_object_agg(title, category_id)
     FROM calendars_categorylesson WHERE owner_id = %(owner)s)::text
"""
AHEAD = timedelta(days=90)
_TITLES_AHEAD = """
SELECT e.id, e.calendar_id, e.recurring_event_id, e.summary, ahead.number
FROM (SELECT event_id, count(*) AS number FROM calendars_occurrence
      WHERE owner_id = %(owner)s AND start_at >= %(after)s AND start_at < %(before)s
      GROUP BY event_id) AS ahead
JOIN calendars_event AS e ON e.id = ahead.event_id
JOIN calendars_calendar AS c ON c.id = e.calendar_id
WHERE e.owner_id = %(owner)s AND c.removed_at IS NULL AND e.status <> 'cancelled'
"""
_COLUMNS = ("id", "name", "colour", "emoji", "weight", "keywords", "is_default", "position")


class Source(enum.StrEnum):
    """Why an event has its category."""

    CHOSEN = "chosen"
    LEARNT = "learnt"
    KEYWORD = "keyword"
    DEFAULT = "default"
    NONE = "none"


class Reason(NamedTuple):
    """`detail`: the keyword as its category has it."""

    source: Source
    category: Category | None = None
    detail: str = ""


class Classifier:
    """Classifies the events of one owner; made once a request by `classifier_of`.

    `of` is for columns that were read without a model, `category_of` for an Event.
    """

    def __init__(
        self,
        categories: Iterable[Category],
        *,
        choices: Mapping[UUID, UUID] | None = None,
        lessons: Mapping[str, UUID] | None = None,
    ) -> None:
        self.categories = {one.pk: one for one in categories}
        self.default = next((one for one in self.categories.values() if one.is_default), None)
        self._choices = choices or {}
        self._lessons = lessons or {}
        self._keywords = _indexed(tuple(_rule(one) for one in self.categories.values()))
        self._otherwise = Reason(Source.DEFAULT if self.default else Source.NONE, self.default)
        self._of_titles: dict[str, Reason] = {}

    def of(
        self,
        *,
        event_id: UUID,
        summary: str,
        calendar_id: UUID | None = None,
        recurring_event_id: str = "",
    ) -> Category | None:
        """The calendar and the master's remote id are needed only of exceptions of a series."""
        if self._choices:
            chosen = self._chosen(event_id, calendar_id, recurring_event_id)
            if chosen is not None:
                return chosen
        known = self._of_titles.get(summary)
        return (known or self._of_title(summary)).category

    def category_of(self, event: Event) -> Category | None:
        return self.of(
            event_id=event.pk,
            summary=event.summary,
            calendar_id=event.calendar_id,
            recurring_event_id=event.recurring_event_id,
        )

    def reason_of(self, event: Event) -> Reason:
        """Return the category of an event and why it has it."""
        chosen = self._chosen(event.pk, event.calendar_id, event.recurring_event_id)
        return Reason(Source.CHOSEN, chosen) if chosen else self._of_title(event.summary)

    def _chosen(self, event_id: UUID, calendar_id: UUID | None, series: str) -> Category | None:
        category_id = self._choices.get(event_id)
        if category_id is None and series and calendar_id is not None:
            category_id = self._choices.get(event_id_for(calendar_id, series))
        return self.categories.get(category_id) if category_id else None

    def _of_title(self, summary: str) -> Reason:
        """Remembered: the events of a request often share their titles."""
        reason = self._of_titles[summary] = self._decide(summary)
        return reason

    def _decide(self, summary: str) -> Reason:
        if self._lessons:
            learnt = self._lessons.get(title_key(summary))
            if learnt is not None:
                return Reason(Source.LEARNT, self.categories.get(learnt))
        found = self._keywords.find(summary)
        if found is not None:
            return Reason(Source.KEYWORD, self.categories[found.category_id], found.written)
        return self._otherwise


def classifier_of(owner_id: int) -> Classifier:
    """Return the owner's classifier, by one statement.

    Nothing is written: before the known categories are stored, they classify with the same ids.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DECIDING, {"owner": owner_id})
        is_set_up, *found = cursor.fetchone()
    rows, choices, lessons = (json.loads(text) if text else {} for text in found)
    return Classifier(
        map(_category, rows) if is_set_up else known_categories(owner_id),
        choices={UUID(event_id): UUID(one) for event_id, one in choices.items()},
        lessons={title: UUID(one) for title, one in lessons.items()},
    )


def title_key(summary: str) -> str:
    """Return a title as lessons compare it."""
    return folded(summary)[:LONGEST_TITLE]


def _category(row: list[object]) -> Category:
    values = dict(zip(_COLUMNS, row, strict=True))
    return Category(**{**values, "id": UUID(str(values["id"]))})


def _rule(category: Category) -> Rule:
    return Rule(category.pk, category.weight, category.position, tuple(category.keywords))


@lru_cache(maxsize=256)
def _indexed(rules: tuple[Rule, ...]) -> KeywordIndex:
    """Kept between requests: to rank a person's keywords takes longer than to look up a month."""
    return KeywordIndex(rules)


def counts_ahead(classifier: Classifier, *, owner_id: int, start_at: datetime) -> Counter[UUID]:
    """Return how many occurrences of the days AHEAD each category has, of those stored."""
    with connection.cursor() as cursor:
        cursor.execute(
            _TITLES_AHEAD, {"owner": owner_id, "after": start_at, "before": start_at + AHEAD}
        )
        rows = cursor.fetchall()
    counts: Counter[UUID] = Counter()
    for event_id, calendar_id, series, summary, number in rows:
        category = classifier.of(
            event_id=event_id, summary=summary, calendar_id=calendar_id, recurring_event_id=series
        )
        if category is not None:
            counts[category.pk] += number
    return counts
