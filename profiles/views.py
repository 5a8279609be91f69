"""The page on which a person sees and changes their own profile."""

from __future__ import annotations

import re
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View
from django.views.decorators.http import require_POST

from accounts.security_context import repeatable
from config.problems import DomainError
from profiles.first_zone import FIELD
from profiles.forms import ProfileForm
from profiles.history import Author, values_at
from profiles.models import Door, Profile
from profiles.page import owner_of, show_profile, way_back
from profiles.services import change_profile, filled_percent, read_profile
from profiles.validators import PATH_OF_COLUMN
from profiles.writing import ChangedMeanwhile
from profiles.zones import current_name


@repeatable
class ProfilePage(LoginRequiredMixin, View):
    def get(self, request: HttpRequest) -> HttpResponse:
        form = ProfileForm(profile=read_profile(owner=owner_of(request)))
        return show_profile(request, form)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = _typed_form(request)
        if not form.is_valid():
            return show_profile(request, form, HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            _save(request, form)
        except ChangedMeanwhile as error:
            rebased = form.rebased(error.profile)
            if form.knows_base and not rebased.collisions:
                return self._save_rebased(request, rebased)
            return show_profile(request, rebased, HTTPStatus.PRECONDITION_FAILED)
        except DomainError as error:
            form.add_refusal(error)
            return show_profile(request, form, HTTPStatus(error.kind.value))
        return _saved(request, form)

    def _save_rebased(self, request: HttpRequest, form: ProfileForm) -> HttpResponse:
        """Saves upon what was stored meanwhile, unless the two changes do not go together."""
        try:
            if form.is_valid():
                _save(request, form)
                return _saved(request, form)
        except ChangedMeanwhile as error:
            form = form.rebased(error.profile)
        except DomainError as error:
            form.add_refusal(error)
        return show_profile(request, form, HTTPStatus.PRECONDITION_FAILED)


@login_required
@require_POST
def check_field(request: HttpRequest, column: str) -> HttpResponse:
    """What saving would say of one field, among all that is typed; nothing is written."""
    if column not in PATH_OF_COLUMN:
        raise Http404
    form = _typed_form(request)
    form.is_valid()
    context = {"field": form[column], "completeness": filled_percent(form.judgement.around)}
    return render(request, "profiles/_checked.html", context)


@login_required
@require_POST
def choose_time_zone(request: HttpRequest) -> HttpResponse:
    """The one step from a page of times to another zone, and back to that page."""
    owner = owner_of(request)
    try:
        profile = change_profile(
            owner=owner,
            changes={"timezone": current_name(request.POST.get(FIELD, ""))},
            author=Author(owner, Door.PAGE),
        )
    except DomainError as error:
        messages.error(request, " ".join(fault.message for fault in error.faults) or error.message)
    else:
        messages.success(request, f"Times are shown in {profile.timezone or 'UTC'}.")
    return redirect(way_back(request))


def _typed_form(request: HttpRequest) -> ProfileForm:
    profile = read_profile(owner=owner_of(request))
    version = request.POST.get("version", "")
    base = None
    if re.fullmatch("[0-9]{1,10}", version) and int(version) < profile.version:
        base = values_at(profile=profile, version=int(version))
    return ProfileForm(request.POST, profile=profile, base=base)


def _saved(request: HttpRequest, form: ProfileForm) -> HttpResponse:
    elsewhere = ", ".join(change.label for change in form.merged)
    kept = f" Changed elsewhere meanwhile, and kept: {elsewhere}." if elsewhere else ""
    messages.success(request, f"Your profile is saved.{kept}")
    return redirect("profile")


def _save(request: HttpRequest, form: ProfileForm) -> Profile:
    owner = owner_of(request)
    return change_profile(
        owner=owner,
        changes=form.changes(),
        expected_versions={form.cleaned_data["version"]},
        author=Author(owner, Door.PAGE),
    )
