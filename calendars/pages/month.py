"""The page of a month."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse

from accounts.clients import PersonRequest
from calendars.pages.frame import calendar_page, show, today_of
from calendars.timeline.days import read_days
from calendars.timeline.month import CHOSEN, month_span, month_view
from profiles.preferences import reader_of

MOST_OF_A_CELL = 8  # per day of the month; more than there are lanes


@calendar_page
def month(request: PersonRequest, on: date) -> HttpResponse:
    start_on, end_on = month_span(on)
    days = read_days(
        owner_id=request.user.pk,
        start_on=start_on,
        end_on=end_on,
        zone=reader_of(request.user).zone,
        limit=lambda one: CHOSEN if one == on else MOST_OF_A_CELL,
    )
    view = month_view(days.entries, on=on, today=today_of(request.user), totals=days.totals)
    return show(request, view=view, grid="calendars/_month.html", entries=days.entries)
