"""Views whose database fails as a test orders, in the transaction of a signed-in user."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

import psycopg
from django.db import connection
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.security_context import repeatable, without_transaction
from config.urls import urlpatterns as daybook_urls

handler500 = "config.web.faults.server_error"
runs: list[str] = []  # the methods of the requests that a view has run for


def backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def end_own_backend() -> None:
    """End the session from another one, so that the view learns of it with its next statement."""
    pid = backend()
    url = urlsplit(os.environ.get("DATABASE_DIRECT_URL") or os.environ["DATABASE_URL"])
    maintenance = url._replace(path="/postgres").geturl()
    with psycopg.connect(maintenance, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


class Ordered(APIView):
    """Does what `first` says on its first run, and answers with the number of runs."""

    first: Callable[[], None] = staticmethod(lambda: None)

    def get(self, request: Request) -> Response:
        return self.answer()

    def post(self, request: Request) -> Response:
        given = cast(dict[str, int], request.data)
        User.objects.filter(email=str(request.user)).update(legacy_id=given["legacy_id"])
        return self.answer()

    def answer(self) -> Response:
        runs.append(str(self.request.method))
        if len(runs) == 1:
            type(self).first()
        return Response({"run": len(runs)})


class LostBeforeStatement(Ordered):
    @staticmethod
    def first() -> None:
        end_own_backend()
        backend()


class LostBeforeCommit(Ordered):
    first = staticmethod(end_own_backend)


@repeatable
class Deadlocked(Ordered):
    """Raises the error that PostgreSQL gives to the victim of a deadlock."""

    @staticmethod
    def first() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "DO $$ BEGIN RAISE EXCEPTION 'Key (email)' USING ERRCODE = '40P01'; END $$"
            )


class DeadlockedOnce(Ordered):
    first = Deadlocked.first


@without_transaction
class LostAbroad(LostBeforeStatement):
    """Loses the connection in a view that may have called Google before."""


urlpatterns = [
    path("api/lost", LostBeforeStatement.as_view()),
    path("api/lost-abroad", LostAbroad.as_view()),
    path("api/lost-in-commit", LostBeforeCommit.as_view()),
    path("api/deadlock", Deadlocked.as_view()),
    path("api/deadlock-unmarked", DeadlockedOnce.as_view()),
    *daybook_urls,
]
