"""Middleware for every request: its id, language, https only, and problems for errors under
/api/."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any, TypeGuard

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.web.faults import fault_response, is_api
from config.web.languages import accepted_language, accepting, preferred_tag, speaking
from config.web.private_answers import set_cache_headers
from config.web.problems import CODES, CONTENT_TYPE, Problem, plain, problem_response

Handler = Callable[[HttpRequest], HttpResponseBase]
DETAILS = {
    404: gettext_lazy("Not found. Check the URL."),
    500: gettext_lazy(
        "An internal error occurred. It is logged under the request_id. Try again later."
    ),
}
PLAIN_HTTP = gettext_lazy(
    "This URL is served over https only. Any token in this request was sent unencrypted: end its"
    " session and use https."
)
WORDED = ("text/html", "application/json", CONTENT_TYPE)  # the media types with words in them
_SAFE_ID = re.compile(r"\A[A-Za-z0-9._-]{8,64}\Z")


class Middleware:
    """Passes each request on; a subclass adds its part before, after or around the view."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)


class RequestIdMiddleware(Middleware):
    """Sets the request id: the proxy's X-Request-ID if well-formed, else a new one."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _SAFE_ID.match(given) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class LanguageMiddleware(Middleware):
    """Answers in the language of Accept-Language (RFC 9110 section 12.5.4).

    Pages of a signed-in person are in that person's language, which an inner middleware finds; the
    API's messages are in the one that its client accepts.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with accepting(preferred_tag(request.headers.get("Accept-Language", ""))):
            language = accepted_language()
            with speaking(lambda: language, meanwhile=language):
                response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith(WORDED):
            response.headers.setdefault("Content-Language", language)
            patch_vary_headers(response, ("Accept-Language",))
        return response


class AddressMiddleware(Middleware):
    """Answers 404 to a path that contains a NUL, which PostgreSQL would refuse in a query."""

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> None:
        if "\x00" in request.path_info:
            raise Http404


class ProblemMiddleware(Middleware):
    """Converts Django's own errors under /api/ (unknown path, wrong host, a crash) to problems.

    It is outside the other middleware, so it converts their errors too and keeps their headers.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if is_api(request) and _needs_problem(response):
            detail = DETAILS.get(response.status_code, _("This request was refused."))
            _rewrite(response, problem_response(request, plain(response.status_code, detail)))
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return fault_response(request, error)


class PrivateAnswersMiddleware(Middleware):
    """Forbids caching of personal responses, unless the view sets its own policy."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        set_cache_headers(request, response, private=_is_private(request, response))
        return response


class PlainHttpMiddleware(Middleware):
    """Refuses API requests and tokens over plain http if Daybook is served over https.

    A redirect would make the second request work and hide that the token was sent unencrypted. For
    pages, Django's SecurityMiddleware, which comes after this one, redirects to https.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not settings.SECURE_SSL_REDIRECT or request.is_secure():
            return self.get_response(request)
        if is_api(request) or "Authorization" in request.headers:
            return problem_response(request, Problem(403, "https-required", PLAIN_HTTP))
        return self.get_response(request)


def _is_private(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Return whether the response may be personal, from cookies and headers, without a query."""
    shown = settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers
    # Any cookie counts: a shared cache must not give one CSRF cookie to many users.
    return shown or bool(response.cookies) or is_api(request)


def _needs_problem(response: HttpResponseBase) -> TypeGuard[HttpResponse]:
    if not isinstance(response, HttpResponse) or response.status_code not in CODES:
        return False
    return not response.headers.get("Content-Type", "").startswith(CONTENT_TYPE)


def _rewrite(response: HttpResponse, problem: HttpResponse) -> None:
    """Rewrite the response in place; Django would log a new one as a second error."""
    response.content = problem.content
    for name, value in problem.items():
        response[name] = value
    del response["Content-Length"]
