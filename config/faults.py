"""What a request is told when it cannot be served: a problem under /api/, else a page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from config.problems import problem_of, problem_response

API_PREFIX = "/api/"
PAGES = {429: "429.html", 503: "503.html"}


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith(API_PREFIX)


def fault_response(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """None: this is not of the faults that are told like this; Django answers it."""
    problem = problem_of(error)
    if problem is None:
        return None
    if is_api(request):
        return problem_response(request, problem)
    if problem.status not in PAGES:
        return None
    page = render_to_string(PAGES[problem.status], {"detail": problem.detail})
    response = HttpResponse(page, status=problem.status, headers=dict(problem.headers))
    response["Cache-Control"] = "no-store"
    return response
