"""A phone of a persona: the API through Django's test client, with a real access token."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.client import encode_multipart
from pytest_django import Settings

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

    def put_picture(self, content: bytes, *, part: str = "avatar", **headers: str) -> Any:
        """Upload as a phone does: the server doesn't trust the file name and type."""
        upload = SimpleUploadedFile("ada.jpg", content, "image/jpeg")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.put(
            f"{URL}/avatar",
            encode_multipart("limit", {part: upload}),
            content_type="multipart/form-data; boundary=limit",
            headers={**self.headers, **named},
        )

    def delete_picture(self) -> Any:
        return self.client.delete(f"{URL}/avatar", headers=self.headers)

    def history(self) -> list[dict[str, Any]]:
        """Return the newest page of the history."""
        answer = self.client.get(f"{URL}/history", headers=self.headers)
        assert answer.status_code == 200
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    def undo(self, change: dict[str, Any]) -> Any:
        return self.client.post(f"{URL}/history/{change['id']}/undo", headers=self.headers)

    def _send(self, method: str, body: object, headers: dict[str, str]) -> HttpResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        send: Callable[..., HttpResponse] = getattr(self.client, method)
        return send(
            URL,
            json.dumps(body),
            content_type="application/json",
            headers={**self.headers, **named},
        )


@pytest.fixture(autouse=True)
def pictures_of_this_test(settings: Settings, tmp_path: Path) -> Path:
    """A storage folder for this test only."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture
def phone(alice: User) -> Phone:
    return Phone(alice)


def faults_of(response: Any) -> dict[str, str]:
    """Return {field: code} of an error response."""
    return {fault["field"]: fault["code"] for fault in response.json()["errors"]}


@pytest.fixture
def profile_refuses_first_names(db: None) -> None:
    """A database that is stricter than the code, such as one with newer Unicode tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE;"
            "ALTER TABLE profiles_profile DROP CONSTRAINT profile_first_name_valid,"
            " ADD CONSTRAINT profile_first_name_valid CHECK (first_name = '')"
        )
