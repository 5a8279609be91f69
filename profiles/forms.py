"""The profile as a page's form: sections of fields, each under its rule."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from config.problems import FieldFault
from profiles.models import Profile
from profiles.rules import DateRule, Value
from profiles.validators import FIELDS, MEMBERS, PATH_OF_COLUMN, column_of


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    paths: tuple[str, ...]


SECTIONS = (
    Section("Name", ("first_name", "last_name", "display_name", "date_of_birth", "bio")),
    Section("Contact", ("phone_number", "alternate_phone", "preferred_contact_method")),
    Section("Home address", MEMBERS["personal_address"]),
    Section("Work", ("job_title", "company", "department", "work_phone", "work_email")),
    Section("Work address", MEMBERS["work_address"]),
    Section("Emergency contact", MEMBERS["emergency_contact"]),
    Section("On the web", ("website", "linkedin", "twitter", "github")),
    Section("Time and language", ("timezone", "language")),
)
TIME_ZONE_LIST_ID = "time-zones"

# What a browser may fill in: the tokens of HTML's autofill, as WCAG 1.3.5 asks. An address takes
# no "home" or "work" there, so a section of its own keeps the two apart.
_AUTOFILL = {
    "first_name": "given-name",
    "last_name": "family-name",
    "display_name": "nickname",
    "date_of_birth": "bday",
    "phone_number": "home tel",
    "personal_address.street": "section-home address-line1",
    "personal_address.street2": "section-home address-line2",
    "personal_address.city": "section-home address-level2",
    "personal_address.state": "section-home address-level1",
    "personal_address.postal_code": "section-home postal-code",
    "personal_address.country": "section-home country-name",
    "job_title": "organization-title",
    "company": "organization",
    "work_phone": "work tel",
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
_HINTS = {
    "date_of_birth": "Year, month, day: 1990-12-31.",
    "website": "Starts with https:// or http://.",
    "timezone": "Like Europe/Berlin. UTC when empty.",
    "language": "A language tag: en, pt-BR, zh-Hant.",
}


class RuledFormField(forms.CharField):
    """A text input whose verdict is its rule's. Length is judged by the server, not cut off by
    the browser, which would drop the end of a pasted text unseen."""

    def __init__(self, path: str) -> None:
        self.rule = FIELDS[path]
        super().__init__(
            required=False,
            strip=False,
            label=self.rule.label,
            help_text=_HINTS.get(path, ""),
            widget=_widget_of(path),
        )

    def clean(self, value: Any) -> Value:
        return self.rule.clean(value)


def _widget_of(path: str) -> forms.Widget:
    rule = FIELDS[path]
    attributes = {"autocomplete": _AUTOFILL.get(path, "off")}
    if isinstance(rule, DateRule):
        return forms.TextInput(attributes | {"inputmode": "numeric"})
    if rule.choices:
        return forms.Select(attributes, choices=[("", "No preference"), *rule.choices])
    if rule.multiline:
        return forms.Textarea(attributes | {"rows": "5"})
    if path == "timezone":
        attributes["list"] = TIME_ZONE_LIST_ID
    # The fitting keyboard without the browser's own verdict, which types email and url bring.
    return forms.TextInput(attributes | {"inputmode": rule.input_type})


class ProfileForm(forms.Form):
    """Every field of the profile, and the version that the page was made from."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, profile: Profile) -> None:
        initial = {column: profile.value(path) for column, path in PATH_OF_COLUMN.items()}
        super().__init__(data, initial={**initial, "version": profile.version})
        self.profile = profile
        for path in FIELDS:
            self.fields[column_of(path)] = RuledFormField(path)

    def sections(self) -> Iterator[tuple[str, list[BoundField]]]:
        for section in SECTIONS:
            yield section.title, [self[column_of(path)] for path in section.paths]

    def flat_values(self) -> dict[str, object]:
        """What was typed, in normal form, by dotted path."""
        return {path: self.cleaned_data[column] for column, path in PATH_OF_COLUMN.items()}

    def add_fault(self, fault: FieldFault) -> None:
        self.add_error(column_of(fault.field), forms.ValidationError(fault.message, fault.code))

    def show_conflict(self, current: Profile) -> None:
        """Keeps what was typed, says what is stored by now, and lets the next save overwrite it."""
        self.add_error(
            None,
            "Your profile was changed somewhere else meanwhile. Nothing is saved yet: look at "
            "the marked fields, then save again.",
        )
        for column, path in PATH_OF_COLUMN.items():
            stored = current.value(path)
            if self.cleaned_data.get(column, stored) != stored:
                self.add_error(column, f"Stored meanwhile: {_shown(stored)}.")
        self.data = {**dict(self.data.items()), "version": str(current.version)}


def _shown(value: Value) -> str:
    if isinstance(value, datetime.date):
        return value.isoformat()
    return f"“{value}”" if value else "nothing"
