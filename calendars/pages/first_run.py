"""The first run: three steps on one page, each of which can be skipped."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.clients import PersonRequest
from accounts.models import User
from accounts.security_context import acting_as
from calendars.models import Calendar, Connection
from calendars.pages.connections import LIVE, accounts_context
from calendars.pages.following import followed
from profiles.preferences import reader_of
from profiles.services import has_chosen_zone

_DONE = "first_run_done"  # in the session: who skips it is asked again after the next sign-in


@never_cache
@login_required
@require_safe
@followed
def first_run(request: PersonRequest) -> HttpResponse:
    """All of the page, or for htmx only the calendars, which a sync adds to."""
    context = accounts_context(request)
    summaries = context["connections"]
    context |= {
        "zone": reader_of(request.user).zone,
        "has_zone": has_chosen_zone(request.user),
        "has_calendars": bool(context["own_calendars"] or summaries),
        "events_so_far": sum(one.first_fetched for one in context["filling"]),
    }
    is_part = request.headers.get("HX-Target") == LIVE
    name = "calendars/_first_calendars.html" if is_part else "calendars/first_run.html"
    response = render(request, name, context)
    patch_vary_headers(response, ["HX-Target"])
    return response


@login_required
@require_POST
def end_first_run(request: PersonRequest) -> HttpResponse:
    request.session[_DONE] = True
    return redirect("home")


def needs_first_run(request: PersonRequest) -> bool:
    """Whether the owner has no calendar, and hasn't skipped the first run in this session."""
    if _DONE in request.session:
        return False
    owner = request.user
    return not (
        Calendar.objects.of(owner.pk).exists() or Connection.objects.filter(owner=owner).exists()
    )


def page_after_connecting(request: HttpRequest, owner: User) -> str:
    """Return the URL name of the page that follows a consent: the third step of the first run if
    this is the first account."""
    with acting_as(user_id=owner.pk):
        is_first = Connection.objects.filter(owner=owner).count() == 1
    return "first-run" if is_first and _DONE not in request.session else "calendar"
