"""Nothing that signs anybody in is written to a log, on the good path or on the bad ones."""

from __future__ import annotations

import logging

import pytest
from django.test import Client as Browser

from accounts.models import User
from tests.factories import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]


def test_no_token_and_no_password_in_the_logs(
    client: Browser,
    alice: User,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    credentials = {"email": alice.email, "password": PASSWORD}
    first = client.post("/api/v1/auth/token", credentials, "application/json").json()
    second = refresh(client, first["refresh"])
    third = refresh(client, second["refresh"])
    refresh(client, first["refresh"])
    for access in (first["access"], first["access"][:-4] + "AAAA", second["access"]):
        client.get("/api/v1/whoami", headers={"Authorization": f"Bearer {access}"})
    client.post("/api/v1/auth/token", credentials | {"email": "no"}, "application/json")

    written = caplog.text + "".join(capfd.readouterr()) + str([vars(r) for r in caplog.records])

    assert "refresh_token_reused" in written
    assert PASSWORD not in written
    for pair in (first, second, third):
        assert pair["access"].rpartition(".")[2] not in written
        assert pair["refresh"].rpartition(".")[2] not in written


def refresh(client: Browser, token: str) -> dict[str, str]:
    response = client.post("/api/v1/auth/token/refresh", {"refresh": token}, "application/json")
    body: dict[str, str] = response.json()
    return body
