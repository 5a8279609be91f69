"""Create, change and delete a person's categories, within their limits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from calendars.models import Category
from calendars.timeline.category_choices import lock_categories
from calendars.timeline.keywords import SHORTEST_BEGINNING, Keyword
from config.web.problems import DomainError, FieldFault, Kind

MOST_CATEGORIES = 50
MOST_KEYWORDS = 200  # per category
LONGEST_NAME = 60
LONGEST_KEYWORD = 60
HEAVIEST = 100
EDITABLE = ("name", "colour", "emoji", "weight", "keywords")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
# One emoji as in https://www.unicode.org/reports/tr51/#EBNF_and_Regex: a flag, a keycap, or one or
# more pictures that are joined, each with a variation, a skin tone or tags.
_PICTURE = (
    "[\u00a9\u00ae\u203c-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
    "[\ufe0f\U0001f3fb-\U0001f3ff]?[\U000e0020-\U000e007f]*"
)
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3|" + f"{_PICTURE}(?:\u200d{_PICTURE})*"
)


@transaction.atomic
def create_category(*, owner_id: int, values: Mapping[str, Any]) -> Category:
    """Raises DomainError INVALID for invalid values, CONFLICT for a name that exists or one
    category too many."""
    category = Category(owner_id=owner_id)
    _write(category, values)
    others = lock_categories(owner_id)
    if len(others) >= MOST_CATEGORIES:
        message = _("You have %(most)s categories already. Delete one first.")
        raise DomainError(Kind.CONFLICT, "too-many-categories", message % {"most": MOST_CATEGORIES})
    _refuse_same_name(category, others)
    category.position = 1 + max((other.position for other in others), default=-1)
    category.save(force_insert=True)
    return category


@transaction.atomic
def change_category(*, owner_id: int, category_id: UUID, values: Mapping[str, Any]) -> Category:
    """Change the given columns; the errors are those of `create_category`, and NOT_FOUND."""
    others = lock_categories(owner_id)
    category = _found(others, category_id)
    _write(category, values)
    _refuse_same_name(category, [other for other in others if other.pk != category_id])
    if values:
        category.save(update_fields=list(values))
    return category


@transaction.atomic
def delete_category(*, owner_id: int, category_id: UUID) -> None:
    """Its choices and learnt titles go with it; its events are classified without it."""
    _found(lock_categories(owner_id), category_id).delete()


def _found(categories: Sequence[Category], category_id: UUID) -> Category:
    for category in categories:
        if category.pk == category_id:
            return category
    raise DomainError(Kind.NOT_FOUND, "not-found", _("Category not found."))


def _write(category: Category, values: Mapping[str, Any]) -> None:
    """Set the values in their normal form. Raises DomainError INVALID."""
    for name, value in values.items():
        setattr(category, name, _NORMAL[name](value) if name in _NORMAL else value)
    faults = list(_faults(category))
    if faults:
        message = _("Check the values of this category.")
        raise DomainError(Kind.INVALID, "invalid", message, faults=faults)


def _refuse_same_name(category: Category, others: Sequence[Category]) -> None:
    if category.name.lower() in {other.name.lower() for other in others}:
        message = _("You have a category with this name.")
        fault = FieldFault("name", "name-taken", message)
        raise DomainError(Kind.CONFLICT, "name-taken", message, faults=[fault])


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _without_repetition(keywords: Sequence[str]) -> list[str]:
    """Keep the first of keywords that mean the same, as it was typed."""
    first: dict[Keyword, str] = {}
    for text in filter(None, map(_one_line, keywords)):
        first.setdefault(Keyword.parse(text), text)
    return list(first.values())


_NORMAL: Mapping[str, Callable[[Any], Any]] = {
    "name": _one_line,
    "emoji": str.strip,
    "colour": str.lower,
    "keywords": _without_repetition,
}


def _faults(category: Category) -> Iterator[FieldFault]:
    if not category.name:
        yield FieldFault("name", "blank", _("Enter a name."))
    if len(category.name) > LONGEST_NAME:
        message = _("Use at most %(most)s characters.") % {"most": LONGEST_NAME}
        yield FieldFault("name", "max_length", message)
    if not _COLOUR.fullmatch(category.colour):
        message = _("Use a colour in the form #rrggbb, such as #4a6fa5.")
        yield FieldFault("colour", "not-a-colour", message)
    if category.emoji and (len(category.emoji) > 16 or not _EMOJI.fullmatch(category.emoji)):
        yield FieldFault("emoji", "not-an-emoji", _("Use one emoji, or leave it empty."))
    if not 0 <= category.weight <= HEAVIEST:
        message = _("Use a number from 0 to %(most)s.") % {"most": HEAVIEST}
        yield FieldFault("weight", "out-of-range", message)
    if len(category.keywords) > MOST_KEYWORDS:
        message = _("Use at most %(most)s keywords.") % {"most": MOST_KEYWORDS}
        yield FieldFault("keywords", "too-many", message)
    for place, text in enumerate(category.keywords[:MOST_KEYWORDS]):
        if message := _fault_of_keyword(text):
            yield FieldFault(f"keywords.{place}", "not-a-keyword", message)


def _fault_of_keyword(text: str) -> str:
    if len(text) > LONGEST_KEYWORD:
        return _("Use at most %(most)s characters.") % {"most": LONGEST_KEYWORD}
    if "*" in text[:-1] or not Keyword.parse(text).words:
        return _("“%(keyword)s” has no word; a * may only stand at the end.") % {"keyword": text}
    if not Keyword.parse(text).is_valid:
        message = _("Before the * of “%(keyword)s” at least %(least)s letters are needed.")
        return message % {"keyword": text, "least": SHORTEST_BEGINNING}
    return ""
