"""What every request gets: an id, and for the API an error answer in one shape."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any, TypeGuard

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from config.web.faults import fault_response, is_api
from config.web.private_answers import tell_browser
from config.web.problems import CODES, CONTENT_TYPE, Problem, plain, problem_response

Handler = Callable[[HttpRequest], HttpResponseBase]
DETAILS = {
    404: "There is nothing at this address.",
    500: "This fault is ours, and it is in the log under the request_id. Try again later.",
}
PLAIN_HTTP = (
    "This address is served over https alone. Whatever token came with this request was readable on"
    " its way: end its session, and use https."
)
_SAFE_ID = re.compile(r"\A[A-Za-z0-9._-]{8,64}\Z")


class Middleware:
    """Passes each request on; a subclass adds its part before, after or around the view."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)


class RequestIdMiddleware(Middleware):
    """Takes the proxy's X-Request-ID when it is harmless, else makes one; logs carry it."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _SAFE_ID.match(given) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class AddressMiddleware(Middleware):
    """There is nothing at an address that holds a NUL: no view need ask the database for it."""

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> None:
        if "\x00" in request.path_info:
            raise Http404


class ProblemMiddleware(Middleware):
    """Under /api/ what Django itself refuses (unknown path, wrong host, a crash) is a problem too.

    It stands outside the other middleware, whose refusals it turns too and whose headers it keeps.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if is_api(request) and _is_foreign(response):
            detail = DETAILS.get(response.status_code, "This request was refused.")
            _rewrite(response, problem_response(request, plain(response.status_code, detail)))
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return fault_response(request, error)


class PrivateAnswersMiddleware(Middleware):
    """Lets no cache keep an answer to a person, unless its view says otherwise."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        tell_browser(request, response, private=_is_private(request, response))
        return response


class PlainHttpMiddleware(Middleware):
    """Refuses over plain http what carries a token, where Daybook is known by https.

    A redirect would answer the second try, and nobody would see that the token goes in the clear.
    Pages are still led to https by Django's SecurityMiddleware, before which this stands.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not settings.SECURE_SSL_REDIRECT or request.is_secure():
            return self.get_response(request)
        if is_api(request) or "Authorization" in request.headers:
            return problem_response(request, Problem(403, "https-required", PLAIN_HTTP))
        return self.get_response(request)


def _is_private(request: HttpRequest, response: HttpResponseBase) -> bool:
    """By what the request shows and the answer sets: a look-up of the person costs nothing so."""
    shown = settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers
    # Whichever cookie: a form's CSRF cookie out of a shared cache would be many people's.
    return shown or bool(response.cookies) or is_api(request)


def _is_foreign(response: HttpResponseBase) -> TypeGuard[HttpResponse]:
    if not isinstance(response, HttpResponse) or response.status_code not in CODES:
        return False
    return not response.headers.get("Content-Type", "").startswith(CONTENT_TYPE)


def _rewrite(response: HttpResponse, problem: HttpResponse) -> None:
    """In place: Django would log a second response as a second fault."""
    response.content = problem.content
    for name, value in problem.items():
        response[name] = value
    del response["Content-Length"]
