"""Text rules: clean a text, validate it and return its normal form.

The CHECK constraints use the same patterns, so a pattern uses only the syntax that Python's `re`
and PostgreSQL's advanced regular expressions share (explicit code points instead of \\s and \\w,
whose meaning depends on the locale). A pattern describes the normal form.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.web.problems import Words

Value = str | datetime.date | None
# A profile's values by dotted path, including the change that is being validated.
Values = Mapping[str, Value]
NOT_ALLOWED = gettext_lazy("This value isn't allowed here.")
NO_VALUES: Values = MappingProxyType({})

SPACES = r"\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_BREAKS = r"\u0009\u000a"
# C0, DEL and C1 controls, and Unicode's line and paragraph separators.
_CONTROLS = r"\u0001-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029"
# Embeddings, overrides and isolates reorder the text around them (UAX #9, section 2).
# The marks U+200E and U+200F are allowed: Hebrew and Arabic text needs them.
_BIDI = r"\u202a-\u202e\u2066-\u2069"

LINE = rf"(?![{SPACES}])[^{_BREAKS}{_CONTROLS}{_BIDI}]*(?<![{SPACES}])"
LINES = rf"(?![{SPACES}{_BREAKS}])[^{_CONTROLS}{_BIDI}]*(?<![{SPACES}{_BREAKS}])"

# PostgreSQL text can't contain NUL and UTF-8 can't contain lone surrogates, so a CHECK pattern
# can't name them.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL_IN_LINE = re.compile(f"[{_BREAKS}{_CONTROLS}]")
_CONTROL_IN_LINES = re.compile(f"[{_CONTROLS}]")
_BIDI_CONTROL = re.compile(f"[{_BIDI}]")

# Invisible characters: white space, and characters that are copied along with a text. Joiners are
# not included, because words in Persian and Indian languages end with them.
_WHITE_SPACE = "".join(filter(str.isspace, map(chr, range(0x3001))))
_INVISIBLE = _WHITE_SPACE + "\u00ad\u115f\u1160\u180e\u200b\u2060\u2800\u3164\ufeff\uffa0"

# Input may be longer than its normal form (a URL with a query, a number with spaces), but a text
# that is far longer isn't passed to a parser.
LONGEST_FACTOR = 10


def as_written(text: str, around: Values) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Need:
    """A dependency on another field: a value matching `pattern` is refused with `message` while
    `path` is empty."""

    pattern: str
    path: str
    message: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRule:
    """The rule of one text field. `clean` returns the normal form, or "" for an empty value.

    `canonical` converts cleaned text to the normal form or raises ValidationError; `shown` converts
    the normal form to the text on a page. Both may use other values of the profile. `hints` are the
    paths that help to parse a value, and `depends_on` those that decide whether a stored value is
    still valid. The result of `canonical` must match `pattern`; otherwise it's refused with `code`
    and `message`. `input_type` is the type of keyboard: text, email, url, tel. `choices` are
    (value, label). `database_test` names a SQL function for the CHECK, where a pattern isn't
    enough.
    """

    label: Words
    max_length: int
    multiline: bool = False
    pattern: str = LINE
    canonical: Callable[[str, Values], str] = as_written
    shown: Callable[[str, Values], str] = as_written
    hints: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    code: str = "invalid"
    message: Words = NOT_ALLOWED
    input_type: str = "text"
    choices: tuple[tuple[str, Words], ...] = ()
    database_test: str = ""

    @property
    def hygiene(self) -> str:
        """The pattern that every text must match in addition to its own."""
        return LINES if self.multiline else LINE

    def clean(self, value: object, around: Values = NO_VALUES) -> str:
        """Return the normal form of `value`. Raises ValidationError with a code and a message."""
        if value is None:
            return ""
        if not isinstance(value, str):
            raise ValidationError(_("This must be text."), code="not_text")
        text = tidy(value)
        self._refuse_unsafe(text)
        return self._validate(text, around) if text else ""

    def show(self, value: Value, around: Values = NO_VALUES) -> str:
        return self.shown(value, around) if isinstance(value, str) and value else ""

    def _refuse_unsafe(self, text: str) -> None:
        controls = _CONTROL_IN_LINES if self.multiline else _CONTROL_IN_LINE
        if _UNSTORABLE.search(text) or controls.search(text):
            raise ValidationError(
                _("This contains a character that can't be displayed. Type the text again."),
                code="control_character",
            )
        if _BIDI_CONTROL.search(text):
            raise ValidationError(
                _(
                    "This contains a hidden character that changes the text direction. Type the "
                    "text again."
                ),
                code="bidi_control",
            )

    def _validate(self, text: str, around: Values) -> str:
        if len(text) > LONGEST_FACTOR * self.max_length:
            raise self._too_long(text)
        normal = self.canonical(text, around)
        if len(normal) > self.max_length:
            raise self._too_long(normal)
        if not re.fullmatch(self.pattern, normal):
            raise ValidationError(self.message, code=self.code)
        for need in self.needs:
            if re.fullmatch(need.pattern, normal) and not around.get(need.path):
                raise ValidationError(need.message, code="not_filled_in")
        return normal

    def _too_long(self, text: str) -> ValidationError:
        return ValidationError(
            _("Use at most %(most)s characters; this has %(length)s.")
            % {"most": self.max_length, "length": len(text)},
            code="too_long",
        )


def tidy(text: str) -> str:
    """Return the text in NFC, with LF line ends and without invisible characters at both ends."""
    composed = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return composed.strip(_INVISIBLE)


def text_of(value: Value) -> str:
    """Return a value as text: a date in ISO form, None as empty text."""
    return value.isoformat() if isinstance(value, datetime.date) else value or ""
