"""Additions to the OpenAPI description that DRF can't derive: lists and error responses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from rest_framework.serializers import Serializer

from config.web.problems import CONTENT_TYPE, TITLES

Json = dict[str, Any]
# Any operation may answer these: 400 also for a malformed Authorization header, 422 also for an
# undeclared query parameter.
ALWAYS = (400, 401, 403, 406, 422, 429, 500, 503)
WITH_BODY = (413, 415)
FAULT: Json = {
    "type": "object",
    "description": "One invalid value.",
    "properties": {
        "field": {
            "type": "string",
            "description": "The dotted path of the field; empty for the whole body.",
        },
        "code": {"type": "string"},
        "message": {"type": "string"},
    },
    "required": ["field", "code", "message"],
}
PROBLEM: Json = {
    "type": "object",
    "description": "An error (RFC 9457).",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "For people: what happened and what to do."},
        "code": {"type": "string", "description": "For programs: a stable code."},
        "request_id": {"type": "string", "nullable": True},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/ProblemFault"}},
    },
    "required": ["type", "title", "status", "detail", "code", "request_id"],
}
CONTENT: Json = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}


class Schema(AutoSchema):
    """The schema of a view; an operation that answers {results, next, previous} is named a list."""

    def get_operation_id(self) -> str:
        name: str = super().get_operation_id()
        answer = self.get_response_serializers()
        lists = isinstance(answer, Serializer) and "results" in answer.fields
        return re.sub("_retrieve$", "_list", name) if lists else name

    def _get_request_body(self, direction: str = "request") -> Any:
        """Describe the body of a DELETE too, which the library leaves out."""
        method, self.method = self.method, "POST" if self.method == "DELETE" else self.method
        try:
            return super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        finally:
            self.method = method


def document_problems(
    result: Json, generator: SchemaGenerator, request: object, public: bool
) -> Json:
    """Add the error responses to each operation: a postprocessing hook of drf-spectacular."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {}).update(Problem=PROBLEM, ProblemFault=FAULT)
    components["responses"] = {f"Problem{status}": _answer(status) for status in TITLES}
    for path, operations in result["paths"].items():
        for operation in operations.values():
            _complete(operation["responses"], list(_refusals(path, operation)))
    return result


def _answer(status: int) -> Json:
    answer: Json = {"description": f"{TITLES[status]}.", "content": CONTENT}
    if status in (429, 503):
        answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    return answer


def _complete(responses: Json, refusals: list[int]) -> None:
    """Add missing error responses; those that the view described keep their description."""
    for refusal in sorted(refusals):
        responses.setdefault(str(refusal), {"$ref": f"#/components/responses/Problem{refusal}"})
    for status, response in responses.items():
        if status.startswith(("4", "5")) and "$ref" not in response:
            response["content"] = CONTENT


def _refusals(path: str, operation: Json) -> Iterator[int]:
    yield from ALWAYS
    if "requestBody" in operation:
        yield from WITH_BODY
    if "{" in path:
        yield 404
