"""The calendar pages: parse the request, call a service, render the result."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.clients import PersonRequest
from accounts.models import User
from accounts.security_context import repeatable
from calendars.connections.overview import connection_summaries
from calendars.models import Calendar
from calendars.pages.following import followed, version_of
from calendars.timeline.agenda import AGENDA_DAYS, AgendaView, agenda_view, day_view
from calendars.timeline.days import Days, Limit, read_days
from calendars.timeline.month import CHOSEN, month_span, month_view
from calendars.timeline.occurrences import TIMELINE, TimelineEntry, occurrences_between
from calendars.timeline.selection import select_calendars
from config.web.pagination import Page, linked_page
from config.web.problems import DomainError
from profiles.services import time_zone_of
from profiles.views import return_address

DAYS_AHEAD = 7
MOST_OF_A_CELL = 8  # per day of the month; more than there are lanes
MOST_OF_A_DAY = 40
ENTRIES_OF_A_DAY = dataclasses.replace(TIMELINE, page_size=100)
LIVE = "live"  # the id of the section that htmx swaps
AT_WORK = ("queued", "running")


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
