"""The page on which a person sees and changes their own profile."""

from __future__ import annotations

from http import HTTPStatus
from typing import cast

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from accounts.models import User
from config.problems import DomainError, Kind
from profiles.forms import TIME_ZONE_LIST_ID, ProfileForm
from profiles.services import completeness_percent, read_profile, replace_profile
from profiles.zones import zone_names


class ProfilePage(LoginRequiredMixin, View):
    def get(self, request: HttpRequest) -> HttpResponse:
        form = ProfileForm(profile=read_profile(owner=_owner(request)))
        return _show(request, form, HTTPStatus.OK)

    def post(self, request: HttpRequest) -> HttpResponse:
        owner = _owner(request)
        form = ProfileForm(request.POST, profile=read_profile(owner=owner))
        if not form.is_valid():
            return _show(request, form, HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            replace_profile(
                owner=owner,
                values=form.flat_values(),
                expected_versions={form.cleaned_data["version"]},
            )
        except DomainError as error:
            return _refuse(request, form, error)
        messages.success(request, "Your profile is saved.")
        return redirect("profile")


def _refuse(request: HttpRequest, form: ProfileForm, error: DomainError) -> HttpResponse:
    if error.kind is Kind.PRECONDITION:
        form.show_conflict(read_profile(owner=_owner(request)))
    for fault in error.faults:
        form.add_fault(fault)
    return _show(request, form, HTTPStatus(error.kind.value))


def _show(request: HttpRequest, form: ProfileForm, status: HTTPStatus) -> HttpResponse:
    context = {
        "form": form,
        "completeness": completeness_percent(form.profile),
        "time_zones": zone_names(),
        "time_zone_list_id": TIME_ZONE_LIST_ID,
    }
    return render(request, "profiles/page.html", context, status=status)


def _owner(request: HttpRequest) -> User:
    return cast(User, request.user)
