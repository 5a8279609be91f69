"""The profile page, its history and the form for the time zone."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_POST, require_safe

from accounts.clients import person_of
from accounts.security_context import repeatable
from config.web.pagination import page_of_rows
from config.web.problems import DomainError
from profiles.fields.locale import current_name
from profiles.fields.rules import TextRule
from profiles.fields.validators import FIELDS, PATH_OF_COLUMN
from profiles.forms import AvatarForm, ProfileForm
from profiles.history import (
    AVATAR,
    KEPT_DAYS,
    NEWEST_FIRST,
    Author,
    is_undoable,
    read_history,
    shown_values,
    values_at,
)
from profiles.models import Door, Profile, ProfileChange
from profiles.serializers import avatar_path
from profiles.services import (
    FIELD,
    StaleVersion,
    change_profile,
    completeness_percent,
    filled_percent,
    read_profile,
)
from profiles.undo import undo_change
from profiles.widgets import full_label, suggestions


def return_address(request: HttpRequest) -> str:
    """Return the Daybook page that a form was sent from: its field `next`, or the Referer."""
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


@dataclass(frozen=True, slots=True)
class Entry:
    change: ProfileChange
    label: str
    before: str
    after: str
    undoable: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The changes of one save."""

    changed_at: datetime.datetime
    door: str
    actor: str
    entries: list[Entry]


def grouped_entries(changes: Iterable[ProfileChange]) -> Iterator[Group]:
    for _version, group in groupby(changes, key=lambda change: change.version):
        first, *others = group
        yield Group(
            first.changed_at,
            first.get_door_display(),
            str(first.kind_of_actor.label),
            [_entry(change, change.owner.profile) for change in (first, *others)],
        )


def _entry(change: ProfileChange, profile: Profile) -> Entry:
    known = change.field in FIELDS
    label = full_label(change.field) if known else change.field.replace("_", " ").capitalize()
    before, after = (_shown(change.field, text, profile) for text in shown_values(change))
    return Entry(
        change,
        _("Picture") if change.field == AVATAR else label,
        before,
        after,
        is_undoable(change, profile),
    )


def _shown(field: str, text: str, profile: Profile) -> str:
    """Return a value as the page shows it; a field that no longer exists is shown unchanged."""
    rule = FIELDS.get(field)
    if rule is None:
        return text
    choices = dict(rule.choices) if isinstance(rule, TextRule) else {}
    return str(choices.get(text) or rule.show(text, profile.values()))


@login_required
@require_safe
def show_history(request: HttpRequest) -> HttpResponse:
    changes = read_history(owner=person_of(request))
    try:
        page = page_of_rows(request, NEWEST_FIRST, changes)
    except DomainError:  # a shortened address leads to the first page
        return redirect("settings-history")
    context = {
        "groups": grouped_entries(page.results),
        "newer": page.previous,
        "older": page.next,
    }
    return render(request, "profiles/history.html", context)


@login_required
@require_POST
def undo(request: HttpRequest, change: UUID) -> HttpResponse:
    try:
        undo_change(owner=person_of(request), change_id=change)
    except DomainError as error:
        messages.error(request, _("Nothing was undone. %(reason)s") % {"reason": _reason(error)})
    else:
        messages.success(request, _("The change was undone."))
    return redirect("settings-history")


def _reason(error: DomainError) -> str:
    """Return the messages of the faults: the former value may break a newer rule."""
    return " ".join(fault.message for fault in error.faults) or error.message


@repeatable
class ProfilePage(LoginRequiredMixin, View):
    def get(self, request: HttpRequest) -> HttpResponse:
        form = ProfileForm(profile=read_profile(owner=person_of(request)))
        return show_profile(request, form)

    def post(self, request: HttpRequest) -> HttpResponse:
        form = _typed_form(request)
        if not form.is_valid():
            return show_profile(request, form, HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            _save(request, form)
        except StaleVersion as error:
            rebased = form.rebased(error.profile)
            if form.knows_base and not rebased.collisions:
                return self._save_rebased(request, form, rebased)
            return show_profile(request, rebased, HTTPStatus.PRECONDITION_FAILED)
        except DomainError as error:
            form.add_refusal(error)
            return show_profile(request, form, HTTPStatus(error.kind.value))
        return _saved(request, form)

    def _save_rebased(
        self, request: HttpRequest, form: ProfileForm, rebased: ProfileForm
    ) -> HttpResponse:
        """Save on top of the version stored in the meantime, unless the changes collide."""
        try:
            _save(request, rebased)
        except StaleVersion as error:
            rebased = rebased.rebased(error.profile)
            return show_profile(request, rebased, HTTPStatus.PRECONDITION_FAILED)
        except DomainError as error:
            form.add_refusal(error)
            return show_profile(request, form, HTTPStatus(error.kind.value))
        return _saved(request, rebased)


@login_required
@require_POST
def check_field(request: HttpRequest, column: str) -> HttpResponse:
    """Validate one field together with the rest of the form, without saving."""
    if column not in PATH_OF_COLUMN:
        raise Http404
    form = _typed_form(request)
    context = {"completeness": filled_percent(form.check()), "field": form[column]}
    context["is_of_profile"] = "version" in request.POST
    return render(request, "profiles/_checked.html", context)


@login_required
@require_POST
def choose_time_zone(request: HttpRequest) -> HttpResponse:
    """Set the time zone from a page that shows times, and return to that page."""
    owner = person_of(request)
    try:
        profile = change_profile(
            owner=owner,
            changes={"timezone": current_name(request.POST.get(FIELD, ""))},
            author=Author(owner, Door.PAGE),
        )
    except DomainError as error:
        messages.error(request, " ".join(fault.message for fault in error.faults) or error.message)
    else:
        messages.success(
            request, _("Times are shown in %(zone)s.") % {"zone": profile.timezone or "UTC"}
        )
    return redirect(return_address(request))


def _typed_form(request: HttpRequest) -> ProfileForm:
    profile = read_profile(owner=person_of(request))
    version = request.POST.get("version", "")
    base = None
    if re.fullmatch("[0-9]{1,10}", version) and int(version) < profile.version:
        base = values_at(profile=profile, version=int(version))
    return ProfileForm(request.POST, profile=profile, base=base)


def _saved(request: HttpRequest, form: ProfileForm) -> HttpResponse:
    elsewhere = ", ".join(change.label for change in form.merged)
    saved = _("Your profile was saved.")
    if elsewhere:
        kept = _("Also changed elsewhere and kept: %(fields)s.") % {"fields": elsewhere}
        saved = f"{saved} {kept}"
    messages.success(request, saved)
    return redirect("settings-profile")


def _save(request: HttpRequest, form: ProfileForm) -> Profile:
    owner = person_of(request)
    return change_profile(
        owner=owner,
        changes=form.changes(),
        expected_versions={form.cleaned_data["version"]},
        author=Author(owner, Door.PAGE),
    )
