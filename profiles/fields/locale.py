"""Languages (RFC 5646, CLDR) and time zones (IANA)."""

from __future__ import annotations

import functools
import re
import zoneinfo
from importlib import resources
from typing import Literal

from babel import Locale, UnknownLocaleError
from babel.localedata import exists
from django.conf.locale import LANG_INFO
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from langcodes import Language, standardize_tag, tag_is_valid
from langcodes.tag_parser import LanguageTagError

from profiles.fields.places import folded
from profiles.fields.rules import Values

# RFC 5646 section 4.4.1 requires room for 35 characters.
LANGUAGE_LENGTH = 35

# RFC 5646 section 2.1: the form of a standardised tag.
LANGUAGE = (
    r"(?:[a-z]{2,3}"
    r"(?:-[A-Z][a-z]{3})?"
    r"(?:-(?:[A-Z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    r"(?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*"
    r"(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+)"
)
LANGUAGE_REFUSED = gettext_lazy(
    "Enter the name or tag of a language, such as German, Deutsch or pt-BR."
)

# Names in tz that aren't places; PostgreSQL hides them too.
_NO_PLACE = frozenset({"Factory", "localtime", "posixrules"})


def canonical_language(text: str, around: Values) -> str:
    """Return a registered tag in the canonical form of RFC 5646 section 4.5; en_US becomes en-US.

    Accepts the name of a language in English or in the language itself.
    """
    tag = _registered_tag(text.replace("_", "-")) or _tags_by_name().get(folded(text))
    if tag is None:
        raise ValidationError(LANGUAGE_REFUSED, code="invalid_language")
    return tag


def _registered_tag(text: str) -> str | None:
    try:
        return standardize_tag(text) if text.isascii() and tag_is_valid(text) else None
    except (LanguageTagError, ValueError):
        return None  # malformed; refused like a tag whose parts aren't registered


@functools.cache
def language_names() -> dict[str, str]:
    """Return CLDR's English names by tag, for every language and region that CLDR has data for."""
    names = Locale("en").languages
    named = {code.replace("_", "-"): name for code, name in names.items() if exists(code)}
    known = {tag: name for tag, name in named.items() if _is_standard(tag)}
    return dict(sorted(known.items(), key=lambda item: item[1]))


@functools.cache
def _tags_by_name() -> dict[str, str]:
    """Return tags by folded name. Django also has the native names of about a hundred languages;
    CLDR's English names take precedence."""
    tags: dict[str, str] = {}
    for code, language in LANG_INFO.items():
        if tag := _registered_tag(code):
            names = (language.get("name"), language.get("name_local"))
            tags |= {folded(str(name)): tag for name in names if name}
    for code, name in Locale("en").languages.items():
        if tag := _registered_tag(code.replace("_", "-")):
            tags[folded(name)] = tag
    return tags


def _is_standard(tag: str) -> bool:
    """langcodes and CLDR may contain different versions of the registry."""
    return tag_is_valid(tag) and standardize_tag(tag) == tag


def country_of_language(tag: str) -> str:
    """Return the country code in the tag, otherwise CLDR's most likely country; "" if unknown."""
    try:
        territory = Language.get(tag).maximize().territory if tag else ""
    except (LanguageTagError, ValueError):  # stored by a system with other tags
        return ""
    return territory or ""


@functools.lru_cache(maxsize=512)
def day_comes_first(tag: str, country: str) -> bool | None:
    """Whether 1/2/2000 means 1 February to a user; None if it's ambiguous.

    Determined by CLDR's short date format. `country` completes a tag without a region. Formats that
    start with the year (ja, sv) say nothing about dates that end with it, and a language whose
    regions differ (en: en-US and en-001, CLDR's world English) is ambiguous without a region.
    """
    locale = _locale(tag, country)
    if locale is None:
        return None
    order = _short_date_order(locale)
    world = f"{locale.language}_001"
    if not locale.territory and exists(world) and _short_date_order(Locale.parse(world)) != order:
        return None
    return {"dMy": True, "Mdy": False}.get(order)


def clock_of(tag: str, country: str) -> Literal["12", "24"]:
    """Return the clock that is usual for the language and country; 24 hours (ISO 8601) if they
    don't say, as English without a country doesn't."""
    locale = _locale(tag, country)
    if locale is None or not _tells_customs(locale):
        return "24"
    return "12" if "a" in locale.time_formats["short"].pattern else "24"


def first_weekday_of(tag: str, country: str) -> int:
    """Return the first day of the week, 0 for Monday, which is also the default (ISO 8601)."""
    locale = _locale(tag, country)
    return locale.first_week_day if locale is not None and _tells_customs(locale) else 0


def _tells_customs(locale: Locale) -> bool:
    """Whether the clock and the week follow from the locale. CLDR's plain "en" is the USA's."""
    return bool(locale.territory) or locale.language != "en"


@functools.lru_cache(maxsize=512)
def _locale(tag: str, country: str) -> Locale | None:
    if not tag:
        return None
    try:
        language = Language.get(tag)
        territory = language.territory or country
        names = [f"{language.language}_{territory}", str(language.language)]
        known = [name for name in names if exists(name)]
        return Locale.parse(known[0]) if known else None
    except (LanguageTagError, UnknownLocaleError, ValueError):
        return None


def _short_date_order(locale: Locale) -> str:
    letters = re.findall("[dMy]", locale.date_formats["short"].pattern)
    return "".join(dict.fromkeys(letters))


@functools.cache
def zone_names() -> tuple[str, ...]:
    """Return every time zone name that a user may choose, sorted."""
    return tuple(sorted(zoneinfo.available_timezones() - _NO_PLACE))


def canonical_zone(text: str, around: Values) -> str:
    """Return the exact IANA name for a name in any case, also with spaces as in New York."""
    name = _by_folded_name().get(text.casefold().replace(" ", "_"))
    if name is None:
        raise ValidationError(
            _("Choose a time zone from the list, such as Europe/Berlin."), code="invalid_time_zone"
        )
    return name


def current_name(zone: str) -> str:
    """Return tz's current name of the place: Asia/Kolkata for Asia/Calcutta, which most browsers
    send. Other names are returned unchanged."""
    return zone if zone in _places() else _targets().get(zone, zone)


@functools.cache
def _places() -> frozenset[str]:
    rows = (line.split("\t") for line in _tz_file("zone.tab") if not line.startswith("#"))
    return frozenset(row[2] for row in rows)


@functools.cache
def _targets() -> dict[str, str]:
    """Return the targets of tz's links ("L target name", zic(8)) that lead to a listed place."""
    links = (line.split() for line in _tz_file("tzdata.zi") if line.startswith("L "))
    return {name: target for _, target, name in links if target in _places()}


def _tz_file(name: str) -> list[str]:
    return resources.files("tzdata.zoneinfo").joinpath(name).read_text("utf-8").splitlines()


@functools.cache
def _by_folded_name() -> dict[str, str]:
    return {name.casefold(): name for name in zone_names()}
