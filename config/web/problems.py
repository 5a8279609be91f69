"""Domain errors, and the one place that turns any error into an HTTP answer (RFC 9457)."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, TooManyFieldsSent
from django.core.exceptions import ValidationError as ModelValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from redis.exceptions import RedisError
from rest_framework import exceptions as drf

CONTENT_TYPE = "application/problem+json"
log = structlog.get_logger(__name__)


class Kind(enum.Enum):
    """What went wrong, in the domain's words; the value is the HTTP status it becomes."""

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
    400: "The request cannot be read",
    401: "Sign-in is needed",
    403: "Not allowed",
    404: "Not found",
    405: "This method is not available here",
    406: "This format is not available",
    409: "Conflict with the current state",
    412: "It has changed since it was read",
    413: "The request is too large",
    415: "This media type is not accepted",
    422: "Some values are not valid",
    429: "Too many attempts",
    500: "Something went wrong on our side",
    503: "Not available right now",
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
    """One refused value: the dotted path of its field, a stable code, a message for people."""

    field: str
    code: str
    message: str


class DomainError(Exception):
    """A rule of the domain said no.

    `code` is stable and for programs, `message` says to people what happened and what to do.
    `retry_after_seconds` tells when the same call may succeed; None: not by waiting. Whoever
    presents it may add `headers` and `members`, the extension members of RFC 9457 section 3.2.
    """

    def __init__(
        self,
        kind: Kind,
        code: str,
        message: str,
        *,
        retryable: bool = False,
        retry_after_seconds: int | None = None,
        faults: Sequence[FieldFault] = (),
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code
        self.message = message
        self.retryable = retryable
        self.retry_after_seconds = retry_after_seconds
        self.faults = tuple(faults)
        self.headers: dict[str, str] = {}
        self.members: dict[str, object] = {}


@dataclass(frozen=True, slots=True)
class Problem:
    """An answer of `application/problem+json`, before it meets a framework."""

    status: int
    code: str
    detail: str
    faults: tuple[FieldFault, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    extensions: tuple[tuple[str, object], ...] = ()

    def body(self, request_id: str | None) -> dict[str, Any]:
        members: dict[str, Any] = {
            "type": f"urn:daybook:problem:{self.code}",
            "title": TITLES[self.status],
            "status": self.status,
            "detail": tellable(self.detail),
            "code": self.code,
            "request_id": request_id,
        }
        if self.faults:
            members["errors"] = [
                {"field": tellable(f.field), "code": f.code, "message": tellable(f.message)}
                for f in self.faults
            ]
        return {**dict(self.extensions), **members}


def try_again_in(seconds: int) -> str:
    """The sentence for people that stands beside a Retry-After."""
    if seconds < 90:
        return f"Try again in {'a second' if seconds == 1 else f'{seconds} seconds'}."
    return f"Try again in {math.ceil(seconds / 60)} minutes."


def tellable(text: str) -> str:
    """The text without what UTF-8 cannot carry: a client's own word may hold a lone surrogate."""
    return text.encode("utf-8", "replace").decode()


def problem_response(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The same answer outside DRF: middleware and the handlers of unknown API paths."""
    body = problem.body(getattr(request, "request_id", None))
    response = JsonResponse(body, status=problem.status, headers=dict(problem.headers))
    response["Content-Type"] = CONTENT_TYPE
    response["Cache-Control"] = "no-store"
    return response


def problem_of(error: Exception) -> Problem | None:
    """None: a fault of ours. The database's errors are told in `config.web.faults`."""
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
            return plain(404, "There is nothing here for you.")
        case PermissionDenied():
            return plain(403, "You may not do this.")
        case RequestDataTooBig() | TooManyFieldsSent():
            return plain(413, "Send a smaller request.")
        case RedisError():
            # Silent, full, read-only, loading: whichever, it does not keep what it has to.
            log.error("broker_unavailable", error=type(error).__name__)
            return plain(503, "A part of Daybook is away. Try again soon.", ("Retry-After", "5"))
        case _:
            return None


def plain(status: int, detail: str, *headers: tuple[str, str]) -> Problem:
    return Problem(status, CODES[status], detail, headers=headers)


def invalid(faults: tuple[FieldFault, ...]) -> Problem:
    fields = ", ".join(dict.fromkeys(f.field for f in faults if f.field))
    detail = f"Check these fields: {fields}." if fields else "Check the values sent."
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
    """Walks DRF's nested details: a mapping by field, a list by position or of messages."""
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
