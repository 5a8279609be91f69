"""The query parameters of the API: any that a method does not declare is refused.

A parameter that is ignored misleads its sender: a filter that is misspelt answers with everything.
DRF loads this while it loads its views, so nothing here may import them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from django.http import QueryDict
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import BasePermission

from config.web.problems import DomainError, FieldFault, Kind

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.serializers import Serializer
    from rest_framework.views import APIView

    Query = type[Serializer[Any]]

Method = TypeVar("Method", bound=Callable[..., Any])
DECLARED = "query_serializer"
LONGEST_NAME = 64


class PageQuery(serializers.Serializer[Any]):
    """Of every list that comes page by page."""

    cursor = serializers.CharField(
        max_length=400, required=False, help_text="From the links `next` and `previous`."
    )


def takes_query(query: type[serializers.Serializer[Any]]) -> Callable[[Method], Method]:
    """Declare the query parameters of an API method; any other is refused (DeclaredParameters)."""

    def declare(method: Method) -> Method:
        setattr(method, DECLARED, query)
        return extend_schema(parameters=[query])(method)

    return declare


class DeclaredParameters(BasePermission):
    """Refuses what the method of a view does not declare, and what is given twice.

    A permission, because those are looked at when it is known who asks: a request without a
    credential is a 401 whatever its query.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        name = "get" if request.method == "HEAD" else str(request.method).lower()
        method = getattr(view, name, None)
        if method is None or name == "options":
            return True
        faults = tuple(_faults(request.query_params, getattr(method, DECLARED, None)))
        if faults:
            detail = "Check the parameters of the query."
            raise DomainError(Kind.INVALID, "invalid", detail, faults=faults)
        return True


def _faults(given: QueryDict, query: Query | None) -> Iterator[FieldFault]:
    known = list(query().fields) if query else []
    for name, values in given.lists():
        told = name[:LONGEST_NAME]
        if name not in known:
            hint = f"It takes {', '.join(known)}." if known else "It takes none."
            message = f"This address has no such parameter. {hint}"
            yield FieldFault(told, "unknown-parameter", message)
        elif len(values) > 1:
            yield FieldFault(told, "repeated", "Give this parameter once.")
