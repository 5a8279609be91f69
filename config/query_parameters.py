"""The query parameters of the API: each view declares its own, and any other is refused.

A parameter that is ignored misleads its sender: a filter that is misspelt answers with everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.views import APIView

from config.problems import FieldFault, invalid, problem_response

DECLARED = "query_serializer"
LONGEST_NAME = 64
Method = TypeVar("Method", bound=Callable[..., Any])
Query = type[serializers.Serializer[Any]]


class PageQuery(serializers.Serializer[Any]):
    """Of every list that comes page by page."""

    cursor = serializers.CharField(
        max_length=400, required=False, help_text="From the links `next` and `previous`."
    )


def takes_query(query: Query) -> Callable[[Method], Method]:
    """Declare the query parameters of an API method, for its description and for the check."""

    def declare(method: Method) -> Method:
        setattr(method, DECLARED, query)
        return extend_schema(parameters=[query])(method)

    return declare


class QueryParameterMiddleware:
    """Refuses what the method of an API view does not declare, and what is given twice."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        kind = getattr(view, "cls", None)
        if not request.GET or not _is_ours(kind):
            return None
        name = "get" if request.method == "HEAD" else str(request.method).lower()
        method = getattr(kind, name, None)
        if method is None or name == "options":
            return None
        faults = tuple(_faults(request, getattr(method, DECLARED, None)))
        return problem_response(request, invalid(faults)) if faults else None


def _is_ours(kind: type | None) -> bool:
    """The views of the API's description belong to its library, which knows its parameters."""
    is_api = kind is not None and issubclass(kind, APIView)
    return is_api and not str(kind.__module__).startswith("drf_spectacular")


def _faults(request: HttpRequest, query: Query | None) -> Iterator[FieldFault]:
    known = list(query().fields) if query else []
    for name, values in request.GET.lists():
        told = name[:LONGEST_NAME]
        if name not in known:
            hint = f"It takes {', '.join(known)}." if known else "It takes none."
            message = f"This address has no such parameter. {hint}"
            yield FieldFault(told, "unknown-parameter", message)
        elif len(values) > 1:
            yield FieldFault(told, "repeated", "Give this parameter once.")
