"""The OpenAPI description is rendered once per process and without a query."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from config.web.description import rendered_description

URL = "/api/schema/"


@pytest.mark.parametrize("query", ["", "?format=json"])
def test_it_is_made_once(client: Client, query: str) -> None:
    """The test has no database, so a query would fail."""
    first = client.get(f"{URL}{query}")
    made = rendered_description.cache_info().misses

    again = [client.get(f"{URL}{query}") for _ in range(5)]

    assert {answer.content for answer in again} == {first.content}
    assert rendered_description.cache_info().misses == made


def test_what_is_known_is_not_sent_again(client: Client) -> None:
    etag = client.get(URL)["ETag"]

    known = client.get(URL, headers={"If-None-Match": etag})

    assert (known.status_code, known.content, known["ETag"]) == (304, b"", etag)
    assert client.get(URL, headers={"If-None-Match": '"another"'}).status_code == 200


def test_each_format_is_its_own(client: Client) -> None:
    as_yaml, as_json = client.get(URL), client.get(f"{URL}?format=json")

    assert as_yaml["Content-Type"].startswith("application/vnd.oai.openapi")
    assert as_yaml["ETag"] != as_json["ETag"]
    assert json.loads(as_json.content)["info"]["title"] == "Daybook"
    assert "Accept" in as_json["Vary"]


def test_a_bad_credential_does_not_matter(client: Client) -> None:
    assert client.get(URL, headers={"Authorization": "Bearer forged"}).status_code == 200
