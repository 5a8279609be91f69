"""The picture section of the profile page."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from accounts.clients import person_of
from accounts.throttles import limits
from config.web.problems import DomainError
from profiles.forms import AvatarForm, ProfileForm
from profiles.history import Author
from profiles.models import Door, Profile
from profiles.pictures.avatars import refuse_long_body, remove_avatar, set_avatar
from profiles.services import read_profile
from profiles.views import avatar_context, show_profile


@csrf_exempt  # checking the token reads the body, whose length is checked first
@login_required
@require_POST
def change_avatar(request: HttpRequest) -> HttpResponse:
    """Set the picture, or remove it if `remove` is sent. htmx gets only this section of the
    page."""
    try:
        refuse_long_body(request.META.get("CONTENT_LENGTH"))
    except DomainError as error:
        # The body with the token is not read; nothing is changed, so no CSRF check is needed.
        return _refuse(request, AvatarForm({}), error)
    return _change_avatar(request)


@csrf_protect
def _change_avatar(request: HttpRequest) -> HttpResponse:
    form = AvatarForm(request.POST, request.FILES)
    removing = "remove" in request.POST
    if not removing and not form.is_valid():
        return _answer(request, read_profile(owner=person_of(request)), form)
    try:
        profile = _remove(request) if removing else _set(request, form)
    except DomainError as error:
        return _refuse(request, form, error)
    if not _is_by_htmx(request):
        messages.success(
            request, _("Your picture was removed.") if removing else _("Your picture was saved.")
        )
        return redirect("settings-profile")
    return _answer(request, profile, AvatarForm())


def _set(request: HttpRequest, form: AvatarForm) -> Profile:
    owner = person_of(request)
    limits.count_for_person(owner, limits.PICTURE)
    content = form.cleaned_data["avatar"].read()
    return set_avatar(owner=owner, content=content, author=Author(owner, Door.PAGE))


def _remove(request: HttpRequest) -> Profile:
    owner = person_of(request)
    return remove_avatar(owner=owner, author=Author(owner, Door.PAGE))


def _refuse(request: HttpRequest, form: AvatarForm, error: DomainError) -> HttpResponse:
    form.full_clean()
    form.errors.clear()
    form.add_error("avatar", error.message)
    return _answer(
        request, read_profile(owner=person_of(request)), form, HTTPStatus(error.kind.value)
    )


def _answer(
    request: HttpRequest,
    profile: Profile,
    form: AvatarForm,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    if form.errors and status == HTTPStatus.OK:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    if _is_by_htmx(request):
        context = {**avatar_context(profile, form), "raised": _raised_once(request, profile)}
        return render(request, "profiles/_avatar.html", context, status=status)
    return show_profile(request, ProfileForm(profile=profile), status, form)


def _raised_once(request: HttpRequest, profile: Profile) -> bool:
    """Whether the picture is the only change since the page was rendered. The profile form may then
    take the new version, so that the next save isn't a conflict."""
    return request.POST.get("version", "") == str(profile.version - 1)


def _is_by_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
