"""The API refuses unknown query parameters; pages ignore them."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.models import User
from tests.config.test_openapi import operations, schema
from tests.factories import bearer, make_session

__all__ = ["schema"]  # a fixture
NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def phone(alice: User) -> Client:
    return Client(headers=bearer(make_session(alice)))


def test_every_operation_refuses_what_it_does_not_declare(
    schema: dict[str, dict[str, dict[str, object]]], phone: Client
) -> None:
    for key in operations(schema):
        method, path = key.split()
        path = path.replace("{name}", "x" * 43).replace("{edge}", "512")
        path = re.sub(r"{\w+}", NOBODY, path.replace("{change_id}", "1"))

        answer = phone.generic(method.upper(), f"{path}?colour=red", content_type="")

        assert answer.status_code == 422, key
        assert answer["Content-Type"] == "application/problem+json", key
        (fault,) = answer.json()["errors"]
        assert (fault["field"], fault["code"]) == ("colour", "unknown-parameter"), key


def test_what_there_is_is_named(phone: Client) -> None:
    (fault,) = phone.get("/api/v1/occurrences?starts=2026-01-01").json()["errors"]

    assert fault["message"] == (
        "Unknown parameter. Allowed: start, end, calendar, q, category, without, cursor."
    )


def test_one_that_comes_twice_is_refused(phone: Client) -> None:
    query = "start=2026-01-01&end=2026-02-01&start=2026-01-15"

    (fault,) = phone.get(f"/api/v1/occurrences?{query}").json()["errors"]

    assert (fault["field"], fault["code"]) == ("start", "repeated")


def test_a_head_is_asked_as_a_get(phone: Client) -> None:
    assert phone.head("/api/v1/auth/events?cursor=").status_code == 200
    assert phone.head("/api/v1/auth/events?page=2").status_code == 422


def test_an_unsupported_method_is_refused_before_its_query(phone: Client) -> None:
    assert phone.put("/api/v1/occurrences?colour=red").status_code == 405
    assert phone.options("/api/v1/occurrences?colour=red").status_code == 200


def test_a_long_or_unprintable_name_is_shortened_in_the_error(phone: Client) -> None:
    answer = phone.get("/api/v1/profile", {"x" * 5000: "1", "\ufffd\x00": "2"})

    assert answer.status_code == 422
    assert len(answer.content) < 2000


@pytest.mark.parametrize("path", ["/", "/settings/calendars/", "/accounts/login/", "/healthz"])
def test_pages_take_any(client: Client, alice: User, path: str) -> None:
    client.force_login(alice)
    assert client.get(f"{path}?utm_source=mail", follow=True).status_code == 200


def test_the_description_keeps_its_own(client: Client) -> None:
    assert client.get("/api/schema/?format=json").status_code == 200
    assert client.get("/api/docs/?script=").status_code == 200
