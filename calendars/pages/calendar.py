"""The calendar pages: parse the request, call a service, render the result."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.clients import PersonRequest
from accounts.models import User
from accounts.security_context import repeatable
from calendars.connections.consent import start_connection
from calendars.connections.disconnecting import disconnect as disconnect_account
from calendars.connections.log import approve_deletions, connection_logs, incomplete_imports
from calendars.connections.overview import connection_summaries, owned_connection, request_sync
from calendars.models import Calendar
from calendars.pages.following import followed, version_of
from calendars.timeline.agenda import AGENDA_DAYS, AgendaView, agenda_view, day_view
from calendars.timeline.days import Days, Limit, read_days
from calendars.timeline.month import CHOSEN, month_span, month_view
from calendars.timeline.occurrences import TIMELINE, TimelineEntry, occurrences_between
from calendars.timeline.selection import select_calendars
from config.web.pagination import Page, linked_page
from config.web.problems import DomainError, Kind
from profiles.services import time_zone_of
from profiles.views import return_address

P = ParamSpec("P")
DAYS_AHEAD = 7
MOST_OF_A_CELL = 8  # per day of the month; more than there are lanes
MOST_OF_A_DAY = 40
ENTRIES_OF_A_DAY = dataclasses.replace(TIMELINE, page_size=100)
LIVE = "live"  # the id of the section that htmx swaps
AT_WORK = ("queued", "running")


View = Callable[Concatenate[PersonRequest, P], HttpResponse]


def flash_faults(view: View[P]) -> View[P]:
    """Show a service's error as a message on the connections page; NOT_FOUND becomes a 404."""

    @functools.wraps(view)
    def wrapped(request: PersonRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except DomainError as error:
            if error.kind is Kind.NOT_FOUND:
                raise Http404(error.message) from error
            messages.error(request, error.message)
            return redirect("connections")

    return wrapped


@never_cache
@require_safe
@followed
def today(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return render(request, "calendars/landing.html")
    on = _today(request.user)
    view = _agenda(request.user, on, today=on, days=DAYS_AHEAD)
    return _show(request, request.user, "calendars/today", view=view, today=on)


@login_required
@require_safe
def current_month(request: PersonRequest) -> HttpResponse:
    return redirect("month", on=_today(request.user))


@login_required
@require_safe
def current_agenda(request: PersonRequest) -> HttpResponse:
    return redirect("agenda-from", on=_today(request.user))


@never_cache
@login_required
@require_safe
@followed
def month(request: PersonRequest, on: date) -> HttpResponse:
    today = _today(request.user)
    start_on, end_on = month_span(on)
    days = _days(
        request.user, start_on, end_on, lambda one: CHOSEN if one == on else MOST_OF_A_CELL
    )
    view = month_view(days.entries, on=on, today=today, totals=days.totals)
    return _show(request, request.user, "calendars/month", view=view, today=today)


@never_cache
@login_required
@require_safe
@followed
def agenda(request: PersonRequest, on: date) -> HttpResponse:
    today = _today(request.user)
    view = _agenda(request.user, on, today=today, days=AGENDA_DAYS)
    return _show(request, request.user, "calendars/agenda", view=view, today=today)


@never_cache
@login_required
@require_safe
@followed
def day(request: PersonRequest, on: date) -> HttpResponse:
    """All entries of a day, a hundred per page."""
    try:
        page = _page_of_day(request, on)
    except DomainError:  # a truncated address leads to the first page
        return redirect("day", on=on)
    today = _today(request.user)
    view = day_view(page.results, on=on, today=today)
    return _show(request, request.user, "calendars/day", view=view, today=today, pages=page)


@repeatable
@login_required
@require_POST
def select(request: PersonRequest) -> HttpResponse:
    select_calendars(owner_id=request.user.pk, chosen=request.POST.getlist("calendar"))
    return redirect(return_address(request))


@never_cache
@login_required
@require_safe
@followed
def connections(request: PersonRequest) -> HttpResponse:
    owner = request.user
    logs, incomplete = connection_logs(owner=owner), incomplete_imports(owner=owner)
    return _show(request, owner, "connections/list", logs=logs, incomplete=incomplete)


@repeatable
@login_required
@require_POST
@flash_faults
def apply_deletions(request: PersonRequest, calendar_id: UUID) -> HttpResponse:
    approve_deletions(owner=request.user, calendar_id=calendar_id)
    return redirect("connections")


@login_required
@require_POST
@flash_faults
def connect_google(request: PersonRequest) -> HttpResponse:
    return redirect(start_connection(owner=request.user))


@login_required
@require_POST
@flash_faults
def reconnect(request: PersonRequest, connection_id: UUID) -> HttpResponse:
    connection = owned_connection(owner=request.user, connection_id=connection_id)
    return redirect(start_connection(owner=request.user, reconnect=connection))


@repeatable
@login_required
@require_POST
@flash_faults
def sync(request: PersonRequest, connection_id: UUID) -> HttpResponse:
    request_sync(owner=request.user, connection_id=connection_id)
    return redirect("connections")


@repeatable
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@flash_faults
def disconnect(request: PersonRequest, connection_id: UUID) -> HttpResponse:
    """Ask whether to keep the calendars, then disconnect."""
    connection = owned_connection(owner=request.user, connection_id=connection_id)
    if request.method != "POST":
        return render(request, "connections/disconnect.html", {"connection": connection})
    keep = request.POST.get("data") != "drop"
    disconnect_account(
        owner=request.user, connection_id=connection_id, keep_data=keep, request=request
    )
    messages.success(request, f"{connection.email} was disconnected.")
    return redirect("connections")


def _show(request: HttpRequest, person: User, page: str, **context: Any) -> HttpResponse:
    """Render the page, or for htmx only the section that changes."""
    summaries = connection_summaries(owner=person)
    context |= {
        "connections": summaries,
        "calendars": Calendar.objects.of(person.pk).shown(),
        "filling": [one for one in summaries if one.is_filling],
        "events_so_far": sum(one.first_fetched for one in summaries if one.is_filling),
        "at_work": any(one.progress.state in AT_WORK for one in summaries),
        "version": version_of(request),
    }
    if request.headers.get("HX-Target") == LIVE:
        page = page.replace("/", "/_")
    response = render(request, f"{page}.html", context)
    patch_vary_headers(response, ["HX-Target"])
    return response


def _today(person: User) -> date:
    return timezone.now().astimezone(time_zone_of(person)).date()


def _agenda(person: User, on: date, *, today: date, days: int) -> AgendaView:
    found = _days(person, on, on + timedelta(days=days), lambda _: MOST_OF_A_DAY)
    return agenda_view(found.entries, on=on, today=today, days=days, totals=found.totals)


def _days(person: User, start_on: date, end_on: date, limit: Limit) -> Days:
    zone = time_zone_of(person)
    return read_days(owner_id=person.pk, start_on=start_on, end_on=end_on, zone=zone, limit=limit)


def _page_of_day(request: PersonRequest, on: date) -> Page[TimelineEntry]:
    zone = time_zone_of(request.user)
    return linked_page(
        request,
        ENTRIES_OF_A_DAY,
        lambda cursor, limit: occurrences_between(
            owner_id=request.user.pk,
            start_at=datetime.combine(on, time.min, zone),
            end_at=datetime.combine(on + timedelta(days=1), time.min, zone),
            only_selected=True,
            cursor=cursor,
            limit=limit,
        ),
    )
