"""The profile's rules, each in one place: what is accepted, and the one form in which it is kept.

`FIELDS` maps every field to its rule. The model fields, the form, the serializer and the database
CHECK constraints are all made from it; a new rule is added here and nowhere else.

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
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator, URLValidator
from django.utils import timezone

from profiles.zones import find_zone

Value = str | datetime.date | None

# --- Characters -----------------------------------------------------------------------------
_SPACES = r"\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_BREAKS = r"\u0009\u000a"
# C0, DEL and C1 controls, and Unicode's own line and paragraph separators.
_CONTROLS = r"\u0001-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029"
# Embeddings, overrides and isolates reorder the text around them (UTS #55, section 3).
# The plain marks U+200E and U+200F stay: Hebrew and Arabic text needs them.
_BIDI = r"\u202a-\u202e\u2066-\u2069"

LINE = rf"(?![{_SPACES}])[^{_BREAKS}{_CONTROLS}{_BIDI}]*(?<![{_SPACES}])"
LINES = rf"(?![{_SPACES}{_BREAKS}])[^{_CONTROLS}{_BIDI}]*(?<![{_SPACES}{_BREAKS}])"

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
    gives must match `pattern`. `code` and `message` are the refusal. `input_type` is the HTML and
    OpenAPI kind of text: text, email, url, tel. `choices` are (value, label). `database_test`
    names a SQL function that the CHECK asks where a pattern cannot say it.
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


# --- Normal forms ---------------------------------------------------------------------------
# RFC 5321 section 4.5.3.1 limits a path to 256 octets with its brackets, an address so to 254.
EMAIL_LENGTH = 254
_ATEXT = r"[-A-Za-z0-9!#$%&'*+/=?^_`{|}~]+"
_HOST_CHARACTER = r"a-z0-9\u00a1-\u167f\u1681-\u1fff\u2010-\u2027\u2030-\u205e\u2070-\u2fff"
_HOST_CHARACTER += r"\u3003-\ud7ff\uf900-\U0010ffff"
_LABEL = rf"[{_HOST_CHARACTER}](?:[-{_HOST_CHARACTER}]*[{_HOST_CHARACTER}])?"
EMAIL = rf"{_ATEXT}(?:\.{_ATEXT})*@(?:{_LABEL}\.)+{_LABEL}"
_valid_email = EmailValidator(allowlist=[])


def canonical_email(text: str) -> str | None:
    """The local part as written (RFC 5321: only its host may read it), the domain in lower case."""
    local, at, domain = text.rpartition("@")
    address = f"{local}{at}{_folded_host(domain)}"
    return address if _passes(_valid_email, address) else None


WEB_ADDRESS = rf"https?://(?:{_LABEL}\.)+{_LABEL}(?::[0-9]{{1,5}})?(?:[/?#][^{_SPACES}<>\"\\]*)?"
_valid_url = URLValidator(schemes=["http", "https"])


def canonical_web_address(text: str) -> str | None:
    """An http(s) URL without credentials, its scheme and host in lower case."""
    try:
        parts = urlsplit(text)
        if parts.username is not None or parts.password is not None:
            return None
    except ValueError:  # a bracket that is no IPv6 address
        return None
    address = urlunsplit(
        parts._replace(scheme=parts.scheme.lower(), netloc=_folded_host(parts.netloc))
    )
    return address if _passes(_valid_url, address) else None


# RFC 5646 section 2.1, without the tags that are only grandfathered. No primary language subtag
# of four letters or more was ever registered, so "English" is a mistake and not a language.
LANGUAGE = (
    r"[a-z]{2,3}(?:-[a-z]{3}){0,3}"
    r"(?:-[A-Z][a-z]{3})?"
    r"(?:-(?:[A-Z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    r"(?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*"
    r"(?:-x(?:-[a-z0-9]{1,8})+)?"
)


def canonical_language(text: str) -> str | None:
    """Casing by RFC 5646 section 2.1.1; en_US, as many systems write it, is en-US."""
    if not text.isascii():
        return None
    first, *rest = text.lower().replace("_", "-").split("-")
    tags = [first]
    for subtag in rest:
        after_singleton = len(tags[-1]) == 1
        tags.append(subtag if after_singleton else _cased(subtag))
    return "-".join(tags)


def _cased(subtag: str) -> str:
    if len(subtag) == 2:
        return subtag.upper()
    return subtag.title() if len(subtag) == 4 and subtag.isalpha() else subtag


def _folded_host(domain: str) -> str:
    """One spelling of a host, as UTS #46 maps it: full-width and other look-alike forms fold."""
    folded = unicodedata.normalize("NFKC", domain).lower()
    return unicodedata.normalize("NFKC", folded)


def _passes(validator: Callable[[str], None], text: str) -> bool:
    try:
        validator(text)
    except ValidationError:
        return False
    return True


# --- The table ------------------------------------------------------------------------------
CONTACT_METHODS: Final = (
    ("email", "E-mail"),
    ("phone", "Phone"),
    ("sms", "Text message"),
    ("work_email", "Work e-mail"),
    ("work_phone", "Work phone"),
)


def _email(label: str) -> TextRule:
    return TextRule(
        label=label,
        max_length=EMAIL_LENGTH,
        pattern=EMAIL,
        canonical=canonical_email,
        code="invalid_email",
        message="Give one e-mail address, like name@example.com.",
        input_type="email",
    )


def _phone(label: str) -> TextRule:
    return TextRule(label=label, max_length=40, input_type="tel")


def _choice(label: str, choices: tuple[tuple[str, str], ...]) -> TextRule:
    return TextRule(
        label=label,
        max_length=max(len(value) for value, _ in choices),
        pattern="|".join(re.escape(value) for value, _ in choices),
        canonical=str.lower,
        code="invalid_choice",
        message=f"Choose one of: {', '.join(value for value, _ in choices)}.",
        choices=choices,
    )


def _address() -> dict[str, TextRule]:
    return {
        "street": TextRule(label="Street", max_length=200),
        "street2": TextRule(label="Street, second line", max_length=200),
        "city": TextRule(label="City", max_length=100),
        "state": TextRule(label="State or region", max_length=100),
        "postal_code": TextRule(label="Postal code", max_length=20),
        "country": TextRule(label="Country", max_length=100),
    }


def _within(name: str, parts: Mapping[str, TextRule]) -> dict[str, TextRule]:
    return {f"{name}.{part}": rule for part, rule in parts.items()}


FIELDS: Final[Mapping[str, TextRule | DateRule]] = MappingProxyType(
    {
        "first_name": TextRule(label="First name", max_length=100),
        "last_name": TextRule(label="Last name", max_length=100),
        "display_name": TextRule(label="Display name", max_length=100),
        "date_of_birth": DateRule(
            label="Date of birth", years=130, floor=datetime.date(1890, 1, 1)
        ),
        "phone_number": _phone("Phone"),
        "alternate_phone": _phone("Other phone"),
        **_within("personal_address", _address()),
        "job_title": TextRule(label="Job title", max_length=100),
        "company": TextRule(label="Company", max_length=100),
        "department": TextRule(label="Department", max_length=100),
        "work_phone": _phone("Work phone"),
        "work_email": _email("Work e-mail"),
        **_within("work_address", _address()),
        "preferred_contact_method": _choice("Best way to reach you", CONTACT_METHODS),
        **_within(
            "emergency_contact",
            {
                "name": TextRule(label="Name", max_length=200),
                "relationship": TextRule(label="Relationship", max_length=100),
                "phone": _phone("Phone"),
                "email": _email("E-mail"),
            },
        ),
        "bio": TextRule(label="About you", max_length=2000, multiline=True, pattern=LINES),
        "website": TextRule(
            label="Website",
            max_length=300,
            pattern=WEB_ADDRESS,
            canonical=canonical_web_address,
            code="invalid_url",
            message="Give a web address like https://example.com/me, without a password in it.",
            input_type="url",
        ),
        "linkedin": TextRule(label="LinkedIn", max_length=300),
        "twitter": TextRule(label="X (Twitter)", max_length=300),
        "github": TextRule(label="GitHub", max_length=300),
        "timezone": TextRule(
            label="Time zone",
            max_length=64,
            canonical=find_zone,
            code="invalid_time_zone",
            message="Choose a time zone from the list, like Europe/Berlin.",
            database_test="profile_time_zone_exists",
        ),
        "language": TextRule(
            label="Language",
            # RFC 5646 section 4.4.1 asks for room for 35 characters.
            max_length=35,
            pattern=LANGUAGE,
            canonical=canonical_language,
            code="invalid_language",
            message="Give a language tag like en, pt-BR or zh-Hant.",
        ),
    }
)


def column_of(path: str) -> str:
    """The column and form field of a dotted path: `emergency_contact.email` is one word there."""
    return path.replace(".", "_")


PATH_OF_COLUMN: Final[Mapping[str, str]] = MappingProxyType({column_of(p): p for p in FIELDS})

# The members of the API's object, in order; those with parts are objects themselves.
MEMBERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        name: tuple(path for path in FIELDS if path.split(".")[0] == name)
        for name in dict.fromkeys(path.split(".")[0] for path in FIELDS)
    }
)
