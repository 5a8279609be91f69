"""/metrics shows the counts, only to the machine itself or with the token."""

from __future__ import annotations

import re

import pytest
from django.test import Client as Browser
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from accounts.models import User
from tests.factories import PASSWORD, bearer, make_session

pytestmark = pytest.mark.django_db
LOCAL = {"Host": "localhost"}


def counted(name: str, **labels: str) -> float:
    text = Browser().get("/metrics", headers=LOCAL).content.decode()
    samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
    return sum(
        sample.value
        for sample in samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def test_authentications_are_counted_by_method_and_outcome(alice: User) -> None:
    name = "daybook_authentications_total"
    headers = bearer(make_session(alice))
    before = counted(name, method="enhanced", outcome="ok"), counted(name, outcome="refused")

    Browser().get("/api/v1/profile", headers=headers)
    Browser().get("/api/v1/profile", headers={"Authorization": "Bearer x.y.z"})

    after = counted(name, method="enhanced", outcome="ok"), counted(name, outcome="refused")
    assert after == (before[0] + 1, before[1] + 1)


def test_refreshes_are_counted_by_outcome(alice: User) -> None:
    name = "daybook_token_refreshes_total"
    before = counted(name, outcome="ok"), counted(name, outcome="refused")

    for refresh in (make_session(alice).refresh, "rt1.x.y"):
        Browser().post("/api/v1/auth/token/refresh", {"refresh": refresh}, "application/json")

    assert counted(name, outcome="ok") == before[0] + 1
    assert counted(name, outcome="refused") == before[1] + 1


def test_requests_are_counted_by_route_and_never_by_address(alice: User) -> None:
    Browser().get("/no/such/harbour")
    Browser().generic("BREW", "/healthz")
    text = Browser().get("/metrics", headers=LOCAL).content.decode()

    assert "harbour" not in text
    assert "BREW" not in text
    assert re.search(r'daybook_request_seconds_count\{.*route="healthz"', text)


@pytest.mark.parametrize(
    ("remote", "headers"),
    [
        ("203.0.113.9", LOCAL),
        ("127.0.0.1", {"Host": "127.0.0.1", "X-Forwarded-For": "203.0.113.9"}),
        ("127.0.0.1", {"Host": "127.0.0.1", "X-Real-IP": "203.0.113.9"}),
        ("127.0.0.1", {"Host": "127.0.0.1", "X-Forwarded-Host": "daybook.example"}),
        ("127.0.0.1", {"Host": "daybook.example"}),
    ],
)
def test_outsiders_find_nothing(settings: Settings, remote: str, headers: dict[str, str]) -> None:
    settings.ALLOWED_HOSTS = ["*"]

    assert Browser(REMOTE_ADDR=remote).get("/metrics", headers=headers).status_code == 404


def test_with_a_token_its_holder_reads_it_from_anywhere(settings: Settings) -> None:
    settings.METRICS_TOKEN = PASSWORD
    outside = Browser(REMOTE_ADDR="203.0.113.9")

    assert (
        outside.get("/metrics", headers={"Authorization": f"Bearer {PASSWORD}"}).status_code == 200
    )
    assert outside.get("/metrics", headers={"Authorization": "Bearer x"}).status_code == 404
    assert Browser().get("/metrics", headers=LOCAL).status_code == 404


@pytest.mark.parametrize(
    ("desk", "public_url"), [(False, "http://127.0.0.1:8000"), (True, "https://daybook.example")]
)
def test_without_a_token_a_proxy_without_headers_gets_404(
    settings: Settings, desk: bool, public_url: str
) -> None:
    """A proxy on the same machine that adds no header and uses its own name as Host."""
    settings.DESK, settings.PUBLIC_URL = desk, public_url
    settings.ALLOWED_HOSTS = ["*"]

    assert Browser(REMOTE_ADDR="127.0.0.1").get("/metrics", headers=LOCAL).status_code == 404
