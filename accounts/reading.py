"""How a person reads: in which time zone, in which language, by a clock of 12 or 24 hours.

Accounts stores none of it: the app that does registers a lookup. A request is answered inside
`read_by`, an email or an export for a person is written inside `for_reader`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property, lru_cache
from typing import Literal

from babel import Locale
from babel.localedata import exists
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language
from langcodes import Language
from langcodes.tag_parser import LanguageTagError

from accounts.models import User
from accounts.security_context import acting_once
from config.web.languages import (
    LazyTranslation,
    accepted_language,
    accepted_tag,
    accepting,
    nearest_language,
    speaking,
)

HourCycle = Literal["12", "24"]
MOST_WRITTEN = 8_192  # texts by one locale and clock
# Where a language is written if nothing says where. CLDR takes English for the United States'.
USUAL_TERRITORY = {"en": "GB"}


class Conventions:
    """A locale and a clock, with what was written by them.

    There is one object for each pair, so that a page of many times formats each only once.
    """

    def __init__(self, locale: Locale, hour_cycle: HourCycle) -> None:
        self.locale, self.hour_cycle = locale, hour_cycle
        self.language: str = locale.language
        self.written: dict[object, str] = {}

    def once(self, key: object, write: Callable[[], str]) -> str:
        """Return what `write` returned for the key, until there is too much of it."""
        text = self.written.get(key)
        if text is None:
            if len(self.written) >= MOST_WRITTEN:
                self.written.clear()
            text = self.written[key] = write()
        return text


@lru_cache(maxsize=512)
def conventions_of(locale: Locale, hour_cycle: HourCycle) -> Conventions:
    return Conventions(locale, hour_cycle)


@dataclass(frozen=True)
class Reading:
    """What a person's times and words depend on. Its language is the locale's."""

    locale: Locale
    hour_cycle: HourCycle
    zone: tzinfo = UTC

    @property
    def language(self) -> str:
        return self.locale.language

    @cached_property
    def conventions(self) -> Conventions:
        return conventions_of(self.locale, self.hour_cycle)


ReadingOf = Callable[[User], Reading]
_registered: list[ReadingOf] = []
_active: ContextVar[_LazyReading | None] = ContextVar("reading", default=None)


def register(reading_of: ReadingOf) -> None:
    """Register the lookup of a user's reading; a later registration replaces an earlier one."""
    _registered[:] = [reading_of]


def _reading_of(user: User) -> Reading:
    """Look up in the user's own security context: the caller may run in another one, or in none."""
    if not _registered:
        return visitors_reading()
    with acting_once(user_id=user.pk):
        return _registered[0](user)


def visitors_reading() -> Reading:
    """Return what is usual in the language and region that the request accepts."""
    locale = locale_of(accepted_tag())
    return Reading(locale, hour_cycle_of(locale))


@lru_cache(maxsize=512)
def locale_of(tag: str, territory: str = "") -> Locale:
    """Return the conventions for a reader of `tag`, whose words are in the nearest translation.

    `territory` completes a tag without a region.
    """
    language = nearest_language(tag) or settings.LANGUAGE_CODE
    territory = _territory_of(tag) or territory or USUAL_TERRITORY.get(language, "")
    names = (f"{language}_{territory}", f"{language}_{USUAL_TERRITORY.get(language)}", language)
    return Locale.parse(next(name for name in names if exists(name)))


def _territory_of(tag: str) -> str:
    try:
        return Language.get(tag).territory or ""
    except (LanguageTagError, ValueError):
        return ""


@lru_cache(maxsize=512)
def hour_cycle_of(locale: Locale) -> HourCycle:
    return "12" if "h" in locale.time_formats["short"].pattern else "24"


def current_conventions() -> Conventions:
    """Return the active reading's. In a block that speaks another language, what is usual there."""
    language, reading = get_language() or settings.LANGUAGE_CODE, _current()
    if reading is None:
        locale = locale_of(language)
        return conventions_of(locale, hour_cycle_of(locale))
    if reading.conventions.language == language:
        return reading.conventions
    return conventions_of(locale_of(language), reading.hour_cycle)


def _current() -> Reading | None:
    active = _active.get()
    return active.found if active is not None else None


@contextmanager
def read_by(find: Callable[[], Reading], *, meanwhile: str) -> Iterator[LazyTranslation]:
    """Show the block's times and words to the reader that `find` returns on first use.

    `meanwhile` is the language in which `find` itself may report.
    """
    lazy = _LazyReading(find)
    zone = LazyZone(lambda: lazy.found.zone)
    token = _active.set(lazy)
    try:
        with (
            timezone.override(zone),
            speaking(lambda: lazy.found.language, meanwhile=meanwhile) as translation,
        ):
            yield translation
    finally:
        _active.reset(token)


@contextmanager
def for_reader(user: User, *, accepted: str = "") -> Iterator[None]:
    """Show the block's times and words as the user reads them, in whichever request or task.

    `accepted` is the tag that the user's own request accepts, if it is the user's.
    """
    with accepting(accepted), read_by(lambda: _reading_of(user), meanwhile=accepted_language()):
        yield


class _LazyReading:
    def __init__(self, find: Callable[[], Reading]) -> None:
        self._find = find

    @cached_property
    def found(self) -> Reading:
        return self._find()


class LazyZone(tzinfo):
    """A time zone that is looked up on first use: a page without times costs no query."""

    def __init__(self, find: Callable[[], tzinfo]) -> None:
        self._find = find

    @cached_property
    def zone(self) -> tzinfo:
        return self._find()

    def utcoffset(self, at: datetime | None) -> timedelta | None:
        return self.zone.utcoffset(at)

    def dst(self, at: datetime | None) -> timedelta | None:
        return self.zone.dst(at)

    def tzname(self, at: datetime | None) -> str | None:
        return self.zone.tzname(at)

    def fromutc(self, at: datetime) -> datetime:
        return self.zone.fromutc(at.replace(tzinfo=self.zone))

    def __str__(self) -> str:
        return str(self.zone)
