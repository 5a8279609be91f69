"""What is done with an event at once: it is moved or deleted, and a change is undone."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.clients import PersonRequest
from accounts.local_time import number
from accounts.security_context import repeatable
from calendars.events.history import Author, Door
from calendars.events.scopes import change_in_scope, delete_in_scope
from calendars.events.undo import Undone, undo_act
from calendars.events.values import columns_of
from calendars.models import PendingChange
from calendars.pages.changed import address_of, changed, is_htmx, page_before, refused
from calendars.pages.event import POPOVER, instance_of
from calendars.pages.new_event import moment_of
from calendars.pages.saving import SCOPES, former_of, original_of, said, scope_of
from calendars.pages.scope_words import with_notes
from calendars.timeline.event_card import ShownEvent
from config.web.problems import DomainError
from profiles.preferences import reader_of

Notify = PendingChange.Notify


@repeatable
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete_event(request: PersonRequest, event_id: UUID) -> HttpResponse:
    """For a series, and for guests, it asks first what to delete and whom to tell."""
    shown = instance_of(request, event_id)
    back = _view_of(request, shown)
    if request.method != "POST":
        return _ask_before_deleting(request, shown, back, HTTPStatus.OK)
    if shown.series is not None and request.POST.get("scope") not in dict(SCOPES):
        return _ask_before_deleting(request, shown, back, HTTPStatus.UNPROCESSABLE_ENTITY)
    author = Author(Door.PAGE, actor_id=request.user.pk)
    try:
        edited = delete_in_scope(**_target(request, shown), author=author, notify=_notify(request))
    except DomainError as error:
        return refused(request, error, back=address_of(shown.event))
    message = _("“%(title)s” was deleted.") % {"title": said(shown.event)}
    words = with_notes(message, edited, reader_of(request.user))
    return changed(request, words, act=author.act, back=back)


@repeatable
@login_required
@require_POST
def move_event(request: PersonRequest, event_id: UUID) -> HttpResponse:
    """Give an event other times: `start` and `end`, which is exclusive. Dates are all-day; times
    without an offset are those of the person."""
    shown = instance_of(request, event_id)
    reader, former = reader_of(request.user), former_of(shown)
    author = Author(Door.PAGE, actor_id=request.user.pk)
    members = {name: moment_of(request.POST.get(name, ""), reader) for name in ("start", "end")}
    try:
        columns = columns_of(members, zone=reader.zone, former=former)
        changes = {name: value for name, value in columns.items() if value != getattr(former, name)}
        if not changes:
            return changed(request, "", act=None, back=_view_of(request, shown))
        edited = change_in_scope(
            **_target(request, shown), changes=changes, author=author, notify=_notify(request)
        )
    except DomainError as error:
        return refused(request, error, back=_view_of(request, shown))
    message = _("“%(title)s” was moved.") % {"title": said(shown.event)}
    words = with_notes(message, edited, reader)
    return changed(request, words, act=author.act, back=_view_of(request, shown))


@repeatable
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def undo_change(request: PersonRequest, act: UUID) -> HttpResponse:
    """Undo what was done at once. The undo can be undone, too."""
    back = page_before(request, reverse("home"))
    if request.method != "POST":
        return render(request, "events/undo.html", {"act": act, "back": back})
    author = Author(Door.UNDO, actor_id=request.user.pk)
    try:
        undone = undo_act(owner_id=request.user.pk, act=act, author=author)
    except DomainError as error:
        return refused(request, error, back=back, shows_missing=True)
    is_whole = undone != Undone(left=undone.left)
    return changed(request, _undone_words(undone), act=author.act if is_whole else None, back=back)


def _target(request: PersonRequest, shown: ShownEvent) -> dict[str, Any]:
    """Return what names the event and its version for the services."""
    scope, base = request.POST.get("scope", ""), request.POST.get("base", "")
    return {
        "owner_id": request.user.pk,
        "event_id": shown.event.pk,
        "base": int(base) if base.isascii() and base.isdigit() else shown.event.change_set,
        "scope": scope_of(shown, scope),
        "original_start_at": original_of(shown),
    }


def _notify(request: PersonRequest) -> str:
    """Nobody is mailed unless the person says so."""
    notify = request.POST.get("notify", "")
    return notify if notify in Notify.values else Notify.NONE


def _ask_before_deleting(
    request: PersonRequest, shown: ShownEvent, back: str, status: HTTPStatus
) -> HttpResponse:
    in_popover = request.headers.get("HX-Target") == POPOVER
    context = {
        "event": shown.event,
        "title": said(shown.event),
        "series": shown.series,
        "scopes": SCOPES,
        "has_guests": has_guests(shown.event),
        "address": f"{address_of(shown.event)}",
        "back": back,
        "in_popover": in_popover,
    }
    template = "events/_delete.html" if is_htmx(request) else "events/delete.html"
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def has_guests(event: Any) -> bool:
    """Whether Google could mail somebody about a change of it."""
    others = [one for one in event.attendees if not one.get("self")]
    return bool(others) and event.calendar.connection_id is not None


def _view_of(request: PersonRequest, shown: ShownEvent) -> str:
    """Return the view from which the person came, or the event's day."""
    zone = reader_of(request.user).zone
    at = shown.instance.start_at
    on = at.date() if shown.event.all_day else at.astimezone(zone).date()
    return page_before(request, reverse("day", args=[on]))


def _undone_words(undone: Undone) -> str:
    if not undone.left:
        return _("Undone.")
    if undone == Undone(left=undone.left):
        return _("Nothing was undone: the event was changed again since.")
    words = ngettext(
        "Undone. %(count)s event was changed again since and stays as it is.",
        "Undone. %(count)s events were changed again since and stay as they are.",
        undone.left,
    )
    return words % {"count": number(undone.left)}
