"""What the profile's page is made of, for each view that answers with it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import User
from profiles.forms import AvatarForm, ProfileForm
from profiles.history import KEPT_DAYS
from profiles.models import Profile
from profiles.serializers import avatar_path
from profiles.services import completeness_percent
from profiles.widgets import suggestions


def owner_of(request: HttpRequest) -> User:
    return cast(User, request.user)


def way_back(request: HttpRequest) -> str:
    """The page of ours that a form was sent from: as the form names it, or the browser does."""
    address = request.POST.get("next") or request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    return address if ours else "/"


def show_profile(
    request: HttpRequest,
    form: ProfileForm,
    status: HTTPStatus = HTTPStatus.OK,
    avatar_form: AvatarForm | None = None,
) -> HttpResponse:
    context = {
        "form": form,
        "conflict": status == HTTPStatus.PRECONDITION_FAILED,
        "faults": list(form.faulty_fields()),
        "completeness": completeness_percent(form.profile),
        "suggestions": suggestions(),
        **avatar_context(form.profile, avatar_form or AvatarForm()),
    }
    return render(request, "profiles/page.html", context, status=status)


def avatar_context(profile: Profile, form: AvatarForm) -> dict[str, Any]:
    return {
        "profile": profile,
        "avatar_form": form,
        "avatar_url": avatar_path(profile),
        "kept_days": KEPT_DAYS,
    }
