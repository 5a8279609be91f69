"""Phone numbers (phonenumbers) and email addresses (email-validator)."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

from config.web.problems import Words
from profiles.fields.locale import country_of_language
from profiles.fields.rules import Values, text_of

# ITU-T E.164: + and at most 15 digits, the first of which isn't 0.
E164 = r"\+[1-9][0-9]{4,14}"
EXTENSION = "[0-9]{1,15}"
EXTENSION_LENGTH = 15
_WORD = re.compile(r"[^\W\d_]{2}")
_UNREADABLE = {
    NumberParseException.INVALID_COUNTRY_CODE: (
        "phone_unknown_country_code",
        gettext_lazy("This country code doesn't exist. Start with + and the country code."),
    ),
    NumberParseException.NOT_A_NUMBER: (
        "phone_not_a_number",
        gettext_lazy("This isn't a phone number. Use a form such as +44 20 7946 0958."),
    ),
    NumberParseException.TOO_SHORT_AFTER_IDD: (
        "phone_too_short",
        gettext_lazy("This number is too short: digits are missing after the country code."),
    ),
    NumberParseException.TOO_SHORT_NSN: (
        "phone_too_short",
        gettext_lazy("This number is too short."),
    ),
    NumberParseException.TOO_LONG: ("phone_too_long", gettext_lazy("This number is too long.")),
}
_IMPOSSIBLE = {
    ValidationResult.INVALID_COUNTRY_CODE: _UNREADABLE[NumberParseException.INVALID_COUNTRY_CODE],
    ValidationResult.TOO_SHORT: (
        "phone_too_short",
        gettext_lazy("This number is too short for its country."),
    ),
    ValidationResult.TOO_LONG: (
        "phone_too_long",
        gettext_lazy("This number is too long for its country."),
    ),
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: (
        "phone_area_code_missing",
        gettext_lazy("This number works in one area only. Add its area code."),
    ),
    ValidationResult.INVALID_LENGTH: (
        "phone_invalid_length",
        gettext_lazy("Numbers of this country have a different length."),
    ),
}

# RFC 5321 section 4.5.3.1 limits a path to 256 octets including its brackets, so an address to 254.
EMAIL_LENGTH = 254

# Only the general form; email-validator checks the local part and the domain.
_NO_SPACE = r"[^\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000<>()\[\],;:\\\"@]+"
EMAIL = rf"{_NO_SPACE}@[^.A-Z\u0020<>()\[\],;:\\\"@/?#]+(?:\.[^.A-Z\u0020<>()\[\],;:\\\"@/?#]+)+"


@dataclass(frozen=True, slots=True)
class Phone:
    number: str  # E.164
    extension: str  # digits, or empty


def read_phone(text: str, around: Values, *, countries: tuple[str, ...]) -> Phone:
    """Parse a phone number. A national number belongs to the first country that is filled in among
    the paths `countries`, or else to the country of the language. Raises ValidationError."""
    return _read(text, _country(around, countries))


@functools.lru_cache(maxsize=8)  # called twice in a row: for the number, then for its extension
def _read(text: str, country: str) -> Phone:
    number = _parse(text, country)
    if fault := _IMPOSSIBLE.get(phonenumbers.is_possible_number_with_reason(number)):
        raise _refusal(text, fault)
    if not phonenumbers.is_valid_number(number):
        raise ValidationError(
            _("This isn't a valid phone number in its country: no area or network code matches."),
            code="phone_invalid",
        )
    extension = number.extension or ""
    if len(extension) > EXTENSION_LENGTH:
        raise ValidationError(_("This extension is too long."), code="extension_too_long")
    return Phone(phonenumbers.format_number(number, PhoneNumberFormat.E164), extension)


def canonical_phone(text: str, around: Values, *, countries: tuple[str, ...]) -> str:
    return read_phone(text, around, countries=countries).number


def usual_phone(number: str, around: Values, *, countries: tuple[str, ...]) -> str:
    """Return the number in national format in the user's own country, otherwise internationally."""
    try:
        parsed = phonenumbers.parse(number)
    except NumberParseException:  # stored before the rule existed
        return number
    is_at_home = phonenumbers.region_code_for_number(parsed) == _country(around, countries)
    form = PhoneNumberFormat.NATIONAL if is_at_home else PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)


def canonical_extension(text: str, around: Values) -> str:
    """Return only the digits; users type "ext. 12" or "x12"."""
    digits = text.casefold().removeprefix("extension").removeprefix("ext").lstrip("x.:# ")
    if not (digits.isascii() and digits.isdigit()):
        raise ValidationError(
            _("Enter only the digits of the extension."), code="invalid_extension"
        )
    return digits


def _parse(text: str, country: str) -> phonenumbers.PhoneNumber:
    try:
        return phonenumbers.parse(text, country or None)
    except NumberParseException as error:
        if not country and not text.lstrip().startswith(("+", "\uff0b", "tel:")):
            raise ValidationError(
                _("Start with + and the country code, or fill in the country of the address."),
                code="phone_country_needed",
            ) from None
        raise _refusal(text, _UNREADABLE[error.error_type]) from None


def _refusal(text: str, fault: tuple[str, Words]) -> ValidationError:
    """phonenumbers reads words as keypad letters (1-800-FLOWERS), which make a number too long."""
    code, message = fault
    if code == "phone_too_long" and _WORD.search(text):
        code, message = "phone_with_words", _("Enter only the number, without other text.")
    return ValidationError(message, code=code)


def _country(around: Values, countries: tuple[str, ...]) -> str:
    named = (text_of(around.get(path)) for path in countries)
    return next(filter(None, named), "") or country_of_language(text_of(around.get("language")))


def canonical_email(text: str, around: Values) -> str:
    """Return the address with its local part unchanged (RFC 5321: only its host may interpret it)
    and its domain in lower case, an internationalised domain in Unicode. No DNS lookup."""
    if len(text) > EMAIL_LENGTH:
        raise ValidationError(
            _("Use at most %(most)s characters; this has %(length)s.")
            % {"most": EMAIL_LENGTH, "length": len(text)},
            code="too_long",
        )
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise ValidationError(
            _("Enter one email address, such as name@example.com. %(error)s") % {"error": error},
            code="invalid_email",
        ) from None
