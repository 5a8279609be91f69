"""The page where users choose how times, weeks and words are shown to them."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from accounts.clients import person_of
from accounts.models import User
from accounts.security_context import repeatable
from config.web.problems import DomainError
from profiles.forms import ProfileForm
from profiles.history import Author
from profiles.models import Door, Preferences
from profiles.preferences import change_preferences
from profiles.services import change_profile, read_profile
from profiles.widgets import suggestions

PROFILE = ("timezone", "language")


class PreferencesForm(forms.Form):
    """The choices that the profile doesn't have. `second_zone` is kept as typed: the service
    validates it."""

    second_zone = forms.CharField(
        label=gettext_lazy("Second time zone"),
        help_text=gettext_lazy("Shown beside the hours of a day or a week. None if empty."),
        required=False,
        widget=forms.TextInput({"list": "time-zones", "autocomplete": "off"}),
    )
    hour_cycle = forms.ChoiceField(
        label=gettext_lazy("Clock"), required=False, choices=Preferences.HourCycle.choices
    )
    week_start = forms.TypedChoiceField(
        label=gettext_lazy("First day of the week"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", gettext_lazy("As usual in my language")), *Preferences.WeekStart.choices],
    )
    week_numbers = forms.BooleanField(
        label=gettext_lazy("Show the numbers of weeks"),
        required=False,
        widget=forms.CheckboxInput({"class": "switch"}),
    )
    weeks = forms.TypedChoiceField(
        label=gettext_lazy("Length of the view “Weeks”"),
        coerce=int,
        choices=Preferences.Weeks.choices,
    )
    density = forms.ChoiceField(
        label=gettext_lazy("Height of an hour"), choices=Preferences.Density.choices
    )

    def add_refusal(self, error: DomainError) -> None:
        for fault in error.faults:
            if fault.field in self.fields:
                self.add_error(fault.field, forms.ValidationError(fault.message, fault.code))


@repeatable
class TimePage(LoginRequiredMixin, View):
    def get(self, request: HttpRequest) -> HttpResponse:
        owner = person_of(request)
        profile_form = ProfileForm(profile=read_profile(owner=owner))
        return _show(request, profile_form, PreferencesForm(initial=_stored(owner)))

    def post(self, request: HttpRequest) -> HttpResponse:
        profile_form = ProfileForm(request.POST, profile=read_profile(owner=person_of(request)))
        form = PreferencesForm(request.POST)
        if not form.is_valid():
            profile_form.check()
            return _show(request, profile_form, form, HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            _save(person_of(request), profile_form.changes(), form.cleaned_data)
        except DomainError as error:
            profile_form.check()
            form.add_refusal(error)
            return _show(request, profile_form, form, HTTPStatus(error.kind.value))
        messages.success(request, _("Time and language were saved."))
        return redirect("settings-time")


@transaction.atomic
def _save(owner: User, profile: Mapping[str, str], preferences: Mapping[str, Any]) -> None:
    """Save both, or neither if one is refused. Raises DomainError."""
    fields = {path: text for path, text in profile.items() if path in PROFILE}
    if fields:
        change_profile(owner=owner, changes=fields, author=Author(owner, Door.PAGE))
    change_preferences(owner=owner, changes=preferences)


def _stored(owner: User) -> dict[str, Any]:
    preferences = Preferences.objects.filter(owner=owner).first() or Preferences(owner=owner)
    return {name: getattr(preferences, name) for name in PreferencesForm.base_fields}


def _show(
    request: HttpRequest,
    profile_form: ProfileForm,
    form: PreferencesForm,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    context = {"profile_form": profile_form, "form": form, "suggestions": suggestions()}
    return render(request, "profiles/time.html", context, status=status)
