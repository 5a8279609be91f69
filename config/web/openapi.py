"""The API's description: what DRF cannot tell of lists and of errors, said once for all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from rest_framework.serializers import Serializer

from config.web.problems import CONTENT_TYPE, TITLES

Json = dict[str, Any]
# What any operation may answer; 400 also to an Authorization header that nobody can read, 422 also
# to a query parameter that it does not have.
ALWAYS = (400, 401, 403, 406, 422, 429, 500, 503)
WITH_BODY = (413, 415)
FAULT: Json = {
    "type": "object",
    "description": "One refused value.",
    "properties": {
        "field": {"type": "string", "description": "Its dotted path; empty: the whole body."},
        "code": {"type": "string"},
        "message": {"type": "string"},
    },
    "required": ["field", "code", "message"],
}
PROBLEM: Json = {
    "type": "object",
    "description": "What went wrong, as RFC 9457 shapes it.",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "For people: what happened, what to do."},
        "code": {"type": "string", "description": "For programs: it stays the same."},
        "request_id": {"type": "string", "nullable": True},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/ProblemFault"}},
    },
    "required": ["type", "title", "status", "detail", "code", "request_id"],
}
CONTENT: Json = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}


class Schema(AutoSchema):
    """DRF's views of one noun, with a list named as such: {results, next, previous}."""

    def get_operation_id(self) -> str:
        name: str = super().get_operation_id()
        answer = self.get_response_serializers()
        lists = isinstance(answer, Serializer) and "results" in answer.fields
        return re.sub("_retrieve$", "_list", name) if lists else name

    def _get_request_body(self, direction: str = "request") -> Any:
        """Also of a DELETE that takes one, which the library leaves out."""
        method, self.method = self.method, "POST" if self.method == "DELETE" else self.method
        try:
            return super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        finally:
            self.method = method


def document_problems(
    result: Json, generator: SchemaGenerator, request: object, public: bool
) -> Json:
    """A postprocessing hook of drf-spectacular: gives each operation its refusals."""
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
    """A refusal that the view described keeps its words and gets the shape."""
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
