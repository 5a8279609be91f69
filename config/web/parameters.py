"""The parameters of the API: a method declares its own, and any other is refused.

Ignoring a parameter would mislead the client: a misspelt filter would return everything. DRF
imports this module while it loads its views, so it must not import them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.http import QueryDict
from django.utils.translation import gettext as _
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
    """The parameters of every paginated list."""

    cursor = serializers.CharField(
        max_length=400, required=False, help_text="The cursor from the links `next` and `previous`."
    )


class ClosedSerializer(serializers.Serializer[Any]):
    """The body of a change; a member that it doesn't name is refused."""

    def to_internal_value(self, data: Any) -> Any:
        self.refuse_unknown(data)
        return super().to_internal_value(data)

    def refuse_unknown(self, data: Any) -> None:
        unknown = set(data) - set(self.fields) if isinstance(data, Mapping) else ()
        if unknown:
            errors = {
                str(name)[:LONGEST_NAME]: [_("This field can't be changed.")]
                for name in sorted(unknown)
            }
            raise serializers.ValidationError(errors, code="not-changeable")


def validated(serializer: serializers.Serializer[Any]) -> dict[str, Any]:
    """Return the validated values. Raises DRF's ValidationError."""
    serializer.is_valid(raise_exception=True)
    return cast(dict[str, Any], serializer.validated_data)


def takes_query(query: type[serializers.Serializer[Any]]) -> Callable[[Method], Method]:
    """Declare the query parameters of an API method; DeclaredParameters refuses any other."""

    def declare(method: Method) -> Method:
        setattr(method, DECLARED, query)
        return extend_schema(parameters=[query])(method)

    return declare


class DeclaredParameters(BasePermission):
    """Refuses undeclared and repeated query parameters.

    It is a permission because permissions are checked after authentication: a request without
    credentials gets 401 whatever its query.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        name = "get" if request.method == "HEAD" else str(request.method).lower()
        method = getattr(view, name, None)
        if method is None or name == "options":
            return True
        faults = tuple(_faults(request.query_params, getattr(method, DECLARED, None)))
        if faults:
            detail = _("Check the query parameters.")
            raise DomainError(Kind.INVALID, "invalid", detail, faults=faults)
        return True


def _faults(given: QueryDict, query: Query | None) -> Iterator[FieldFault]:
    known = list(query().fields) if query else []
    for name, values in given.lists():
        shown = name[:LONGEST_NAME]
        if name not in known:
            allowed = _("Unknown parameter. Allowed: %(names)s.") % {"names": ", ".join(known)}
            message = allowed if known else _("Unknown parameter. It takes no parameters.")
            yield FieldFault(shown, "unknown-parameter", message)
        elif len(values) > 1:
            yield FieldFault(shown, "repeated", _("Give this parameter only once."))
