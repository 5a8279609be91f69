"""The week: seven days as columns, of which a phone shows three at a time."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse

from accounts.clients import PersonRequest
from calendars.pages.chip import ChipLook, look_of
from calendars.pages.columns import DENSITIES, ShownColumn, hours_of, lane_of
from calendars.pages.frame import calendar_page, show
from calendars.pages.gutter import Gutter
from calendars.pages.slots import hour_slots
from calendars.timeline.days import read_days
from calendars.timeline.week import ROOM_OF_WEEK, WeekView, week_span, week_view
from profiles.preferences import Reader, reader_of

MOST_OF_A_DAY = 60  # read per day: what has room in its lane and among its hours


@calendar_page
def week(request: PersonRequest, on: date) -> HttpResponse:
    reader = reader_of(request.user)
    start_on, end_on = week_span(on, reader.week_start)
    found = read_days(
        owner_id=request.user.pk,
        start_on=start_on,
        end_on=end_on,
        zone=reader.zone,
        limit=lambda _: MOST_OF_A_DAY,
    )
    look = look_of(request.user, found.categories)
    view = week_view(
        found.entries,
        on=on,
        week_start=reader.week_start,
        now=look.now,
        room=ROOM_OF_WEEK._replace(least=DENSITIES[reader.density].least),
        totals=found.totals,
    )
    return show(
        request,
        view=view,
        grid="calendars/_week.html",
        entries=found.entries,
        week_number=view.number if reader.week_numbers else None,
        **shown_columns(view, reader, look),
    )


def shown_columns(view: WeekView, reader: Reader, look: ChipLook) -> dict[str, Any]:
    """Return what calendars/_week.html shows of the days and of the gutter."""
    labelled_on = next((day.on for day in view.days if day.is_today), view.on)
    gutter = Gutter(labelled_on, reader.zone, reader.second_zone)
    density = DENSITIES[reader.density]
    return {
        "columns": [
            ShownColumn(
                day,
                lane_of(day, look),
                hours_of(day, view, look, density),
                hour_slots(day, view.ruler, reader.zone),
                gutter.shift_of(day.on),
            )
            for day in view.days
        ],
        "ticks": gutter.ticks(view.ruler),
        "zones": gutter.zones,
        "rows": max(1, view.lanes + view.has_more),  # one at least, to click on
        "density": reader.density,
    }
