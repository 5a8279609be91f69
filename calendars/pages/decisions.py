"""What a person decides about an event: the answer to an invitation, and what becomes of a change
that Google doesn't have."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.clients import PersonRequest
from accounts.security_context import repeatable
from calendars.events.history import Author, Door
from calendars.events.invitations import answer_invitation
from calendars.events.resolving import (
    MINE,
    THEIRS,
    conflict_of,
    retry_change,
    revert_change,
    settle_conflict,
)
from calendars.pages.changed import address_of, changed, not_found, page_before, refused
from calendars.pages.event import instance_of
from calendars.pages.saving import original_of, scope_of
from calendars.pages.version_words import differences
from config.web.problems import DomainError, Kind
from profiles.preferences import reader_of

FIELD = "field-"


@repeatable
@login_required
@require_POST
def answer(request: PersonRequest, event_id: UUID) -> HttpResponse:
    """Accept, decline or leave open. Google tells the organizer."""
    shown = instance_of(request, event_id)
    author = Author(Door.PAGE, actor_id=request.user.pk)
    back = page_before(request, address_of(shown.event))
    try:
        answer_invitation(
            owner_id=request.user.pk,
            event_id=shown.event.pk,
            response=request.POST.get("response", ""),
            comment=request.POST.get("comment"),
            scope=scope_of(shown, request.POST.get("scope", "this")),
            original_start_at=original_of(shown),
            author=author,
        )
    except DomainError as error:
        return refused(request, error, back=back)
    return changed(request, _("Your answer is kept."), act=author.act, back=back, stays=True)


@repeatable
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def conflict(request: PersonRequest, event_id: UUID) -> HttpResponse:
    """Both versions of an event, and which one to keep: as a whole, or of each field."""
    try:
        found = conflict_of(owner_id=request.user.pk, event_id=event_id)
    except DomainError as error:
        if request.method != "POST":
            raise not_found(error) from error
        return refused(request, error, back=reverse("home"), shows_missing=True)
    faults = ""
    if request.method == "POST":
        try:
            return _settled(request, event_id)
        except DomainError as error:
            if error.kind is Kind.NOT_FOUND:
                return refused(request, error, back=reverse("home"), shows_missing=True)
            faults = error.message
    versions = (found.mine, found.theirs, found.base)
    context = {
        "conflict": found,
        "title": next((one.summary for one in versions if one is not None), ""),
        "differences": differences(found, reader_of(request.user)),
        "back": page_before(request, reverse("home")),
        "faults": faults,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK
    return render(request, "events/conflict.html", context, status=status)


def _settled(request: PersonRequest, event_id: UUID) -> HttpResponse:
    keep, version = request.POST.get("keep", ""), request.POST.get("version", "")
    fields = {
        name.removeprefix(FIELD): side
        for name, side in request.POST.items()
        if name.startswith(FIELD) and isinstance(side, str)
    }
    event = settle_conflict(
        owner_id=request.user.pk,
        event_id=event_id,
        keep=keep if keep in (MINE, THEIRS) else None,
        fields={} if keep in (MINE, THEIRS) else fields,
        version=int(version) if version.isascii() and version.isdigit() else None,
        author=Author(Door.PAGE, actor_id=request.user.pk),
    )
    back = address_of(event) if event else page_before(request, reverse("home"))
    return changed(request, _("Both sides agree again."), act=None, back=back)


@repeatable
@login_required
@require_POST
def retry(request: PersonRequest, event_id: UUID) -> HttpResponse:
    back = page_before(request, reverse("event", args=[event_id]))
    try:
        retry_change(owner_id=request.user.pk, event_id=event_id)
    except DomainError as error:
        return refused(request, error, back=back)
    return changed(request, _("The change is sent again."), act=None, back=back, stays=True)


@repeatable
@login_required
@require_POST
def revert(request: PersonRequest, event_id: UUID) -> HttpResponse:
    """Show again what Google has."""
    author = Author(Door.PAGE, actor_id=request.user.pk)
    home = page_before(request, reverse("home"))
    try:
        event = revert_change(owner_id=request.user.pk, event_id=event_id, author=author)
    except DomainError as error:
        return refused(request, error, back=home)
    back = page_before(request, address_of(event)) if event else home
    message = _("The event is as it is at Google.") if event else _("The event was removed.")
    return changed(request, message, act=None, back=back, stays=event is not None)
