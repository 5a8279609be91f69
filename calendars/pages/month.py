"""The pages of a month and of a few weeks, and the list of one of their days."""

from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render

from accounts.clients import PersonRequest
from calendars.pages.chip import look_of
from calendars.pages.day_rows import day_rows
from calendars.pages.frame import calendar_page, show, today_of
from calendars.pages.week_rows import column_heads, week_rows
from calendars.timeline.agenda import agenda_day
from calendars.timeline.day_entry import DAY, entries_by_day
from calendars.timeline.days import Days, read_days
from calendars.timeline.month import (
    LANES_OF_WEEKS,
    MONTH_LANES,
    MonthView,
    month_span,
    month_view,
    weeks_span,
    weeks_view,
)
from profiles.preferences import reader_of

MOST_OF_A_LIST = 60


@calendar_page
def month(request: PersonRequest, on: date) -> HttpResponse:
    reader = reader_of(request.user)
    start_on, end_on = month_span(on, reader.week_start)
    days = read_days(
        owner_id=request.user.pk,
        start_on=start_on,
        end_on=end_on,
        zone=reader.zone,
        limit=lambda _: MONTH_LANES,
    )
    view = month_view(
        days.entries,
        on=on,
        today=today_of(request.user),
        week_start=reader.week_start,
        totals=days.totals,
    )
    return _show_weeks(request, view, days)


@calendar_page
def weeks(request: PersonRequest, on: date) -> HttpResponse:
    reader = reader_of(request.user)
    start_on, end_on = weeks_span(on, reader.weeks, reader.week_start)
    lanes = LANES_OF_WEEKS[reader.weeks]
    days = read_days(
        owner_id=request.user.pk,
        start_on=start_on,
        end_on=end_on,
        zone=reader.zone,
        limit=lambda _: lanes,
    )
    view = weeks_view(
        days.entries,
        on=on,
        today=today_of(request.user),
        weeks=reader.weeks,
        week_start=reader.week_start,
        totals=days.totals,
    )
    return _show_weeks(request, view, days)


def _show_weeks(request: PersonRequest, view: MonthView, days: Days) -> HttpResponse:
    numbered = reader_of(request.user).week_numbers
    return show(
        request,
        view=view,
        grid="calendars/_month.html",
        entries=days.entries,
        heads=column_heads(view, numbered=numbered),
        rows=week_rows(view, look_of(request.user, days.categories), numbered=numbered),
    )


@calendar_page
def day_list(request: PersonRequest, on: date) -> HttpResponse:
    """The events of a day, for the popover that "+n" opens."""
    person = request.user
    found = read_days(
        owner_id=person.pk,
        start_on=on,
        end_on=on + DAY,
        zone=reader_of(person).zone,
        limit=lambda _: MOST_OF_A_LIST,
    )
    day = agenda_day(
        on, entries_by_day(found.entries), today_of(person), found.totals, MOST_OF_A_LIST
    )
    context = {"day": day, "rows": day_rows(day, look_of(person, found.categories))}
    return render(request, "calendars/_day_list.html", context)
