"""The page of a day."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, time, timedelta

from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.clients import PersonRequest
from calendars.pages.chip import look_of
from calendars.pages.day_rows import day_rows
from calendars.pages.frame import calendar_page, show, today_of
from calendars.timeline.agenda import day_view
from calendars.timeline.occurrences import TIMELINE, TimelineEntry, occurrences_between
from config.web.pagination import Page, linked_page
from config.web.problems import DomainError
from profiles.preferences import reader_of

ENTRIES_OF_A_DAY = dataclasses.replace(TIMELINE, page_size=100)


@calendar_page
def day(request: PersonRequest, on: date) -> HttpResponse:
    """All entries of a day, a hundred per page."""
    try:
        page = _page_of_day(request, on)
    except DomainError:  # a truncated address leads to the first page
        return redirect("day", on=on)
    view = day_view(page.results, on=on, today=today_of(request.user))
    return show(
        request,
        view=view,
        grid="calendars/_one_day.html",
        entries=page.results,
        pages=page,
        rows=day_rows(view.day, look_of(request.user)),
    )


def _page_of_day(request: PersonRequest, on: date) -> Page[TimelineEntry]:
    zone = reader_of(request.user).zone
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
