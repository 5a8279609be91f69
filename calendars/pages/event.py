"""The page of an event, and the same as a popover beside the event."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.clients import PersonRequest
from calendars.timeline.event_card import event_card
from calendars.timeline.instances import parse_at
from config.web.problems import DomainError

POPOVER = "event-popover"  # the id of the element that static/js/popover.js fills


@never_cache
@login_required
@require_safe
def event(request: PersonRequest, event_id: UUID) -> HttpResponse:
    """`?at=` names one instance of a series by its original start."""
    try:
        card = event_card(
            owner=request.user, event_id=event_id, at=_at(request), now=timezone.now()
        )
    except (DomainError, ValueError) as error:
        raise Http404(str(error)) from error
    in_popover = request.headers.get("HX-Target") == POPOVER
    template = "events/_card.html" if in_popover else "events/page.html"
    response = render(request, template, {"card": card, "in_popover": in_popover})
    patch_vary_headers(response, ["HX-Target"])
    return response


def _at(request: PersonRequest) -> datetime | None:
    text = request.GET.get("at", "")
    return parse_at(text) if text else None
