"""What a rule of text is: tidy text, judged, and given back in the one form in which it is kept.

Patterns keep to what Python's `re` and PostgreSQL's advanced regular expressions read alike
(explicit code points instead of \\s and \\w, whose meaning depends on the locale), because the
CHECK constraints use them as they stand. A pattern describes the normal form.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.core.exceptions import ValidationError

Value = str | datetime.date | None
# A profile by dotted path, as it will be once the value in question is in it.
Values = Mapping[str, Value]
NO_VALUES: Values = MappingProxyType({})

# --- Characters -----------------------------------------------------------------------------
SPACES = r"\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_BREAKS = r"\u0009\u000a"
# C0, DEL and C1 controls, and Unicode's own line and paragraph separators.
_CONTROLS = r"\u0001-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029"
# Embeddings, overrides and isolates reorder the text around them (UAX #9, section 2).
# The plain marks U+200E and U+200F stay: Hebrew and Arabic text needs them.
_BIDI = r"\u202a-\u202e\u2066-\u2069"

LINE = rf"(?![{SPACES}])[^{_BREAKS}{_CONTROLS}{_BIDI}]*(?<![{SPACES}])"
LINES = rf"(?![{SPACES}{_BREAKS}])[^{_CONTROLS}{_BIDI}]*(?<![{SPACES}{_BREAKS}])"

# PostgreSQL text holds no NUL and UTF-8 no lone surrogate, so no pattern of its can name them.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL_IN_LINE = re.compile(f"[{_BREAKS}{_CONTROLS}]")
_CONTROL_IN_LINES = re.compile(f"[{_CONTROLS}]")
_BIDI_CONTROL = re.compile(f"[{_BIDI}]")

# What nobody sees: white space, and what comes along when a text is copied. Joiners are not among
# it, because words of Persian and of India's languages end with them.
_WHITE_SPACE = "".join(filter(str.isspace, map(chr, range(0x3001))))
_UNSEEN = _WHITE_SPACE + "\u00ad\u115f\u1160\u180e\u200b\u2060\u2800\u3164\ufeff\uffa0"

# A writing may be longer than its normal form (a URL with what is cut off, a number with blanks),
# but no parser gets to read a text that is far beyond it.
LONGEST_FACTOR = 10


def as_written(text: str, around: Values) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Need:
    """A value of that pattern is refused, with that message, while that path is empty."""

    pattern: str
    path: str
    message: str


# --- The rule -------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class TextRule:
    """What one text field accepts. `clean` gives its normal form, or "" for an empty one.

    `canonical` turns tidy text into the normal form or raises ValidationError; `shown` turns the
    normal form into what a page shows. Both may look at the values around. `hints` are the paths
    that help to read a value, and `depends_on` those on which even a stored value's verdict
    hangs. What `canonical` gives must match `pattern`, or `code` and `message` refuse it.
    `input_type` is the kind of keyboard that fits: text, email, url, tel. `choices` are (value,
    label). `database_test` names a SQL function that the CHECK asks where a pattern cannot say it.
    """

    label: str
    max_length: int
    multiline: bool = False
    pattern: str = LINE
    canonical: Callable[[str, Values], str] = as_written
    shown: Callable[[str, Values], str] = as_written
    hints: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()
    code: str = "invalid"
    message: str = "This value isn't allowed here."
    input_type: str = "text"
    choices: tuple[tuple[str, str], ...] = ()
    database_test: str = ""

    @property
    def hygiene(self) -> str:
        """The pattern that every text keeps to, whatever its own."""
        return LINES if self.multiline else LINE

    def clean(self, value: object, around: Values = NO_VALUES) -> str:
        """Raises ValidationError with the code and the message for people."""
        if value is None:
            return ""
        if not isinstance(value, str):
            raise ValidationError("This must be text.", code="not_text")
        text = tidy(value)
        self._refuse_unsafe(text)
        return self._judge(text, around) if text else ""

    def show(self, value: Value, around: Values = NO_VALUES) -> str:
        return self.shown(value, around) if isinstance(value, str) and value else ""

    def _refuse_unsafe(self, text: str) -> None:
        controls = _CONTROL_IN_LINES if self.multiline else _CONTROL_IN_LINE
        if _UNSTORABLE.search(text) or controls.search(text):
            raise ValidationError(
                "This contains a character that can't be displayed. Type the text again.",
                code="control_character",
            )
        if _BIDI_CONTROL.search(text):
            raise ValidationError(
                "This contains a hidden character that changes the text direction. Type the "
                "text again.",
                code="bidi_control",
            )

    def _judge(self, text: str, around: Values) -> str:
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
            f"Use at most {self.max_length} characters; this has {len(text)}.", code="too_long"
        )


def tidy(text: str) -> str:
    """NFC, line ends as LF, nothing unseen at either end."""
    composed = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return composed.strip(_UNSEEN)


def text_of(value: Value) -> str:
    """A value as text: a day in ISO form, nothing as empty text."""
    return value.isoformat() if isinstance(value, datetime.date) else value or ""
