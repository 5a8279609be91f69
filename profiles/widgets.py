"""The form input of each field: keyboard, autofill, hint, and the sections of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.web.problems import Words
from profiles.fields.dates import DateRule
from profiles.fields.locale import language_names, zone_names
from profiles.fields.places import country_choices
from profiles.fields.validators import EXTENSIONS, FIELDS, MEMBERS

_NUMBER_OF: Final = {extension: number for number, extension in EXTENSIONS.items()}

# Suggestion lists (datalist); the page has each list once.
_LIST_OF: Final = {
    "personal_address.country": "countries",
    "work_address.country": "countries",
    "timezone": "time-zones",
    "language": "languages",
}

# HTML autofill tokens, required by WCAG 1.3.5. Address tokens can't have "home" or "work", so
# sections separate the two addresses.
_AUTOFILL: Final = {
    "first_name": "given-name",
    "last_name": "family-name",
    "display_name": "nickname",
    "date_of_birth": "bday",
    "phone_number": "home tel",
    "phone_number_extension": "home tel-extension",
    "personal_address.street": "section-home address-line1",
    "personal_address.street2": "section-home address-line2",
    "personal_address.city": "section-home address-level2",
    "personal_address.state": "section-home address-level1",
    "personal_address.postal_code": "section-home postal-code",
    "personal_address.country": "section-home country-name",
    "job_title": "organization-title",
    "company": "organization",
    "work_phone": "work tel",
    "work_phone_extension": "work tel-extension",
    "work_email": "work email",
    "work_address.street": "section-work address-line1",
    "work_address.street2": "section-work address-line2",
    "work_address.city": "section-work address-level2",
    "work_address.state": "section-work address-level1",
    "work_address.postal_code": "section-work postal-code",
    "work_address.country": "section-work country-name",
    "website": "url",
    "language": "language",
}

# Fields with usually long values get the full width of their section.
_WIDE: Final = {
    *("personal_address.street", "personal_address.street2", "work_address.street"),
    *("work_address.street2", "work_email", "emergency_contact.email", "timezone"),
    *("department", "language"),
    *("website", "linkedin", "twitter", "github"),
}
HINTS: Final = {
    "date_of_birth": gettext_lazy("Year, month, day, such as 1990-12-31 or 19901231."),
    "phone_number": gettext_lazy(
        "With + and the country code, or in the form used in your country."
    ),
    "website": gettext_lazy("For example, example.com/me."),
    "linkedin": gettext_lazy("Your user name there, or the address of your profile."),
    "twitter": gettext_lazy("Your user name there, with or without @."),
    "github": gettext_lazy("Your user name there, or the address of your profile."),
    "timezone": gettext_lazy(
        "For example, Europe/Berlin. All times are shown in this zone; in UTC if empty."
    ),
    "language": gettext_lazy("Name or tag, such as German, Deutsch or pt-BR."),
}


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the form; `slug` is its fragment in the URL."""

    slug: str
    title: Words
    paths: tuple[str, ...]


def _section(slug: str, title: Words, *members: str) -> Section:
    paths = [path for member in members for path in MEMBERS.get(member, (member,))]
    return Section(slug, title, tuple(_with_extensions(paths)))


def _with_extensions(paths: Sequence[str]) -> list[str]:
    """Insert the extension after each phone number."""
    return [
        found
        for path in paths
        if path not in EXTENSIONS.values()
        for found in (path, EXTENSIONS.get(path))
        if found
    ]


PERSONAL: Final = (
    _section(
        "name",
        gettext_lazy("Name"),
        "first_name",
        "last_name",
        "display_name",
        "date_of_birth",
        "bio",
    ),
    _section(
        "contact",
        gettext_lazy("Contact"),
        "phone_number",
        "alternate_phone",
        "preferred_contact_method",
    ),
    _section("home", gettext_lazy("Home address"), "personal_address"),
    _section("emergency", gettext_lazy("Emergency contact"), "emergency_contact"),
)


PROFESSIONAL: Final = (
    _section(
        "work",
        gettext_lazy("Work"),
        "job_title",
        "company",
        "department",
        "work_phone",
        "work_email",
    ),
    _section("work-address", gettext_lazy("Work address"), "work_address"),
    _section("web", gettext_lazy("On the web"), "website", "linkedin", "twitter", "github"),
)
# On a page of its own.
TIME: Final = _section("time", gettext_lazy("Time and language"), "timezone", "language")


SECTIONS: Final = (*PERSONAL, *PROFESSIONAL, TIME)


_SECTION_OF: Final = {path: section for section in SECTIONS for path in section.paths}


def full_label(path: str) -> str:
    """Return a label that is unique without its section: there are two fields named City."""
    label = str(FIELDS[path].label)
    return f"{_SECTION_OF[path].title}: {label}" if "." in path else label


def suggestions() -> dict[str, dict[str, str]]:
    """Return the suggestion lists by id: each value with its label."""
    return {
        "countries": dict.fromkeys(country_choices().values(), ""),
        "time-zones": dict.fromkeys(zone_names(), ""),
        "languages": language_names(),
    }


def label_of(path: str) -> str:
    """Return the label; that of an extension is short, with its number for screen readers."""
    number = _NUMBER_OF.get(path)
    if number is None:
        return str(FIELDS[path].label)
    whose = FIELDS[number].label
    return format_html(
        '{}<span class="visually-hidden"> {}</span>',
        _("Extension"),
        _("of %(field)s") % {"field": whose},
    )


def widget_of(path: str) -> forms.Widget:
    rule = FIELDS[path]
    attributes = {"autocomplete": _AUTOFILL.get(path, "off")}
    if isinstance(rule, DateRule):
        return forms.TextInput(attributes | {"inputmode": "numeric"})
    if rule.choices:
        return forms.Select(attributes, choices=[("", "No preference"), *rule.choices])
    if rule.multiline:
        return forms.Textarea(attributes | {"rows": "5"})
    attributes["class"] = _width_of(path)
    if path in _LIST_OF:
        attributes["list"] = _LIST_OF[path]
    # inputmode selects the keyboard without the browser's validation of type=email and type=url.
    return forms.TextInput(attributes | {"inputmode": rule.input_type})


def _width_of(path: str) -> str:
    """Return the CSS class for the width; an extension shares the row with its number."""
    if path in _WIDE:
        return "wide"
    if path in _NUMBER_OF:
        return "short"
    return "long" if path in EXTENSIONS else "half"
