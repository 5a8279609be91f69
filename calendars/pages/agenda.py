"""The page of the agenda, and the parts that follow when its ends are reached."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from accounts.clients import PersonRequest
from calendars.pages.chip import look_of
from calendars.pages.day_rows import agenda_days
from calendars.pages.frame import calendar_page, show, today_of
from calendars.timeline.agenda import AGENDA_DAYS, MOST_DAYS, agenda_view
from calendars.timeline.day_entry import DAY
from calendars.timeline.days import read_days
from profiles.preferences import reader_of

MOST_OF_A_DAY = 40
PARTS = ("agenda-earlier", "agenda-later")  # the ids of the links that a part replaces


@calendar_page
def agenda(request: PersonRequest, on: date) -> HttpResponse:
    person, part = request.user, request.headers.get("HX-Target", "")
    is_part = part in PARTS
    days = AGENDA_DAYS if is_part else _days_of(request.GET.get("days", ""))
    found = read_days(
        owner_id=person.pk,
        start_on=on,
        end_on=on + days * DAY,
        zone=reader_of(person).zone,
        limit=lambda _: MOST_OF_A_DAY,
    )
    view = agenda_view(
        found.entries,
        on=on,
        today=today_of(person),
        days=days,
        totals=found.totals,
        sparse=is_part,
    )
    rows = agenda_days(view, look_of(person, found.categories))
    if not is_part:
        return show(
            request,
            view=view,
            grid="calendars/_agenda.html",
            entries=found.entries,
            rows=rows,
            most_days=MOST_DAYS,
        )
    context = {"view": view, "rows": rows, "part": part}
    response = render(request, "calendars/_agenda_part.html", context)
    patch_vary_headers(response, ["HX-Target"])
    return response


def _days_of(text: str) -> int:
    """Return the number of days that the address asks for, within bounds."""
    if not text.isascii() or not text.isdigit() or len(text) > 3:
        return AGENDA_DAYS
    return min(max(int(text), AGENDA_DAYS), MOST_DAYS)
