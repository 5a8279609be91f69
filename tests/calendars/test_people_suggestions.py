"""People to invite are suggested from one's own events, by a bounded reading."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from calendars.models import Calendar
from calendars.timeline.suggestions import READ, people_suggested
from tests.calendars.rows import make_event

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANA = {"email": "ana.muller@example.com", "name": "Ana Müller"}
BOB = {"email": "Bob@example.com", "name": "Bob Kahn", "response": "accepted"}
SELF = {"email": "me@example.com", "name": "Anatol", "self": True}
ROOM = {"email": "room4@example.com", "name": "Annex", "resource": True}


def meet(owner: User, days: int, *people: dict[str, Any]) -> None:
    calendar, _ = Calendar.objects.get_or_create(owner=owner, name="Own")
    at = NOW + days * DAY
    make_event(calendar, "Meeting", at, at + HOUR, attendees=list(people))


def emails(owner: User, text: str = "") -> list[str]:
    return [one.email for one in people_suggested(owner.pk, text)]


def test_those_one_meets_most_come_first(alice: User) -> None:
    meet(alice, -3, ANA, BOB, SELF, ROOM)
    meet(alice, -2, BOB)
    meet(alice, -500, {"email": "long.ago@example.com"})
    meet(alice, -1, {"name": "Nameless"})
    assert emails(alice) == ["bob@example.com", "ana.muller@example.com"]
    assert emails(alice, "muller") == ["ana.muller@example.com"]
    assert emails(alice, "ANA m") == ["ana.muller@example.com"]
    assert emails(alice, "bob@") == ["bob@example.com"]
    assert emails(alice, "uller") == []


def test_others_people_are_not_suggested(client: Client, alice: User, charlie: User) -> None:
    meet(alice, -3, ANA)
    client.force_login(charlie)
    assert emails(charlie, "ana") == []
    assert "ana.muller" not in client.get("/events/people/?people=ana").content.decode()
    client.force_login(alice)
    page = client.get("/events/people/?people=bob@example.com, Mul").content.decode()
    assert 'data-email="ana.muller@example.com"' in page
    assert 'role="option"' in page
    assert client.get("/events/people/?people=").content.decode().strip() == ""


def test_it_reads_with_one_statement_along_an_index(alice: User) -> None:
    meet(alice, -3, ANA)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        people_suggested(alice.pk, "ana")
    (statement,) = captured.captured_queries
    assert f"LIMIT {READ}" in statement["sql"]
