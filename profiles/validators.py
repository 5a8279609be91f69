"""The profile's rules in one place: `FIELDS` maps every field to its rule.

The model fields, the form, the serializer and the database CHECK constraints are all made from
this table; a new rule is added here and nowhere else.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from profiles.normal_forms import (
    EMAIL,
    EMAIL_LENGTH,
    LANGUAGE,
    WEB_ADDRESS,
    canonical_email,
    canonical_language,
    canonical_web_address,
)
from profiles.rules import LINES, DateRule, TextRule
from profiles.zones import find_zone

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
