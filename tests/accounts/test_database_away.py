"""While the session store is down nobody is let in, and nobody is called anonymous."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client as Browser

from accounts.models import User
from tests.factories import PASSWORD, bearer, make_session

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.accounts.urls")]


@contextmanager
def database_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Moves the connection to a port where nobody listens."""
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        patch.setitem(connection.settings_dict, "PORT", "1")
        yield
    connection.close()


def test_every_way_in_says_so(
    client: Browser, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = make_session(alice)
    sign_in = {"email": alice.email, "password": PASSWORD}
    with database_away(monkeypatch):
        answers = [
            client.get("/api/v1/whoami", headers=bearer(tokens)),
            client.post("/api/v1/auth/token", sign_in, "application/json"),
            client.post(
                "/api/v1/auth/token/refresh", {"refresh": tokens.refresh}, "application/json"
            ),
            client.post("/api/v1/auth/logout", headers=bearer(tokens)),
        ]

    assert [answer.status_code for answer in answers] == [503] * 4
    assert {answer.json()["code"] for answer in answers} == {"unavailable"}
    assert {answer.headers["Retry-After"] for answer in answers} == {"5"}
    assert client.get("/api/v1/whoami", headers=bearer(tokens)).status_code == 200


def test_a_page_takes_nobody_for_a_visitor(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Browser()
    browser.force_login(alice)
    with database_away(monkeypatch):
        pages = [browser.get(path) for path in ("/", "/settings/profile/", "/admin/")]
        process = browser.get("/healthz")

    assert [page.status_code for page in pages] == [503] * 3
    assert {page.headers["Retry-After"] for page in pages} == {"5"}
    assert all("t be reached. Try again" in page.content.decode() for page in pages)
    assert process.status_code == 200
    assert browser.get("/settings/profile/").status_code == 200
