"""The language of a request's words: the nearest one that Daybook is translated to.

The language is decided on first use: an answer without words (a redirect, a 304) costs no query for
its reader's choice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError
from django.utils.translation import trans_real
from langcodes import closest_supported_match
from langcodes.tag_parser import LanguageTagError

_accepted: ContextVar[str] = ContextVar("accepted_tag", default="")

_METHODS = ("gettext", "ngettext", "to_language")


class LazyTranslation:
    """A translation of Django's that is chosen when the first text is needed.

    Until then, and while the choice itself is read, `meanwhile` is the language.
    """

    def __init__(self, find: Callable[[], str], *, meanwhile: str) -> None:
        self._find, self._meanwhile = find, meanwhile
        self._chosen: Any = None

    @property
    def language(self) -> str | None:
        """Return the language, or None if no text was needed yet."""
        return self._chosen.to_language() if self._chosen is not None else None

    def settle(self) -> None:
        """Stay with `meanwhile` if nothing is chosen yet: the database may be unreachable."""
        if self._chosen is None:
            self._choose(self._meanwhile)

    def __getattr__(self, name: str) -> Any:
        if self._chosen is None:
            with _active(trans_real.translation(self._meanwhile)):
                found = self._found()
            self._choose(found)
        return getattr(self._chosen, name)

    def _choose(self, language: str) -> None:
        """From now on the translation's methods are found on this object, without a detour."""
        self._chosen = trans_real.translation(language)
        for name in _METHODS:
            setattr(self, name, getattr(self._chosen, name))

    def _found(self) -> str:
        try:
            return self._find()
        except DatabaseError:  # whatever is shown, it is shown in some language
            return self._meanwhile


@contextmanager
def speaking(find: Callable[[], str], *, meanwhile: str) -> Iterator[LazyTranslation]:
    """Translate the block's texts to the language that `find` returns when the first is needed.

    Django's own `override` would read the language that was active before, and so decide it.
    """
    translation = LazyTranslation(find, meanwhile=meanwhile)
    with _active(translation):
        yield translation


def settle_language() -> None:
    """Decide the language without a query, for an answer that tells of a failed one."""
    active = getattr(trans_real._active, "value", None)  # type: ignore[attr-defined]
    if isinstance(active, LazyTranslation):
        active.settle()


@contextmanager
def _active(translation: object) -> Iterator[None]:
    """Django stores what is active here, and has no public function for a lazy one."""
    active: Any = trans_real._active  # type: ignore[attr-defined]
    former = getattr(active, "value", None)
    active.value = translation
    try:
        yield
    finally:
        if former is None:
            del active.value
        else:
            active.value = former


@lru_cache(maxsize=512)
def nearest_language(tag: str) -> str:
    """Return the translated language that a reader of `tag` (BCP 47) understands, or "".

    The distances are CLDR's: de-AT and gsw (Swiss German) are near to de.
    """
    try:
        return closest_supported_match(tag, [code for code, _ in settings.LANGUAGES]) or ""
    except (LanguageTagError, ValueError):
        return ""


def preferred_tag(header: str) -> str:
    """Return the tag of Accept-Language (RFC 9110 section 12.5.4) that comes first among those
    which have a translation, or "". It may name a region: en-us."""
    tags = (tag for tag, _quality in trans_real.parse_accept_lang_header(header))
    return next((tag for tag in tags if nearest_language(tag)), "")


def accepted_tag() -> str:
    """Return the tag that the current request accepts, or "" outside of one."""
    return _accepted.get()


def accepted_language() -> str:
    return nearest_language(accepted_tag()) or settings.LANGUAGE_CODE


@contextmanager
def accepting(tag: str) -> Iterator[None]:
    """Let `tag` be the language of those who chose none."""
    token = _accepted.set(tag)
    try:
        yield
    finally:
        _accepted.reset(token)
