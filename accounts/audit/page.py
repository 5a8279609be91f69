"""The page of a person's own security log."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from rest_framework.request import Request

from accounts.audit.api import page_of_events
from accounts.sessions.devices import program_of
from config.problems import DomainError


@never_cache
@login_required
@require_safe
def events(request: HttpRequest) -> HttpResponse:
    asked = Request(request)
    asked.user = request.user
    try:
        pages, entries = page_of_events(asked)
    except DomainError:  # an address that somebody shortened leads to the first page
        return redirect("account-events")
    rows = [(entry, program_of(entry.user_agent)) for entry in entries]
    links = {"newer": pages.get_previous_link(), "older": pages.get_next_link()}
    return render(request, "accounts/events.html", {"rows": rows, **links})
