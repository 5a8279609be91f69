"""Profiles in the admin: the same form rules, and the same service writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from profiles.forms import SECTIONS
from profiles.models import Profile
from profiles.services import change_profile
from profiles.validators import PATH_OF_COLUMN, column_of

if TYPE_CHECKING:
    ProfileModelAdmin = admin.ModelAdmin[Profile]
else:
    ProfileModelAdmin = admin.ModelAdmin  # not generic at run time

_SECTIONS = [(s.title, tuple(column_of(path) for path in s.paths)) for s in SECTIONS]


@admin.register(Profile)
class ProfileAdmin(ProfileModelAdmin):
    list_display = ("owner", "display_name", "first_name", "last_name", "updated_at")
    list_select_related = ("owner",)
    search_fields = ("owner__email", "display_name", "first_name", "last_name", "company")
    ordering = ("owner_id",)
    readonly_fields = ("owner", "version", "updated_at")
    fieldsets = [
        (title, {"fields": columns}) for title, columns in ((None, readonly_fields), *_SECTIONS)
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A profile makes itself when its owner first looks at it."""
        return False

    def save_model(
        self, request: HttpRequest, obj: Profile, form: ModelForm[Profile], change: bool
    ) -> None:
        """Only what was edited here: another field may have changed since the page was made."""
        edited = [column for column in form.changed_data if column in PATH_OF_COLUMN]
        changes = {PATH_OF_COLUMN[column]: form.cleaned_data[column] for column in edited}
        change_profile(owner=obj.owner, changes=changes)
