"""The page of an event, and the same as a popover beside the event."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.clients import PersonRequest
from accounts.security_context import repeatable
from calendars.timeline.category_choices import set_category
from calendars.timeline.event_card import ShownEvent, event_shown
from calendars.timeline.instances import parse_at
from calendars.timeline.shared_event import readable_card
from config.web.problems import DomainError, Kind

POPOVER = "event-popover"  # the id of the element that static/js/popover.js fills


@never_cache
@login_required
@require_safe
def event(request: PersonRequest, event_id: UUID) -> HttpResponse:
    """`?at=` names one instance of a series by its original start."""
    return _show(request, event_id, request.GET.get("at", ""))


@repeatable
@never_cache
@login_required
@require_POST
def choose_category(request: PersonRequest, event_id: UUID) -> HttpResponse:
    """Choose the event's category; none leaves it to the rules again."""
    at, chosen = request.POST.get("at", ""), request.POST.get("category", "")
    try:
        category_id = UUID(chosen) if chosen else None
        set_category(owner_id=request.user.pk, event_id=event_id, category_id=category_id)
    except ValueError as error:
        raise Http404(str(error)) from error
    except DomainError as error:
        if error.kind is Kind.NOT_FOUND:
            raise Http404(error.message) from error
        messages.error(request, error.message)
    if _is_popover(request):
        return _show(request, event_id, at)
    address = reverse("event", args=[event_id])
    return redirect(f"{address}?at={_at(at):%Y%m%dT%H%M%SZ}" if at else address)


def _show(request: PersonRequest, event_id: UUID, at: str) -> HttpResponse:
    try:
        card = readable_card(
            reader=request.user,
            event_id=event_id,
            at=_at(at) if at else None,
            now=timezone.now(),
        )
    except DomainError as error:
        raise Http404(error.message) from error
    in_popover = _is_popover(request)
    template = "events/_card.html" if in_popover else "events/page.html"
    response = render(request, template, {"card": card, "in_popover": in_popover})
    patch_vary_headers(response, ["HX-Target"])
    return response


def instance_of(request: PersonRequest, event_id: UUID) -> ShownEvent:
    """Return what an address with `at` names. Another's event is not found."""
    at = request.POST.get("at") or request.GET.get("at", "")
    when = _at(at) if at else None
    try:
        return event_shown(owner=request.user, event_id=event_id, at=when, now=timezone.now())
    except DomainError as error:
        raise Http404(error.message) from error


def _is_popover(request: PersonRequest) -> bool:
    return request.headers.get("HX-Target") == POPOVER


def _at(text: str) -> datetime:
    try:
        return parse_at(text)
    except ValueError as error:
        raise Http404(str(error)) from error
