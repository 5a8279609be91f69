"""`FIELDS`: the table that maps every profile field to its rule.

The model fields, the form, the serializer and the database CHECK constraints are all built from
this table; add a new field only here.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from config.web.problems import Words
from profiles.fields.contacts import (
    E164,
    EMAIL,
    EMAIL_LENGTH,
    EXTENSION,
    EXTENSION_LENGTH,
    canonical_email,
    canonical_extension,
    canonical_phone,
    read_phone,
    usual_phone,
)
from profiles.fields.dates import DateRule
from profiles.fields.locale import (
    LANGUAGE,
    LANGUAGE_LENGTH,
    LANGUAGE_REFUSED,
    canonical_language,
    canonical_zone,
)
from profiles.fields.places import COUNTRY, canonical_country, canonical_postal_code, country_name
from profiles.fields.rules import LINES, Need, TextRule, Values, tidy
from profiles.fields.web_addresses import (
    GITHUB,
    LINKEDIN,
    WEB_ADDRESS,
    Network,
    X,
    canonical_website,
)

Rule = TextRule | DateRule

# Far more than the 16 characters of E.164: old rows contain numbers as users typed them.
LONGEST_PHONE: Final = 40
# The country of a national number: the first of these fields that is filled in.
_HOME = ("personal_address.country",)
_WORK = ("work_address.country", *_HOME)
PHONE_COUNTRIES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "phone_number": _HOME,
        "alternate_phone": _HOME,
        "work_phone": _WORK,
        "emergency_contact.phone": _HOME,
    }
)

# Contact methods (value, label, required field). The account always has an email address, so
# "email" requires no field.
CONTACT_METHODS: Final = (
    ("email", gettext_lazy("Email"), ""),
    ("phone", gettext_lazy("Phone"), "phone_number"),
    ("sms", gettext_lazy("Text message"), "phone_number"),
    ("work_email", gettext_lazy("Work email"), "work_email"),
    ("work_phone", gettext_lazy("Work phone"), "work_phone"),
)


def _email(label: Words) -> TextRule:
    return TextRule(
        label=label,
        max_length=EMAIL_LENGTH,
        pattern=EMAIL,
        canonical=canonical_email,
        code="invalid_email",
        message=gettext_lazy("Enter one email address, such as name@example.com."),
        input_type="email",
    )


def _phone(path: str, label: Words) -> dict[str, TextRule]:
    countries = PHONE_COUNTRIES[path]
    number = TextRule(
        label=label,
        max_length=LONGEST_PHONE,
        pattern=E164,
        canonical=partial(canonical_phone, countries=countries),
        shown=partial(usual_phone, countries=countries),
        hints=(*countries, "language"),
        input_type="tel",
    )
    extension = TextRule(
        label=format_lazy("{phone}, {extension}", phone=label, extension=gettext_lazy("extension")),
        max_length=EXTENSION_LENGTH,
        pattern=EXTENSION,
        canonical=canonical_extension,
        depends_on=(path,),
        needs=(Need(EXTENSION, path, gettext_lazy("Enter the number of this extension.")),),
        code="invalid_extension",
        input_type="tel",
    )
    return {path: number, extension_of(path): extension}


def _contact_method() -> TextRule:
    message = gettext_lazy("Fill in its number or address first, or choose another contact method.")
    needs = tuple(Need(value, path, message) for value, _, path in CONTACT_METHODS if path)
    return TextRule(
        label=gettext_lazy("Preferred contact method"),
        max_length=max(len(value) for value, _, _ in CONTACT_METHODS),
        pattern="|".join(re.escape(value) for value, _, _ in CONTACT_METHODS),
        canonical=_lower,
        depends_on=tuple(dict.fromkeys(need.path for need in needs)),
        needs=needs,
        code="invalid_choice",
        message=format_lazy(
            gettext_lazy("Choose one of {values}."),
            values=", ".join(value for value, _, _ in CONTACT_METHODS),
        ),
        choices=tuple((value, label) for value, label, _ in CONTACT_METHODS),
    )


def _address(name: str) -> dict[str, TextRule]:
    country = f"{name}.country"
    return {
        f"{name}.street": TextRule(label=gettext_lazy("Street"), max_length=200),
        f"{name}.street2": TextRule(label=gettext_lazy("Street, second line"), max_length=200),
        f"{name}.city": TextRule(label=gettext_lazy("City"), max_length=100),
        f"{name}.state": TextRule(label=gettext_lazy("State or region"), max_length=100),
        f"{name}.postal_code": TextRule(
            label=gettext_lazy("Postal code"),
            max_length=20,
            canonical=partial(canonical_postal_code, country=country),
            depends_on=(country,),
        ),
        country: TextRule(
            label=gettext_lazy("Country"),
            # Old rows may contain a name instead of a code.
            max_length=100,
            pattern=COUNTRY,
            canonical=canonical_country,
            shown=country_name,
            hints=("language",),
            code="unknown_country",
        ),
    }


def _network(network: Network) -> TextRule:
    return TextRule(
        label=network.label,
        max_length=300,
        pattern=network.pattern,
        canonical=network.canonical,
        code="invalid_handle",
        message=gettext_lazy("Copy the address of your profile on that site."),
        input_type="url",
    )


def _lower(text: str, around: Values) -> str:
    return text.lower()


def extension_of(path: str) -> str:
    """Return the path of a phone number's extension."""
    return f"{path}_extension"


FIELDS: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "first_name": TextRule(label=gettext_lazy("First name"), max_length=100),
        "last_name": TextRule(label=gettext_lazy("Last name"), max_length=100),
        "display_name": TextRule(label=gettext_lazy("Display name"), max_length=100),
        "date_of_birth": DateRule(
            label=gettext_lazy("Date of birth"),
            years=130,
            floor=datetime.date(1890, 1, 1),
            language="language",
            country=_HOME[0],
        ),
        **_phone("phone_number", gettext_lazy("Phone")),
        **_phone("alternate_phone", gettext_lazy("Other phone")),
        **_address("personal_address"),
        "job_title": TextRule(label=gettext_lazy("Job title"), max_length=100),
        "company": TextRule(label=gettext_lazy("Company"), max_length=100),
        "department": TextRule(label=gettext_lazy("Department"), max_length=100),
        **_phone("work_phone", gettext_lazy("Work phone")),
        "work_email": _email(gettext_lazy("Work email")),
        **_address("work_address"),
        "preferred_contact_method": _contact_method(),
        "emergency_contact.name": TextRule(label=gettext_lazy("Name"), max_length=200),
        "emergency_contact.relationship": TextRule(
            label=gettext_lazy("Relationship"), max_length=100
        ),
        **_phone("emergency_contact.phone", gettext_lazy("Phone")),
        "emergency_contact.email": _email(gettext_lazy("Email")),
        "bio": TextRule(
            label=gettext_lazy("About you"), max_length=2000, multiline=True, pattern=LINES
        ),
        "website": TextRule(
            label=gettext_lazy("Website"),
            max_length=300,
            pattern=WEB_ADDRESS,
            canonical=canonical_website,
            code="invalid_url",
            message=gettext_lazy("Enter a web address such as https://example.com/me."),
            input_type="url",
        ),
        "linkedin": _network(LINKEDIN),
        "twitter": _network(X),
        "github": _network(GITHUB),
        "timezone": TextRule(
            label=gettext_lazy("Time zone"),
            max_length=64,
            canonical=canonical_zone,
            database_test="profile_time_zone_exists",
        ),
        "language": TextRule(
            label=gettext_lazy("Language"),
            max_length=LANGUAGE_LENGTH,
            pattern=LANGUAGE,
            canonical=canonical_language,
            code="invalid_language",
            message=LANGUAGE_REFUSED,
        ),
    }
)


def extension_within(path: str, given: object, around: Values) -> str:
    """Return the extension contained in a phone number that is valid under its rule."""
    text = tidy(given) if isinstance(given, str) else ""
    return read_phone(text, around, countries=PHONE_COUNTRIES[path]).extension if text else ""


def column_of(path: str) -> str:
    """Return the column and form field of a dotted path, such as `emergency_contact_email`."""
    return path.replace(".", "_")


PATH_OF_COLUMN: Final[Mapping[str, str]] = MappingProxyType({column_of(p): p for p in FIELDS})

# The members of the API's JSON object in order; a member with several paths is an object itself.
MEMBERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        name: tuple(path for path in FIELDS if path.split(".")[0] == name)
        for name in dict.fromkeys(path.split(".")[0] for path in FIELDS)
    }
)

EXTENSIONS: Final[Mapping[str, str]] = MappingProxyType(
    {path: extension_of(path) for path in PHONE_COUNTRIES}
)

# Other names of fields. The first name is what clients of the old system know.
ALIASES: Final[Mapping[str, str]] = MappingProxyType({"time_zone": "timezone"})

# The members that count for completeness: an extension counts with its number.
COUNTED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {name: paths for name, paths in MEMBERS.items() if name not in EXTENSIONS.values()}
)
