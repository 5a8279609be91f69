"""Every response has the request's id, and so does every log line about it."""

from __future__ import annotations

import logging
import re

import pytest
import structlog
from django.test import Client as Browser

from tests.http import Response

OWN = re.compile("[0-9a-f]{32}")
PATHS = {
    "a page": "/accounts/login/",
    "no page": "/nowhere/",
    "a redirect": "/settings/profile/",
    "the API": "/api/v1/profile",
    "no API": "/api/v1/nowhere",
    "a probe": "/healthz",
    "a crash": "/api/raise/crash",
}
pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.config.urls")]


def ask(path: str, given: str | None = None) -> Response:
    headers = {} if given is None else {"X-Request-ID": given}
    return Browser(raise_request_exception=False).get(path, headers=headers)


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_each_answer_has_an_id_of_its_own(path: str) -> None:
    first, second = (ask(path).headers["X-Request-ID"] for _ in range(2))
    assert OWN.fullmatch(first)
    assert OWN.fullmatch(second)
    assert first != second


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_the_id_of_the_proxy_is_kept(path: str) -> None:
    given = "edge-1.2026_07-abcdef"
    assert ask(path, given).headers["X-Request-ID"] == given


HARMFUL = {
    "empty": "",
    "too short": "1234567",
    "too long": "a" * 65,
    "a line break": "12345678\r\nSet-Cookie: session=1",
    "a line break at the end": "12345678\n",
    "markup": "<script>alert(1)</script>",
    "not ASCII": "äöüäöüäöü",
    "spaces": "one two three",
}


@pytest.mark.parametrize("given", HARMFUL.values(), ids=HARMFUL)
def test_a_harmful_id_is_replaced(given: str) -> None:
    assert OWN.fullmatch(ask("/healthz", given).headers["X-Request-ID"])


def test_the_log_carries_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        ask("/api/raise/OperationalError", "first-request")
        ask("/api/raise/redis.TimeoutError", "second-request")
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert [(line["event"], line["request_id"]) for line in lines] == [
        ("database_fault", "first-request"),
        ("database_fault", "first-request"),  # the request was run again
        ("broker_unavailable", "second-request"),
    ]
    assert structlog.contextvars.get_contextvars()["request_id"] == "second-request"
