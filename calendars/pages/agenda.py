"""The page of the agenda."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpResponse

from accounts.clients import PersonRequest
from calendars.pages.frame import calendar_page, show, today_of
from calendars.timeline.agenda import AGENDA_DAYS, agenda_view
from calendars.timeline.days import read_days
from profiles.preferences import reader_of

MOST_OF_A_DAY = 40


@calendar_page
def agenda(request: PersonRequest, on: date) -> HttpResponse:
    found = read_days(
        owner_id=request.user.pk,
        start_on=on,
        end_on=on + timedelta(days=AGENDA_DAYS),
        zone=reader_of(request.user).zone,
        limit=lambda _: MOST_OF_A_DAY,
    )
    view = agenda_view(found.entries, on=on, today=today_of(request.user), totals=found.totals)
    return show(request, view=view, grid="calendars/_agenda.html", entries=found.entries)
