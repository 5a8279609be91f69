"""The form of the profile page: collects the user's changes, which the services validate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.web.problems import DomainError, FieldFault
from profiles.fields.rules import Values, text_of, tidy
from profiles.fields.validation import validate
from profiles.fields.validators import FIELDS, PATH_OF_COLUMN, column_of
from profiles.models import Profile
from profiles.pictures.rendering import MAX_BYTES
from profiles.widgets import (
    HINTS,
    PERSONAL,
    PROFESSIONAL,
    SECTIONS,
    Section,
    full_label,
    label_of,
    widget_of,
)

CHOICE = "keep-"


@dataclass(frozen=True, slots=True)
class ConcurrentChange:
    """A field that was changed elsewhere after the page was rendered. `yours` is None if the user
    didn't change it or typed the same value: then there is nothing to choose."""

    column: str
    label: str
    before: str
    theirs: str
    yours: str | None

    @property
    def choice(self) -> str:
        """The name of the input that chooses the value to keep: `mine` or `theirs`."""
        return f"{CHOICE}{self.column}"


@dataclass(frozen=True, slots=True)
class FilledSection:
    section: Section
    fields: list[BoundField]

    @property
    def faults(self) -> int:
        return sum(bool(field.errors) for field in self.fields)


class RuledFormField(forms.CharField):
    """A text input whose value is kept as typed: a service validates all fields together. It has no
    maxlength, with which a browser silently truncates pasted text."""

    def __init__(self, path: str) -> None:
        super().__init__(
            required=False,
            strip=False,
            label=lazy(label_of, str)(path),  # the fields are built once
            help_text=HINTS.get(path, ""),
            widget=widget_of(path),
        )
        self.template_name = "profiles/_field.html"

    def clean(self, value: Any) -> str:
        return value or ""


class ProfileForm(forms.Form):
    """All fields of the profile, and the version that the page shows.

    `base` are the values of that version if it's out of date; input equal to what was shown then is
    not a change, whatever is stored now.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, profile: Profile, base: Values | None = None
    ) -> None:
        self.profile = profile
        self.stored: Values = profile.values()
        self.base = self.stored if base is None else base
        self.concurrent: list[ConcurrentChange] = []
        shown = {column: _show(path, self.stored) for column, path in PATH_OF_COLUMN.items()}
        chosen = None if data is None else _with_choices(data, self.base)
        super().__init__(chosen, initial={**shown, "version": profile.version})
        for path in FIELDS:
            self.fields[column_of(path)] = RuledFormField(path)

    def check(self) -> Values:
        """Validate the input without saving it and add the faults to their fields.

        Returns the profile's values including the changes.
        """
        validation = validate(self.changes(), self.stored)
        for fault in validation.faults:
            self.add_fault(fault)
        return validation.around

    def changes(self) -> dict[str, str]:
        """Return the input by dotted path where it differs from what the page showed."""
        return {
            path: self.data[column]
            for column, path in PATH_OF_COLUMN.items()
            if column in self.data and not self._is_as_shown(path, self.data[column])
        }

    def add_fault(self, fault: FieldFault) -> None:
        self.add_error(column_of(fault.field), forms.ValidationError(fault.message, fault.code))

    def add_refusal(self, error: DomainError) -> None:
        """Add an error of the service to its fields, or to the form if it names none."""
        for fault in error.faults:
            self.add_fault(fault)
        if not error.faults:
            self.add_error(None, error.message)

    def columns(self) -> list[list[FilledSection]]:
        """Return the sections in the two columns of a wide screen."""
        return [[self._fill(section) for section in side] for side in (PERSONAL, PROFESSIONAL)]

    def sections(self) -> list[FilledSection]:
        return [self._fill(section) for section in (*PERSONAL, *PROFESSIONAL)]

    @property
    def knows_base(self) -> bool:
        """Whether `base` has the values of the page's version; the version may be unknown."""
        return self.base is not self.stored or self.cleaned_data["version"] == self.profile.version

    @property
    def collisions(self) -> list[ConcurrentChange]:
        """The fields that were changed both here and elsewhere, to different values."""
        return [change for change in self.concurrent if change.yours is not None]

    @property
    def merged(self) -> list[ConcurrentChange]:
        """The fields that were changed only elsewhere; the form contains the new value."""
        return [change for change in self.concurrent if change.yours is None]

    def faulty_fields(self) -> Iterator[tuple[BoundField, str]]:
        """Yield the invalid fields in the order of the page, each with its full label."""
        for section in SECTIONS:
            for path in section.paths:
                if (field := self[column_of(path)]).errors:
                    yield field, full_label(path)

    def rebased(self, current: Profile) -> ProfileForm:
        """Return a form with the same input on top of the current profile."""
        changes = self.changes()
        typed = {column_of(path): text for path, text in changes.items()}
        untouched = {
            column: _show(path, current.values())
            for column, path in PATH_OF_COLUMN.items()
            if path not in changes
        }
        form = ProfileForm({**untouched, **typed, "version": str(current.version)}, profile=current)
        form.full_clean()
        form.concurrent = list(_concurrent_changes(self.base, current.values(), changes))
        for change in form.collisions:
            form.add_error(
                change.column,
                _("Changed elsewhere in the meantime: %(theirs)s.")
                % {"theirs": _quoted(change.theirs)},
            )
        return form

    def _fill(self, section: Section) -> FilledSection:
        return FilledSection(section, [self[column_of(path)] for path in section.paths])

    def _is_as_shown(self, path: str, typed: str) -> bool:
        return tidy(typed) in (text_of(self.base.get(path)), _show(path, self.base))


class AvatarForm(forms.Form):
    """One picture, which is validated when it is read."""

    avatar = forms.FileField(
        label=gettext_lazy("Choose a picture"),
        help_text=format_lazy(
            gettext_lazy("JPEG, PNG or WebP, at most {megabytes} MB."),
            megabytes=MAX_BYTES // 1024**2,
        ),
        error_messages={
            "required": gettext_lazy("Choose a picture first."),
            "empty": gettext_lazy("This file is empty."),
        },
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp"}),
    )


def _concurrent_changes(
    base: Values, current: Values, changes: Mapping[str, str]
) -> Iterator[ConcurrentChange]:
    for section in SECTIONS:
        for path in section.paths:
            theirs = _show(path, current)
            if text_of(base.get(path)) == text_of(current[path]):
                continue
            yours = changes.get(path)
            same = yours is not None and tidy(yours) in (theirs, text_of(current[path]))
            yield ConcurrentChange(
                column_of(path),
                full_label(path),
                _show(path, base),
                theirs,
                None if same else yours,
            )


def _with_choices(data: Mapping[str, Any], shown: Values) -> dict[str, Any]:
    """Return the input, replaced by what the page showed where `theirs` was chosen. `keep` chooses
    for all fields."""
    chosen = {column: data[column] for column in data}
    for name in data:
        path = PATH_OF_COLUMN.get(name.removeprefix(CHOICE))
        if path and name.startswith(CHOICE) and data.get("keep", data[name]) == "theirs":
            chosen[column_of(path)] = _show(path, shown)
    return chosen


def _show(path: str, values: Values) -> str:
    return FIELDS[path].show(values.get(path), values)


def _quoted(text: str) -> str:
    return f"it's now “{text}”" if text else "it's now empty"
