"""A table under row-level security, made for a test, and addresses that read it carelessly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.security_context import acting_as, without_transaction
from config.urls import urlpatterns as daybook_urls
from config.web.problems import DomainError, Kind

MAKE = """
CREATE TABLE diary (owner_id bigint NOT NULL, entry text NOT NULL);
ALTER TABLE diary ENABLE ROW LEVEL SECURITY;
ALTER TABLE diary FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON diary USING (
    owner_id = (SELECT nullif(current_setting('app.user_id', true), '')::bigint)
);
"""


@contextmanager
def diary_table() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(MAKE)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE diary")


def write(person: User, entry: str) -> None:
    with acting_as(user_id=person.pk):
        _insert(person, entry)


def seen() -> list[str]:
    """All that the database shows: the query has no filter on purpose."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT entry FROM diary ORDER BY entry")
        return [entry for (entry,) in cursor.fetchall()]


def _insert(person: User, entry: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO diary VALUES (%s, %s)", [person.pk, entry])


class Diary(APIView):
    permission_classes = (AllowAny,)

    def get(self, request: Request) -> Response:
        return Response({"results": seen()})

    def post(self, request: Request) -> Response:
        _insert(_person(request), "lost")
        raise RuntimeError("a fault of ours")

    def put(self, request: Request) -> Response:
        _insert(_person(request), "lost")
        raise DomainError(Kind.CONFLICT, "conflict", "Somebody else was there first.")


@without_transaction
class Outside(APIView):
    def get(self, request: Request) -> Response:
        outside = {"in_transaction": connection.in_atomic_block, "outside": seen()}
        with acting_as(user_id=_person(request).pk):
            return Response({**outside, "acting": seen()})


def page(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        _insert(_person(request), "kept")
        return HttpResponse("Look at the marked fields.", status=422)
    return JsonResponse({"results": seen()})


def _person(request: Request | HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


urlpatterns = [
    path("api/v1/diary", Diary.as_view()),
    path("api/v1/diary/outside", Outside.as_view()),
    path("diary", page),
    *daybook_urls,
]
