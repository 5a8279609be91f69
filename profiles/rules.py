"""What a rule is: tidy text or a day, judged, and given back in the one form in which it is kept.

Patterns keep to what Python's `re` and PostgreSQL's advanced regular expressions read alike
(explicit code points instead of \\s and \\w, whose meaning depends on the locale), because the
CHECK constraints use them as they stand. A pattern describes the normal form.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils import timezone

Value = str | datetime.date | None

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


# --- Rules ----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True, kw_only=True)
class TextRule:
    """What one text field accepts. `clean` gives its normal form, or "" for an empty one.

    `canonical` turns tidy text into the normal form, or gives None when it is not valid; what it
    gives must match `pattern`. `code` and `message` are the refusal. `input_type` is the kind of
    keyboard that fits: text, email, url, tel. `choices` are (value, label). `database_test` names
    a SQL function that the CHECK asks where a pattern cannot say it.
    """

    label: str
    max_length: int
    multiline: bool = False
    pattern: str = LINE
    canonical: Callable[[str], str | None] = str
    code: str = "invalid"
    message: str = "This cannot be used here."
    input_type: str = "text"
    choices: tuple[tuple[str, str], ...] = ()
    database_test: str = ""

    @property
    def hygiene(self) -> str:
        """The pattern that every text keeps to, whatever its own."""
        return LINES if self.multiline else LINE

    def clean(self, value: object) -> str:
        """Raises ValidationError with the code and the message for people."""
        if value is None:
            return ""
        if not isinstance(value, str):
            raise ValidationError("Give this as text.", code="not_text")
        text = tidy(value)
        self._refuse_unsafe(text)
        return self._judge(text) if text else ""

    def _refuse_unsafe(self, text: str) -> None:
        controls = _CONTROL_IN_LINES if self.multiline else _CONTROL_IN_LINE
        if _UNSTORABLE.search(text) or controls.search(text):
            raise ValidationError(
                "This holds a character that cannot be shown. Type it again by hand.",
                code="control_character",
            )
        if _BIDI_CONTROL.search(text):
            raise ValidationError(
                "This holds a hidden character that turns the text around. Type it again by hand.",
                code="bidi_control",
            )

    def _judge(self, text: str) -> str:
        normal = self.canonical(text)
        if normal is None:
            raise ValidationError(self.message, code=self.code)
        if len(normal) > self.max_length:
            raise ValidationError(
                f"Use at most {self.max_length} characters; this has {len(normal)}.",
                code="too_long",
            )
        if not re.fullmatch(self.pattern, normal):
            raise ValidationError(self.message, code=self.code)
        return normal


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRule:
    """A day in a person's life: a real one, not to come, not over `years` ago.

    `floor` is the timeless part of that last limit and all that a CHECK can hold: a row must stay
    valid as it ages, so the moving limit is judged only when the value is given.
    """

    label: str
    years: int
    floor: datetime.date

    def clean(self, value: object) -> datetime.date | None:
        """Takes YYYY-MM-DD or a date; raises ValidationError with the code and the message."""
        if value is None or value == "":
            return None
        day = value if isinstance(value, datetime.date) else _read_iso_date(value)
        if day is None:
            return None
        today = timezone.now().date()
        if day > today:
            raise ValidationError("This day is still to come.", code="date_in_future")
        if day < max(self.floor, _years_before(today, self.years)):
            raise ValidationError(f"This is over {self.years} years ago.", code="date_too_old")
        return day


def tidy(text: str) -> str:
    """NFC, line ends as LF, no white space at either end."""
    composed = unicodedata.normalize("NFC", text)
    return composed.replace("\r\n", "\n").replace("\r", "\n").strip()


# fromisoformat also reads 20240131 and 2024-W05-3, which no person means.
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _read_iso_date(value: object) -> datetime.date | None:
    if not isinstance(value, str):
        raise ValidationError("Give this as text.", code="not_text")
    text = tidy(value)
    if not text:
        return None
    try:
        if _ISO_DATE.fullmatch(text):
            return datetime.date.fromisoformat(text)
    except ValueError:
        raise ValidationError("There is no such day.", code="invalid_date") from None
    raise ValidationError("Write the date as YYYY-MM-DD, like 1990-12-31.", code="invalid_date")


def _years_before(day: datetime.date, years: int) -> datetime.date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February, and no leap year then
        return day.replace(year=day.year - years, day=28)
