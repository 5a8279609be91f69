"""POST auth/logout ends the session that it came with, and no other."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import RevocationReason, Session, User
from tests.factories import PASSWORD, bearer, make_session
from tests.statements import statements

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]


def test_all_tokens_of_the_session_end(client: Browser, alice: User) -> None:
    phone, tablet = make_session(alice), make_session(alice)

    response = client.post("/api/v1/auth/logout", headers=bearer(phone))

    assert (response.status_code, response.content) == (204, b"")
    ended = Session.objects.get(pk=phone.session_id)
    assert ended.revoked_reason == RevocationReason.SIGNED_OUT
    assert client.get("/api/v1/whoami", headers=bearer(phone)).status_code == 401
    assert client.get("/api/v1/whoami", headers=bearer(tablet)).status_code == 200
    refreshed = client.post(
        "/api/v1/auth/token/refresh", {"refresh": phone.refresh}, "application/json"
    )
    assert refreshed.status_code == 401


def test_it_costs_one_statement_beside_the_authentication_and_the_log(
    client: Browser, alice: User
) -> None:
    tokens = make_session(alice)
    client.get("/api/v1/whoami", headers=bearer(tokens))

    with CaptureQueriesContext(connection) as queries:
        client.post("/api/v1/auth/logout", headers=bearer(tokens))

    assert len(statements(queries)) == 3


def test_nobody_cannot_sign_out(client: Browser, db: None) -> None:
    assert client.post("/api/v1/auth/logout").status_code == 401


def test_a_cookie_needs_the_csrf_token(alice: User) -> None:
    browser = Browser(enforce_csrf_checks=True)
    assert browser.login(email=alice.email, password=PASSWORD)

    refused = browser.post("/api/v1/auth/logout")
    assert refused.status_code == 403
    assert refused.json()["code"] == "forbidden"
    assert "_auth_user_id" in browser.session

    browser.get("/accounts/password/change/")
    token = next(cookie.value for name, cookie in browser.cookies.items() if "csrf" in name)
    done = browser.post(
        "/api/v1/auth/logout", content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert done.status_code == 204
    assert "_auth_user_id" not in browser.session


def test_a_bearer_token_needs_none(alice: User) -> None:
    browser = Browser(enforce_csrf_checks=True)

    response = browser.post("/api/v1/auth/logout", headers=bearer(make_session(alice)))

    assert response.status_code == 204
