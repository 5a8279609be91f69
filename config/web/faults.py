"""Error responses for failed requests: a problem under /api/, an error page elsewhere."""

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
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError
from rest_framework.exceptions import NotAcceptable, UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.database.encryption import KEY_MISSING, CannotDecrypt, KeyMissing
from config.database.faults import CommitUnconfirmed, is_conflict, is_passing, note_fault
from config.web.languages import settle_language
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
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")  # RFC 9110 section 9.2.1, of those that are served
RETRY_AFTER = ("Retry-After", "5")
UNREACHABLE = gettext_lazy("The database can't be reached. Try again in a few seconds.")
CONFLICT = gettext_lazy(
    "Another change to the same data was saved first. Your change wasn't saved; send it again."
)
UNCONFIRMED = gettext_lazy(
    "The connection to the database was lost while your change was being saved. It may or may not"
    " have been saved. Check before you send it again."
)
KEY_IS_MISSING = gettext_lazy(
    "Daybook can't decrypt some of your data because an encryption key is missing. Your data isn't"
    " lost. The administrator has to restore the key; try again later."
)
IS_DAMAGED = gettext_lazy(
    "Some of your encrypted data is damaged and can't be used. Ask the administrator for help."
)
RETRY_AFTER_KEY = ("Retry-After", "300")


def is_api(request: HttpRequest) -> bool:
    return request.path.startswith(API_PREFIX)


def api_exception_handler(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Convert an error to a response: DRF's EXCEPTION_HANDLER.

    Returns None for an unexpected error; Django then answers 500 and logs the traceback.
    """
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
    """Return the error with the accepted media types in its message, if it refuses one."""
    if isinstance(error, UnsupportedMediaType):
        accepted = _joined(parser.media_type for parser in view.parser_classes)
        return UnsupportedMediaType(
            str(request.content_type),
            _("Send the request body as %(accepted)s.") % {"accepted": accepted},
        )
    if isinstance(error, NotAcceptable):
        given = _joined(renderer.media_type for renderer in view.renderer_classes)
        return NotAcceptable(_("This URL returns %(given)s. Accept that type.") % {"given": given})
    return error


def _joined(media_types: Iterable[str | None]) -> str:
    return " or ".join(filter(None, media_types))


def fault_response(request: HttpRequest, error: Exception) -> HttpResponse | None:
    """Return the error response, or None if Django's own handling applies."""
    problem = problem_for(request, error)
    if problem is None:
        return None
    if is_api(request):
        return problem_response(request, problem)
    # A DomainError that the view didn't handle is still the client's error, not a server error.
    template = PAGES.get(problem.status, "refusal.html" if isinstance(error, DomainError) else "")
    if not template:
        return None
    page = render_to_string(template, page_context(request, problem))
    response = HttpResponse(page, status=problem.status, headers=dict(problem.headers))
    response["Cache-Control"] = "no-store"
    return response


def page_context(request: HttpRequest, problem: Problem) -> dict[str, Any]:
    """Return the context of an error page without a query to the database or the session."""
    wait = dict(problem.headers).get("Retry-After", "")
    return {
        "detail": problem.detail,
        "status": problem.status,
        "title": TITLES[problem.status],
        "wait": try_again_in(int(wait)) if wait else "",
        "request_id": getattr(request, "request_id", ""),
        "back": _page_before(request),
        "again": request.get_full_path() if request.method == "POST" else "",
        "kept": list(_fields_to_resend(request)) if problem.status == 429 else [],
        "csrf_token": get_token(request) if problem.status == 429 else "",
    }


def _page_before(request: HttpRequest) -> str:
    """Return the path of the referring page on this host, or /. For a POST it has the form."""
    before = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(before, allowed_hosts={request.get_host()}):
        parts = urlsplit(before)
        page = f"{parts.path}?{parts.query}" if parts.query else parts.path
        # A path that begins with two slashes would lead to another host.
        if url_has_allowed_host_and_scheme(page, allowed_hosts=None):
            return page
    return "/"


def _fields_to_resend(request: HttpRequest) -> Iterator[tuple[str, str]]:
    """Yield the submitted form fields to send again, except secrets, which must be retyped."""
    if request.content_type != "application/x-www-form-urlencoded":
        return
    for name, values in request.POST.lists():
        if not _SECRET.search(name):
            yield from ((name, str(value)) for value in values)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 or 503: Django's handler500, which also gets errors raised in middleware."""
    error = sys.exc_info()[1]
    is_handled = isinstance(error, DatabaseError | RedisError)
    response = (
        fault_response(request, error) if isinstance(error, Exception) and is_handled else None
    )
    return response or _internal_error(request)


def _internal_error(request: HttpRequest) -> HttpResponse:
    settle_language()
    page = render_to_string("500.html", {"request_id": getattr(request, "request_id", "")})
    return HttpResponse(page, status=500)


def problem_for(request: HttpRequest, error: Exception) -> Problem | None:
    """Return the problem for an error, or None if it is unexpected. Logs database errors."""
    if isinstance(error, CannotDecrypt):
        return _problem_of_secret(error)
    if not isinstance(error, DatabaseError):
        return problem_of(error)
    settle_language()
    note_fault(error, request)
    if isinstance(error, CommitUnconfirmed) and request.method not in SAFE_METHODS:
        return Problem(503, "outcome-unknown", UNCONFIRMED, headers=(RETRY_AFTER,))
    if is_conflict(error):
        return plain(503, CONFLICT, ("Retry-After", "1"))
    return plain(503, UNREACHABLE, RETRY_AFTER) if is_passing(error) else None


def _problem_of_secret(error: CannotDecrypt) -> Problem:
    """Return the problem for a value that can't be decrypted, if the view didn't handle it."""
    log.error("secret_unreadable", error=type(error).__name__)
    if isinstance(error, KeyMissing):
        return Problem(503, KEY_MISSING, KEY_IS_MISSING, headers=(RETRY_AFTER_KEY,))
    return Problem(503, "secret-damaged", IS_DAMAGED)
