"""Daybook's URLs, and API views that fail as a test orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import redis
from django.core import exceptions as django
from django.db import InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from rest_framework import exceptions as drf
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.urls import urlpatterns as daybook_urls
from config.web.problems import DomainError, FieldFault, Kind


def domain_error(kind: Kind) -> DomainError:
    return DomainError(
        kind,
        f"{kind.name.lower()}-by-order",
        "It was ordered to go wrong.",
        retry_after_seconds=7 if kind in (Kind.THROTTLED, Kind.UNAVAILABLE) else None,
        faults=[FieldFault("address.city", "ordered", "Not this one.")]
        if kind is Kind.INVALID
        else (),
    )


ERRORS: dict[str, Callable[[], Exception]] = {
    **{kind.name: lambda kind=kind: domain_error(kind) for kind in Kind},  # type: ignore[misc]
    "drf.ParseError": drf.ParseError,
    "drf.AuthenticationFailed": drf.AuthenticationFailed,
    "drf.NotAuthenticated": drf.NotAuthenticated,
    "drf.PermissionDenied": drf.PermissionDenied,
    "drf.NotFound": drf.NotFound,
    "drf.MethodNotAllowed": lambda: drf.MethodNotAllowed("POST"),
    "drf.NotAcceptable": drf.NotAcceptable,
    "drf.UnsupportedMediaType": lambda: drf.UnsupportedMediaType("text/csv"),
    "drf.Throttled": lambda: drf.Throttled(wait=2.2),
    "drf.ValidationError": lambda: drf.ValidationError({"name": ["Too long."]}, code="max"),
    "Http404": Http404,
    "PermissionDenied": django.PermissionDenied,
    "RequestDataTooBig": django.RequestDataTooBig,
    "TooManyFieldsSent": django.TooManyFieldsSent,
    "ValidationError": lambda: django.ValidationError({"name": "Too long."}),
    "OperationalError": lambda: OperationalError("connection to hunter2 failed"),
    "InterfaceError": lambda: InterfaceError("connection hunter2 already closed"),
    "redis.ConnectionError": lambda: redis.ConnectionError("Error 111 connecting to hunter2"),
    "redis.TimeoutError": lambda: redis.TimeoutError("Timeout reading from hunter2"),
    "crash": lambda: RuntimeError("hunter2"),
}


class Raising(APIView):
    """Raises the error that its path names."""

    permission_classes = (AllowAny,)

    def get(self, request: Request, name: str) -> Response:
        raise ERRORS[name]()


def raise_plainly(request: HttpRequest, name: str) -> HttpResponse:
    """Raise the same outside DRF."""
    raise ERRORS[name]()


class Attendee(serializers.Serializer[Any]):
    email = serializers.EmailField()


class Body(serializers.Serializer[Any]):
    """A nested body, with the two names that DRF gives to an error's own members."""

    message = serializers.CharField(max_length=3)
    code = serializers.IntegerField(required=False)
    attendees = Attendee(many=True, required=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=3), required=False)
    contact = Attendee(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["message"] == "no":
            raise serializers.ValidationError("Not this word.", code="refused-word")
        return attrs


class Reading(APIView):
    """Parses a body and returns it."""

    permission_classes = (AllowAny,)

    def post(self, request: Request) -> Response:
        serializer = Body(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response(serializer.data)


class Asking(APIView):
    """Queries the database."""

    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return Response({"answer": 1})


handler500 = "config.web.faults.server_error"
urlpatterns = [
    path("api/raise/<str:name>", Raising.as_view()),
    path("api/plainly/<str:name>", raise_plainly),
    path("api/read", Reading.as_view()),
    path("api/ask", Asking.as_view()),
    *daybook_urls,
]
