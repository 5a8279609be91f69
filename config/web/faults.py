"""What a request is told when it cannot be served: a problem under /api/, else a page."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast
from urllib.parse import urlsplit

import structlog
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from redis.exceptions import RedisError
from rest_framework.exceptions import NotAcceptable, UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.database.encryption import KEY_MISSING, CannotDecrypt, KeyMissing
from config.database.faults import CommitUnconfirmed, is_conflict, is_passing, note_fault
from config.web.problems import (
    CONTENT_TYPE,
    TITLES,
    DomainError,
    Problem,
    plain,
    problem_of,
    problem_response,
    try_again_in,
)

log = structlog.get_logger(__name__)
API_PREFIX = "/api/"
PAGES = {429: "429.html", 503: "503.html"}
_SECRET = re.compile("password|csrf|code|otp|secret|token|key|credential", re.IGNORECASE)
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")  # RFC 9110 section 9.2.1, of those that we have
RETRY_AFTER = ("Retry-After", "5")
AWAY = "The database is away. Try again soon."
CONFLICT = "Another change of the same rows came first. Nothing of yours was kept: send it again."
UNCONFIRMED = (
    "The connection to the database was lost while your change was being kept. It may have been"
    " kept, or not: look before you send it again."
)


KEY_IS_MISSING = (
    "Daybook cannot open what it keeps sealed for you: an encryption key is missing. Its operator"
    " has to restore it. Nothing is lost; try again later."
)
IS_DAMAGED = (
    "What Daybook keeps sealed for you is damaged and cannot be used. Ask its operator for help."
)
RETRY_AFTER_KEY = ("Retry-After", "300")


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith(API_PREFIX)


def api_exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER; None lets Django answer 500 and log the traceback."""
    request = cast(Request, context["request"])
    error = _naming_formats(error, request, context["view"])
    problem = problem_for(request._request, error)
    if problem is None:
        return None
    response = Response(
        problem.body(getattr(request, "request_id", None)),
        status=problem.status,
        content_type=CONTENT_TYPE,
        headers=dict(problem.headers),
    )
    response["Cache-Control"] = "no-store"
    return response


def _naming_formats(error: Exception, request: Request, view: APIView) -> Exception:
    """A refused media type is told with those that are accepted."""
    if isinstance(error, UnsupportedMediaType):
        accepted = _joined(parser.media_type for parser in view.parser_classes)
        return UnsupportedMediaType(str(request.content_type), f"Send the body as {accepted}.")
    if isinstance(error, NotAcceptable):
        given = _joined(renderer.media_type for renderer in view.renderer_classes)
        return NotAcceptable(f"This address answers as {given}: accept that.")
    return error


def _joined(media_types: Iterable[str | None]) -> str:
    return " or ".join(filter(None, media_types))


def fault_response(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """None: this is not of the faults that are told like this; Django answers it."""
    problem = problem_for(request, error)
    if problem is None:
        return None
    if is_api(request):
        return problem_response(request, problem)
    # What a page did not foresee of the domain's refusals is still no fault of ours.
    template = PAGES.get(problem.status, "refusal.html" if isinstance(error, DomainError) else "")
    if not template:
        return None
    page = render_to_string(template, page_context(request, problem))
    response = HttpResponse(page, status=problem.status, headers=dict(problem.headers))
    response["Cache-Control"] = "no-store"
    return response


def page_context(request: HttpRequest, problem: Problem) -> dict[str, Any]:
    """What a page of refusal shows, without a look at the database or the session."""
    wait = dict(problem.headers).get("Retry-After", "")
    return {
        "detail": problem.detail,
        "status": problem.status,
        "title": TITLES[problem.status],
        "wait": try_again_in(int(wait)) if wait else "",
        "request_id": getattr(request, "request_id", ""),
        "back": _page_before(request),
        "again": request.get_full_path() if request.method == "POST" else "",
        "kept": list(_kept(request)) if problem.status == 429 else [],
        "csrf_token": get_token(request) if problem.status == 429 else "",
    }


def _page_before(request: HttpRequest) -> str:
    """The address of ours that the browser came from: the form's, where one was sent."""
    before = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(before, allowed_hosts={request.get_host()}):
        parts = urlsplit(before)
        page = f"{parts.path}?{parts.query}" if parts.query else parts.path
        # Its path may begin with two slashes, which alone lead to another host.
        if url_has_allowed_host_and_scheme(page, allowed_hosts=None):
            return page
    return "/"


def _kept(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """What was typed into a form, to be sent again; what is secret has to be typed again."""
    if request.content_type != "application/x-www-form-urlencoded":
        return
    for name, values in request.POST.lists():
        if not _SECRET.search(name):
            yield from ((name, str(value)) for value in values)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500, which also gets what middleware raises around the views."""
    error = sys.exc_info()[1]
    is_told = isinstance(error, DatabaseError | RedisError)
    told = fault_response(request, error) if isinstance(error, Exception) and is_told else None
    return told or _our_fault(request)


def _our_fault(request: HttpRequest) -> HttpResponse:
    page = render_to_string("500.html", {"request_id": getattr(request, "request_id", "")})
    return HttpResponse(page, status=500)


def problem_for(request: HttpRequest, error: Exception) -> Problem | None:
    """Notes a fault of the database on its way."""
    if isinstance(error, CannotDecrypt):
        return _of_secret(error)
    if not isinstance(error, DatabaseError):
        return problem_of(error)
    note_fault(error, request)
    if isinstance(error, CommitUnconfirmed) and request.method not in SAFE_METHODS:
        return Problem(503, "outcome-unknown", UNCONFIRMED, headers=(RETRY_AFTER,))
    if is_conflict(error):
        return plain(503, CONFLICT, ("Retry-After", "1"))
    return plain(503, AWAY, RETRY_AFTER) if is_passing(error) else None


def _of_secret(error: CannotDecrypt) -> Problem:
    """Where no door knows better: neither the person nor what was sent is at fault."""
    log.error("secret_unreadable", error=type(error).__name__)
    if isinstance(error, KeyMissing):
        return Problem(503, KEY_MISSING, KEY_IS_MISSING, headers=(RETRY_AFTER_KEY,))
    return Problem(503, "secret-damaged", IS_DAMAGED)
