"""How pages answer a change of an event: to a form, to htmx and to a script."""

from __future__ import annotations

import json
from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from calendars.models import Event
from calendars.timeline.instances import at_of
from config.web.problems import DomainError, Kind, problem_of, problem_response

CHANGED, REFUSED = "daybook:changed", "daybook:refused"  # what scripts of open pages hear
UNDO = "undo-"  # the tag of a message whose act can be undone
_EVENT_PAGES = "/events/"


def changed(
    request: HttpRequest, message: str, *, act: UUID | None, back: str, stays: bool = False
) -> HttpResponse:
    """Say what was done and offer to undo the act.

    A form returns to `back` with a toast; htmx and scripts get what the toast says. `stays`: the
    popover stays open.
    """
    if is_htmx(request):
        said = {"act": str(act) if act else None, "message": message, "stays": stays}
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({CHANGED: said})})
    if message:
        messages.success(request, message, extra_tags=f"{UNDO}{act}" if act else "")
    return HttpResponse(status=HTTPStatus.SEE_OTHER, headers={"Location": back})


def refused(
    request: HttpRequest, error: DomainError, *, back: str, shows_missing: bool = False
) -> HttpResponse:
    """Say why nothing was done. Another's event is not found, unless that is what to say."""
    problem = problem_of(error)
    if problem is not None and wants_problem(request):
        return problem_response(request, problem)
    if error.kind is Kind.NOT_FOUND and not shows_missing:
        raise not_found(error) from error
    if is_htmx(request):
        headers = {"HX-Trigger": json.dumps({REFUSED: {"message": error.message}})}
        return HttpResponse(status=error.kind.value, headers=headers)
    messages.error(request, error.message)
    return HttpResponse(status=HTTPStatus.SEE_OTHER, headers={"Location": back})


def not_found(error: DomainError) -> Http404:
    return Http404(error.message)


def is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def wants_problem(request: HttpRequest) -> bool:
    """Whether a script asks, which reads problems (RFC 9457)."""
    return request.headers.get("Accept", "").startswith("application/json")


def page_before(request: HttpRequest, default: str) -> str:
    """Return the Daybook page from which the person came: the parameter `next`, or the Referer.

    The page of an event isn't one: a change may have taken away what its address names.
    """
    given = request.POST.get("next") or request.GET.get("next")
    address = given or request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    path = address.removeprefix(f"{request.scheme}://{request.get_host()}")
    return path if ours and not path.startswith(_EVENT_PAGES) else default


def address_of(event: Event) -> str:
    """Return the page of an event; of an exception, by the instance that it replaces."""
    at = event.original_start_at if event.recurring_event_id else None
    return reverse("event", args=[event.pk]) + (f"?at={at_of(at)}" if at else "")
