"""Views that forget every filter: pages and API endpoints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from psycopg import sql
from psycopg.errors import InsufficientPrivilege
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.urls import urlpatterns as daybook_urls

READ = "SELECT DISTINCT {owner} FROM {table} ORDER BY 1"
UPDATE = "UPDATE {table} SET {owner} = {owner}"
GIVE_AWAY = "UPDATE {table} SET {owner} = {other}"
INSERT_FOR_ANOTHER = (
    "INSERT INTO {table} SELECT made.* FROM (SELECT * FROM {table} LIMIT 1) AS copied,"
    " jsonb_populate_record(NULL::{table},"
    " to_jsonb(copied) || jsonb_build_object({name}, {other})) AS made"
)
DELETE = "DELETE FROM {table}"
COUNT = "SELECT count(*) FROM {table}"


def tried(table: str, owner: str, other: int) -> dict[str, Any]:
    """Return the owners of visible rows, and how many rows each statement writes, or its error."""
    names = {
        "table": sql.Identifier(table),
        "owner": sql.Identifier(owner),
        "name": sql.Literal(owner),
        "other": sql.Literal(other),
    }
    writes = {
        "updated": UPDATE,
        "given_away": GIVE_AWAY,
        "inserted": INSERT_FOR_ANOTHER,
        "deleted": DELETE,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(READ).format(**names).as_string())
        owners = [found for (found,) in cursor.fetchall()]
    return {"owners": owners} | {
        name: _undone(sql.SQL(text).format(**names).as_string()) for name, text in writes.items()
    }


def _undone(statement: str) -> int | str:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
            transaction.set_rollback(True)
            return int(cursor.rowcount)
    except IntegrityError:
        return "accepted"  # and then refused by its key: it is a copy
    except ProgrammingError as error:
        if isinstance(error.__cause__, InsufficientPrivilege):
            return "refused"
        raise


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(COUNT).format(table=sql.Identifier(table)).as_string())
        return int(cursor.fetchone()[0])


class Careless(APIView):
    permission_classes = (AllowAny,)

    def post(self, request: Request, table: str, owner: str, other: int) -> Response:
        return Response(tried(table, owner, other))


def page(request: HttpRequest, table: str, owner: str, other: int) -> HttpResponse:
    return JsonResponse(tried(table, owner, other))


def counted(request: HttpRequest, table: str) -> HttpResponse:
    return JsonResponse({"count": count(table)})


_doors: dict[str, Callable[..., Any]] = {"api/v1/careless": Careless.as_view(), "careless": page}
urlpatterns = [
    *(path(f"{door}/<table>/<owner>/<int:other>", view) for door, view in _doors.items()),
    path("counted/<table>", counted),
    *daybook_urls,
]
