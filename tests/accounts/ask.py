"""Asks the API who one is, with an Authorization header of any shape."""

from __future__ import annotations

from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from tests.http import Response
from tests.statements import statements

REQUEST_ID = "request-of-the-test"


def ask(authorization: str | None, browser: Browser | None = None) -> Response:
    headers = {"X-Request-ID": REQUEST_ID}
    if authorization is not None:
        headers["Authorization"] = authorization
    return (browser or Browser()).get("/api/v1/whoami", headers=headers)


def ask_counting(authorization: str, browser: Browser | None = None) -> tuple[Response, int]:
    with CaptureQueriesContext(connection) as queries:
        response = ask(authorization, browser)
    return response, len(statements(queries))
