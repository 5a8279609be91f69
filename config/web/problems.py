"""Domain errors, and the only place that maps any error to an HTTP response (RFC 9457)."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent
from django.core.exceptions import ValidationError as ModelValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from redis.exceptions import RedisError
from rest_framework import exceptions as drf

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

    # A text, or one that is translated when it is shown.
    Words = str | _StrPromise
else:
    Words = str

CONTENT_TYPE = "application/problem+json"
log = structlog.get_logger(__name__)


class Kind(enum.Enum):
    """The kind of a domain error; its value is the HTTP status."""

    UNREADABLE = 400
    UNAUTHENTICATED = 401
    FORBIDDEN = 403
    NOT_FOUND = 404
    CONFLICT = 409
    PRECONDITION = 412
    TOO_LARGE = 413
    INVALID = 422
    THROTTLED = 429
    UNAVAILABLE = 503


TITLES = {
    400: gettext_lazy("The request can't be read"),
    401: gettext_lazy("Sign-in required"),
    403: gettext_lazy("Not allowed"),
    404: gettext_lazy("Not found"),
    405: gettext_lazy("Method not allowed"),
    406: gettext_lazy("This format isn't available"),
    409: gettext_lazy("Conflict with the current state"),
    412: gettext_lazy("Changed since it was read"),
    413: gettext_lazy("The request is too large"),
    415: gettext_lazy("Unsupported media type"),
    422: gettext_lazy("Some values aren't valid"),
    429: gettext_lazy("Too many attempts"),
    500: gettext_lazy("Internal error"),
    503: gettext_lazy("Temporarily unavailable"),
}
CODES = {
    400: "unreadable",
    401: "not-authenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    412: "precondition-failed",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid",
    429: "throttled",
    500: "internal",
    503: "unavailable",
}


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One invalid value: the dotted path of its field, a stable code, a message for people."""

    field: str
    code: str
    message: str


class DomainError(Exception):
    """An operation is refused by a rule of the domain.

    `code` is stable and for programs, `message` tells people what happened and what to do.
    `retry_after_seconds` says when the same call may succeed; None means that waiting doesn't help.
    An API view may add `headers` and `members`, the extension members of RFC 9457 section 3.2.
    """

    def __init__(
        self,
        kind: Kind,
        code: str,
        message: Words,
        *,
        retryable: bool = False,
        retry_after_seconds: int | None = None,
        faults: Sequence[FieldFault] = (),
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code
        self.message = str(message)
        self.retryable = retryable
        self.retry_after_seconds = retry_after_seconds
        self.faults = tuple(faults)
        self.headers: dict[str, str] = {}
        self.members: dict[str, object] = {}


@dataclass(frozen=True, slots=True)
class Problem:
    """An `application/problem+json` response, independent of Django and DRF."""

    status: int
    code: str
    detail: Words
    faults: tuple[FieldFault, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    extensions: tuple[tuple[str, object], ...] = ()

    def body(self, request_id: str | None) -> dict[str, Any]:
        members: dict[str, Any] = {
            "type": f"urn:daybook:problem:{self.code}",
            "title": str(TITLES[self.status]),
            "status": self.status,
            "detail": utf8_safe(self.detail),
            "code": self.code,
            "request_id": request_id,
        }
        if self.faults:
            members["errors"] = [
                {"field": utf8_safe(f.field), "code": f.code, "message": utf8_safe(f.message)}
                for f in self.faults
            ]
        return {**dict(self.extensions), **members}


def try_again_in(seconds: int) -> str:
    """Return the sentence for people that goes with a Retry-After of so many seconds."""
    if seconds < 90:
        text = ngettext(
            "Try again in %(count)s second.", "Try again in %(count)s seconds.", seconds
        )
        return text % {"count": seconds}
    minutes = math.ceil(seconds / 60)
    text = ngettext("Try again in %(count)s minute.", "Try again in %(count)s minutes.", minutes)
    return text % {"count": minutes}


def utf8_safe(text: Words) -> str:
    """Return the text as valid UTF-8: a value that a client sent may hold a lone surrogate."""
    return str(text).encode("utf-8", "replace").decode()


def problem_response(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Return a problem as a response outside DRF: from middleware and for unknown API paths."""
    body = problem.body(getattr(request, "request_id", None))
    response = JsonResponse(body, status=problem.status, headers=dict(problem.headers))
    response["Content-Type"] = CONTENT_TYPE
    response["Cache-Control"] = "no-store"
    return response


def problem_of(error: Exception) -> Problem | None:
    """Return the problem for an error, or None if it is unexpected and answered with 500.

    Database errors are mapped in `config.web.faults`.
    """
    match error:
        case DomainError():
            return _of_domain(error)
        case drf.ValidationError():
            return invalid(tuple(_faults_of_detail(error.detail)))
        case ModelValidationError():
            return invalid(tuple(_faults_of_model(error)))
        case drf.APIException():
            return _of_drf(error)
        case Http404():
            return plain(404, _("Not found."))
        case PermissionDenied():
            return plain(403, _("You don't have permission to do this."))
        case RequestDataTooBig() | TooManyFieldsSent():
            return plain(413, _("The request is too large. Send a smaller one."))
        case RedisError():
            # No answer, out of memory, read-only or loading: in each case Redis can't store
            # anything.
            log.error("broker_unavailable", error=type(error).__name__)
            return plain(
                503,
                _("A part of the service can't be reached. Try again in a few seconds."),
                ("Retry-After", "5"),
            )
        case _:
            return None


def plain(status: int, detail: Words, *headers: tuple[str, str]) -> Problem:
    return Problem(status, CODES[status], detail, headers=headers)


def invalid(faults: tuple[FieldFault, ...]) -> Problem:
    fields = ", ".join(dict.fromkeys(f.field for f in faults if f.field))
    detail = (
        _("Check these fields: %(fields)s.") % {"fields": fields}
        if fields
        else _("Check the submitted values.")
    )
    return Problem(422, CODES[422], detail, faults=faults)


def _of_domain(error: DomainError) -> Problem:
    headers = dict(error.headers)
    if error.retry_after_seconds is not None:
        headers["Retry-After"] = str(error.retry_after_seconds)
    if error.kind is Kind.UNAUTHENTICATED:
        # RFC 9110 section 15.5.2: a 401 always carries a challenge.
        headers.setdefault("WWW-Authenticate", 'Bearer realm="api"')
    return Problem(
        error.kind.value,
        error.code,
        error.message,
        error.faults,
        tuple(headers.items()),
        tuple(error.members.items()),
    )


def _of_drf(error: drf.APIException) -> Problem:
    headers = []
    wait = getattr(error, "wait", None)  # of drf.Throttled: seconds, a float
    if wait is not None:
        headers.append(("Retry-After", str(max(1, math.ceil(wait)))))
    challenge = getattr(error, "auth_header", None)
    if challenge:
        headers.append(("WWW-Authenticate", challenge))
    status = error.status_code if error.status_code in CODES else 500
    code = getattr(error, "problem_code", CODES[status])
    return Problem(status, code, str(error.detail), headers=tuple(headers))


def _faults_of_detail(detail: Any, path: str = "") -> Iterator[FieldFault]:
    """Yield the errors of DRF's nested details. Mappings are by field; lists by position or of
    messages.
    """
    if isinstance(detail, drf.ErrorDetail):
        yield FieldFault(path, detail.code or CODES[422], str(detail))
    elif isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _faults_of_detail(inner, _below(path, name))
    else:
        for position, inner in enumerate(detail):
            is_message = isinstance(inner, drf.ErrorDetail)
            yield from _faults_of_detail(inner, path if is_message else _below(path, position))


def _below(path: str, name: object) -> str:
    own = "" if name == "non_field_errors" else str(name)
    return ".".join(part for part in (path, own) if part)


def _faults_of_model(error: ModelValidationError) -> Iterator[FieldFault]:
    by_field = error.error_dict if hasattr(error, "error_dict") else {"": error.error_list}
    for name, errors in by_field.items():
        for one in errors:
            field = "" if name == "__all__" else name
            yield FieldFault(field, one.code or "invalid", one.messages[0])
