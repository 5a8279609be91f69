"""The day: one column, with all entries of the day, a page of them at a time."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, time, timedelta

from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.clients import PersonRequest
from calendars.pages.chip import look_of
from calendars.pages.columns import DENSITIES
from calendars.pages.frame import calendar_page, show
from calendars.pages.week import shown_columns
from calendars.timeline.occurrences import TIMELINE, TimelineEntry, occurrences_between
from calendars.timeline.week import Room, day_view
from config.web.pagination import Page, linked_page
from config.web.problems import DomainError
from profiles.preferences import reader_of

# All of a page have room, even side by side.
PAGE_OF_A_DAY = dataclasses.replace(TIMELINE, page_size=60)
ROOM = Room(
    lanes=PAGE_OF_A_DAY.page_size, blocks=PAGE_OF_A_DAY.page_size, beside=PAGE_OF_A_DAY.page_size
)


@calendar_page
def day(request: PersonRequest, on: date) -> HttpResponse:
    reader, look = reader_of(request.user), look_of(request.user)
    try:
        page = _page_of_day(request, on)
    except DomainError:  # a truncated address leads to the first page
        return redirect("day", on=on)
    view = day_view(
        page.results,
        on=on,
        now=look.now,
        room=ROOM._replace(least=DENSITIES[reader.density].least),
    )
    return show(
        request,
        view=view,
        grid="calendars/_week.html",
        entries=page.results,
        pages=page,
        **shown_columns(view, reader, look),
    )


def _page_of_day(request: PersonRequest, on: date) -> Page[TimelineEntry]:
    zone = reader_of(request.user).zone
    return linked_page(
        request,
        PAGE_OF_A_DAY,
        lambda cursor, limit: occurrences_between(
            owner_id=request.user.pk,
            start_at=datetime.combine(on, time.min, zone),
            end_at=datetime.combine(on + timedelta(days=1), time.min, zone),
            only_selected=True,
            with_shared=True,
            cursor=cursor,
            limit=limit,
        ),
    )
