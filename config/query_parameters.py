"""How an API method declares its query parameters: for its description and for their check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from config.declared_parameters import DECLARED

Method = TypeVar("Method", bound=Callable[..., Any])


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
