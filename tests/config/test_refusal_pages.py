"""Error pages have the chosen theme and the request id of the log."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import path

from config.web.faults import server_error
from tests.config.urls import raise_plainly
from tests.config.urls import urlpatterns as daybook_urls

__all__ = ["handler500"]
handler500 = server_error
urlpatterns = [path("plainly/<str:name>", raise_plainly), *daybook_urls]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.mark.parametrize(("name", "status"), [("CONFLICT", 409), ("UNREADABLE", 400)])
def test_a_refusal_that_no_page_foresaw_is_no_fault_of_ours(
    client: Client, name: str, status: int
) -> None:
    page = client.get(
        f"/plainly/{name}", headers={"Referer": "http://testserver/settings/profile/"}
    )

    assert page.status_code == status
    assert 'href="/settings/profile/"' in page.content.decode()
    assert page["X-Request-ID"] in page.content.decode()


@pytest.mark.parametrize(
    "before",
    ["http://testserver//evil.example/", "http://testserver/\\evil.example", "//evil.example/"],
)
def test_the_way_back_leads_to_no_other_host(client: Client, before: str) -> None:
    page = client.get("/plainly/CONFLICT", headers={"Referer": before})

    assert re.search(r'href="(//|/\\|http)[^"]*evil', page.content.decode()) is None


@pytest.mark.parametrize(("name", "status"), [("crash", 500), ("OperationalError", 503)])
def test_a_fault(client: Client, name: str, status: int) -> None:
    client.raise_request_exception = False

    page = client.get(f"/plainly/{name}")

    text = page.content.decode()
    assert page.status_code == status
    assert page["Content-Type"].startswith("text/html")
    assert re.search(r'<script src="[^"]*js/theme[^"]*\.js"></script>', text)
    assert f"<code>{page['X-Request-ID']}</code>" in text
    assert 'href="/"' in text
