"""Pages and API responses are compressed, except where that would reveal something."""

from __future__ import annotations

import gzip
from datetime import date

import pytest
from django.test import Client

from accounts.models import User
from tests.calendars.rows import fill_month
from tests.factories import bearer, make_session

ON = date(2026, 11, 18)
PAGE = f"/calendar/month/{ON}/"
LIST = "/api/v1/occurrences?start=2026-11-01&end=2026-12-01"
pytestmark = pytest.mark.django_db


@pytest.fixture
def web(alice: User) -> Client:
    fill_month(alice, ON)
    client = Client(headers={"Accept-Encoding": "gzip, br"})
    client.force_login(alice)
    return client


@pytest.mark.parametrize("address", [PAGE, LIST])
def test_what_is_sent_is_a_fraction_of_what_is_read(web: Client, address: str) -> None:
    answer = web.get(address)
    assert answer["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer["Vary"]
    assert int(answer["Content-Length"]) == len(answer.content)
    text = gzip.decompress(answer.content)
    assert b"Stand-up" in text
    assert len(answer.content) < len(text) / 3


def test_who_does_not_ask_for_it_gets_none(web: Client) -> None:
    answer = web.get(PAGE, headers={"Accept-Encoding": "identity"})
    assert not answer.has_header("Content-Encoding")
    assert b"Stand-up" in answer.content


@pytest.mark.parametrize(
    ("site", "encoding"),
    [("cross-site", None), ("same-site", None), ("same-origin", "gzip"), ("none", "gzip")],
)
def test_another_site_cannot_measure_it(web: Client, site: str, encoding: str | None) -> None:
    answer = web.get(PAGE, headers={"Sec-Fetch-Site": site})
    assert answer.headers.get("Content-Encoding") == encoding


def test_the_length_says_little(web: Client) -> None:
    """Two responses with the same content have different lengths (Heal the BREACH)."""
    assert len({len(web.get(LIST).content) for _ in range(20)}) > 1


def test_the_token_of_forms_is_masked_anew(web: Client) -> None:
    pages = [gzip.decompress(web.get("/settings/profile/").content).decode() for _ in range(2)]
    first, second = (page.split('csrfmiddlewaretoken" value="')[1][:64] for page in pages)
    assert first != second


def test_a_version_stays_strong_for_if_match(alice: User) -> None:
    phone = Client(headers=bearer(make_session(alice)) | {"Accept-Encoding": "gzip"})
    answer = phone.get("/api/v1/profile")
    assert answer["ETag"].startswith('"')
    assert not answer.has_header("Content-Encoding")
