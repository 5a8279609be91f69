"""The profile as a page's form: what a person changed there, which the services validate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from config.web.problems import DomainError, FieldFault
from profiles.fields.rules import Values, text_of, tidy
from profiles.fields.validation import judge
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
class Meanwhile:
    """A field that was changed elsewhere after the page was made. `yours` is None where the person
    did not touch it, or typed the same: then there is nothing to choose."""

    column: str
    label: str
    before: str
    theirs: str
    yours: str | None

    @property
    def choice(self) -> str:
        """The name of the input that says whose value is kept: `mine` or `theirs`."""
        return f"{CHOICE}{self.column}"


@dataclass(frozen=True, slots=True)
class FilledSection:
    section: Section
    fields: list[BoundField]

    @property
    def faults(self) -> int:
        return sum(bool(field.errors) for field in self.fields)


class RuledFormField(forms.CharField):
    """A text input, left as it was typed: a service validates all of them together. The server
    checks the length too: a browser would cut off the end of a pasted text unseen."""

    def __init__(self, path: str) -> None:
        super().__init__(
            required=False,
            strip=False,
            label=label_of(path),
            help_text=HINTS.get(path, ""),
            widget=widget_of(path),
        )
        self.template_name = "profiles/_field.html"

    def clean(self, value: Any) -> str:
        return value or ""


class ProfileForm(forms.Form):
    """Every field of the profile, and the version that the page was made from.

    `base` is what that version held, where it is past; what is typed as it was shown then is no
    change, whatever was stored meanwhile.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, profile: Profile, base: Values | None = None
    ) -> None:
        self.profile = profile
        self.stored: Values = profile.values()
        self.base = self.stored if base is None else base
        self.meanwhile: list[Meanwhile] = []
        shown = {column: _show(path, self.stored) for column, path in PATH_OF_COLUMN.items()}
        chosen = None if data is None else _with_choices(data, self.base)
        super().__init__(chosen, initial={**shown, "version": profile.version})
        for path in FIELDS:
            self.fields[column_of(path)] = RuledFormField(path)

    def check(self) -> Values:
        """Validate what was typed without writing it; its faults go to their fields.

        Returns the profile as it would be.
        """
        judgement = judge(self.changes(), self.stored)
        for fault in judgement.faults:
            self.add_fault(fault)
        return judgement.around

    def changes(self) -> dict[str, str]:
        """What was typed by dotted path, where it is not what the page showed."""
        return {
            path: self.data[column]
            for column, path in PATH_OF_COLUMN.items()
            if column in self.data and not self._is_as_shown(path, self.data[column])
        }

    def add_fault(self, fault: FieldFault) -> None:
        self.add_error(column_of(fault.field), forms.ValidationError(fault.message, fault.code))

    def add_refusal(self, error: DomainError) -> None:
        """What the service refused, at its fields if it names any."""
        for fault in error.faults:
            self.add_fault(fault)
        if not error.faults:
            self.add_error(None, error.message)

    def columns(self) -> list[list[FilledSection]]:
        """The sections, in the two columns of a wide screen."""
        return [[self._fill(section) for section in side] for side in (PERSONAL, PROFESSIONAL)]

    def sections(self) -> list[FilledSection]:
        return [self._fill(section) for section in SECTIONS]

    @property
    def knows_base(self) -> bool:
        """Whether `base` is what the page's version held, and not that of a version of no past."""
        return self.base is not self.stored or self.cleaned_data["version"] == self.profile.version

    @property
    def collisions(self) -> list[Meanwhile]:
        """What was changed here and elsewhere, each to something else."""
        return [change for change in self.meanwhile if change.yours is not None]

    @property
    def merged(self) -> list[Meanwhile]:
        """What was changed elsewhere alone: it stands in the form, and nothing overwrites it."""
        return [change for change in self.meanwhile if change.yours is None]

    def faulty_fields(self) -> Iterator[tuple[BoundField, str]]:
        """The refused fields in the order of the page, each with its full name."""
        for section in SECTIONS:
            for path in section.paths:
                if (field := self[column_of(path)]).errors:
                    yield field, full_label(path)

    def rebased(self, current: Profile) -> ProfileForm:
        """The same typing upon what is stored by now; the next save decides."""
        changes = self.changes()
        typed = {column_of(path): text for path, text in changes.items()}
        untouched = {
            column: _show(path, current.values())
            for column, path in PATH_OF_COLUMN.items()
            if path not in changes
        }
        form = ProfileForm({**untouched, **typed, "version": str(current.version)}, profile=current)
        form.full_clean()
        form.meanwhile = list(_meanwhile(self.base, current.values(), changes))
        for change in form.collisions:
            form.add_error(change.column, f"Changed elsewhere meanwhile: {_quoted(change.theirs)}.")
        return form

    def _fill(self, section: Section) -> FilledSection:
        return FilledSection(section, [self[column_of(path)] for path in section.paths])

    def _is_as_shown(self, path: str, typed: str) -> bool:
        return tidy(typed) in (text_of(self.base.get(path)), _show(path, self.base))


class AvatarForm(forms.Form):
    """One picture, which is validated when it is read."""

    avatar = forms.FileField(
        label="Choose a picture",
        help_text=f"JPEG, PNG or WebP, at most {MAX_BYTES // 1024**2} MB.",
        error_messages={"required": "Choose a picture first.", "empty": "This file is empty."},
        widget=forms.FileInput({"accept": "image/jpeg,image/png,image/webp"}),
    )


def _meanwhile(base: Values, current: Values, changes: Mapping[str, str]) -> Iterator[Meanwhile]:
    for section in SECTIONS:
        for path in section.paths:
            theirs = _show(path, current)
            if text_of(base.get(path)) == text_of(current[path]):
                continue
            yours = changes.get(path)
            same = yours is not None and tidy(yours) in (theirs, text_of(current[path]))
            yield Meanwhile(
                column_of(path),
                full_label(path),
                _show(path, base),
                theirs,
                None if same else yours,
            )


def _with_choices(data: Mapping[str, Any], shown: Values) -> dict[str, Any]:
    """What was typed, with what the page showed in its place where `theirs` was chosen. `keep`
    chooses for all that there was a choice of."""
    chosen = {column: data[column] for column in data}
    for name in data:
        path = PATH_OF_COLUMN.get(name.removeprefix(CHOICE))
        if path and name.startswith(CHOICE) and data.get("keep", data[name]) == "theirs":
            chosen[column_of(path)] = _show(path, shown)
    return chosen


def _show(path: str, values: Values) -> str:
    return FIELDS[path].show(values.get(path), values)


def _quoted(text: str) -> str:
    return f"it is “{text}” now" if text else "it is empty now"
