"""A phone in a persona's hand: the API through Django's test client, with a real access token."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from tests.factories import bearer, make_session

URL = "/api/v1/profile"


class Phone:
    def __init__(self, user: User) -> None:
        self.client = Client()
        self.headers = bearer(make_session(user))

    def get(self) -> Any:
        return self.client.get(URL, headers=self.headers)

    def put(self, body: object, **headers: str) -> Any:
        return self._send("put", body, headers)

    def patch(self, body: object, **headers: str) -> Any:
        return self._send("patch", body, headers)

    def _send(self, method: str, body: object, headers: dict[str, str]) -> HttpResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        send: Callable[..., HttpResponse] = getattr(self.client, method)
        return send(
            URL,
            json.dumps(body),
            content_type="application/json",
            headers={**self.headers, **named},
        )


@pytest.fixture
def phone(alice: User) -> Phone:
    return Phone(alice)


def faults_of(response: Any) -> dict[str, str]:
    """{field: code} of a refusal."""
    return {fault["field"]: fault["code"] for fault in response.json()["errors"]}


@pytest.fixture
def profile_refuses_first_names(db: None) -> None:
    """A database that is stricter than the code, as one with newer Unicode tables can be."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE;"
            "ALTER TABLE profiles_profile DROP CONSTRAINT profile_first_name_valid,"
            " ADD CONSTRAINT profile_first_name_valid CHECK (first_name = '')"
        )
