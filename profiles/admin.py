"""Admin of profiles: parsed by the form of the profile page, validated and written by services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.admin_site import ReadOnlyAdmin
from accounts.clients import person_of
from config.web.problems import DomainError
from profiles.fields.rules import Value
from profiles.fields.validators import FIELDS, column_of
from profiles.forms import ProfileForm, RuledFormField
from profiles.history import Author, values_at
from profiles.models import Door, Profile, ProfileChange
from profiles.services import StaleVersion, open_for_writing, valid_values, write_changes
from profiles.widgets import SECTIONS

if TYPE_CHECKING:
    ProfileModelAdmin = admin.ModelAdmin[Profile]
    ProfileModelForm = forms.ModelForm[Profile]
else:
    ProfileModelAdmin = admin.ModelAdmin  # not generic at run time
    ProfileModelForm = forms.ModelForm

_SHOWN = ("owner", "updated_at")
_SECTIONS = [(section.title, tuple(map(column_of, section.paths))) for section in SECTIONS]


class ProfileAdminForm(ProfileModelForm):
    """Admin form with the values as the profile page shows them; only changed values are validated.

    The form locks the profile and validates it there; admin's own transaction, which also holds the
    write, keeps the lock.
    """

    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.values: dict[str, Value] = {}
        stored = self.instance.values()
        self.initial["seen_version"] = self.instance.version
        for path, value in stored.items():
            self.fields[column_of(path)] = RuledFormField(path)
            self.initial[column_of(path)] = FIELDS[path].show(value, stored)

    def clean(self) -> dict[str, Any]:
        version = self.cleaned_data.get("seen_version", self.instance.version)
        base = values_at(profile=self.instance, version=version)
        typed = {**dict(self.data.items()), "version": version}
        page = ProfileForm(typed, profile=self.instance, base=base)
        try:
            with open_for_writing(self.instance.owner, {version}) as profile:
                self.values = valid_values(profile, page.changes())
        except StaleVersion as error:
            self.add_error(None, _conflict_message(page.rebased(error.profile)))
        except DomainError as error:
            for fault in error.faults:
                refusal = forms.ValidationError(fault.message, fault.code)
                self.add_error(column_of(fault.field), refusal)
        return self.cleaned_data

    def _get_validation_exclusions(self) -> set[str]:
        """Exclude all fields: changed values are validated by the service, and old ones may
        stay."""
        return {field.name for field in Profile._meta.fields}


def _conflict_message(form: ProfileForm) -> str:
    fields = ", ".join(change.label for change in form.concurrent) or _("the picture")
    return _("Changed in the meantime: %(fields)s. Nothing was saved. Open this profile again.") % {
        "fields": fields
    }


@admin.register(Profile)
class ProfileAdmin(ProfileModelAdmin):
    form = ProfileAdminForm
    list_display = ("owner", "display_name", "first_name", "last_name", "updated_at")
    list_select_related = ("owner",)
    search_fields = ("owner__email", "display_name", "first_name", "last_name", "company")
    ordering = ("owner_id",)
    readonly_fields = _SHOWN
    fieldsets = [
        (title, {"fields": columns})
        for title, columns in ((None, (*_SHOWN, "seen_version")), *_SECTIONS)
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A profile is created when its owner first opens it."""
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Report what the database refuses; nothing is written then."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect(request.path)

    def save_model(
        self, request: HttpRequest, obj: Profile, form: forms.ModelForm[Profile], change: bool
    ) -> None:
        """Write only edited fields: others may have changed since the page was rendered."""
        values = cast(ProfileAdminForm, form).values
        with open_for_writing(obj.owner, {form.cleaned_data["seen_version"]}) as profile:
            write_changes(profile, values, Author(person_of(request), Door.ADMIN))


@admin.register(ProfileChange)
class ProfileChangeAdmin(ReadOnlyAdmin):
    """Read-only: the history is written only together with a change."""

    list_display = ("changed_at", "owner", "field", "door", "actor")
    list_filter = ("door", "changed_at")
    list_select_related = ("owner", "actor")
    search_fields = ("owner__email", "field")
    ordering = ("-changed_at",)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Deleted only together with its owner."""
        return not request.path.startswith(reverse("admin:profiles_profilechange_changelist"))
