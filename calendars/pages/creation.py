"""The small form of a new event, which the grids open beside an empty place."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.clients import PersonRequest
from accounts.security_context import repeatable
from calendars.events.editing import create_event
from calendars.events.history import Author, Door
from calendars.events.values import columns_of
from calendars.models import Event
from calendars.pages.changed import changed, page_before, refused
from calendars.timeline.typed_events import KnownNames
from config.web.problems import DomainError, Kind
from profiles.preferences import reader_of


@repeatable
@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def creation(request: PersonRequest) -> HttpResponse:
    if request.method == "POST":
        return _create(request)
    calendars = KnownNames(request.user).calendars
    chosen = next((one.pk for one in calendars if one.selected), None)
    context = {"calendars": calendars, "chosen": chosen}
    return render(request, "events/_creation.html", context)


def _create(request: PersonRequest) -> HttpResponse:
    author = Author(Door.PAGE, actor_id=request.user.pk)
    back = page_before(request, "/")
    try:
        event = _created(request, author)
    except DomainError as error:
        return refused(request, error, back=back)
    message = _("“%(title)s” was created.") % {"title": event.summary or _("(no title)")}
    response = changed(request, message, act=author.act, back=back)
    response.headers.setdefault("Location", reverse("event", args=[event.pk]))
    return response


def _created(request: PersonRequest, author: Author) -> Event:
    zone = reader_of(request.user).zone
    given = {
        "summary": request.POST.get("summary", "").strip(),
        "start": request.POST.get("start", ""),
        "end": request.POST.get("end", ""),
        "all_day": "all_day" in request.POST,
    }
    if not given["all_day"]:
        given["time_zone"] = zone.key
    return create_event(
        owner_id=request.user.pk,
        calendar_id=_calendar_id(request.POST.get("calendar", "")),
        values=columns_of(given, zone=zone),
        author=author,
    )


def _calendar_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        message = _("Choose a calendar.")
        raise DomainError(Kind.INVALID, "invalid", message) from error
