"""A person's client of the API."""

from __future__ import annotations

from json import dumps
from typing import Any

from django.test import Client

from accounts.models import User
from calendars.models import Calendar
from tests.factories import bearer, make_session
from tests.http import Response

LUNCH = {
    "summary": "Lunch",
    "start": "2026-12-01T12:00:00+01:00",
    "end": "2026-12-01T13:00:00+01:00",
    "time_zone": "Europe/Berlin",
}


class Phone:
    """A person's client of the API."""

    def __init__(self, person: User) -> None:
        self.client = Client(headers=bearer(make_session(person)))

    def send(
        self, method: str, path: str, body: Any = None, *, if_match: str = "", **query: str
    ) -> Response:
        headers = {"If-Match": if_match} if if_match else {}
        answer: Response = self.client.generic(
            method,
            f"/api/v1/{path}",
            "" if body is None else dumps(body),
            content_type="application/json",
            headers=headers,
            query_params=query or None,
        )
        return answer

    def create(self, calendar: Calendar, body: Any = LUNCH, **query: str) -> dict[str, Any]:
        answer = self.send("POST", f"calendars/{calendar.pk}/events", body, **query)
        assert answer.status_code == 201, answer.content
        event: dict[str, Any] = answer.json()
        return event

    def change(self, event: dict[str, Any], body: Any, **options: str) -> Response:
        return self.send("PATCH", f"events/{event['id']}", body, **options)
