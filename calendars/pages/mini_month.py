"""The mini month when it's turned, and the form that leads to a date."""

from __future__ import annotations

from datetime import date, datetime

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.clients import PersonRequest
from calendars.pages.frame import VIEWS, today_of
from calendars.timeline.mini_month import mini_month
from profiles.preferences import reader_of

FIRST_ON, LAST_ON = date(1900, 1, 1), date(2199, 12, 31)  # as in the addresses of the views


@never_cache
@login_required
@require_safe
def turned(request: PersonRequest, on: date) -> HttpResponse:
    shown = _date(request.GET.get("from", "")), _date(request.GET.get("until", ""))
    mini = mini_month(
        on=on,
        view=_view(request),
        reader=reader_of(request.user),
        today=today_of(request.user),
        shown=(shown[0], shown[1]) if shown[0] and shown[1] else None,
    )
    return render(request, "calendars/_mini_month.html", {"mini": mini})


@login_required
@require_safe
def go_to_date(request: PersonRequest) -> HttpResponse:
    """Redirect to the view of the form's date; without one, to today's."""
    on = _date(request.GET.get("on", ""))
    if on is None or not FIRST_ON <= on <= LAST_ON:
        on = today_of(request.user)
    return redirect(_view(request), on=on)


def _view(request: PersonRequest) -> str:
    view = request.GET.get("view", "")
    if all(view != name for name, *_rest in VIEWS):
        raise Http404
    return view


def _date(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a date has no zone
    except ValueError:
        return None
