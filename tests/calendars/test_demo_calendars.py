"""The demo's colleague has calendars around today, however often the demo is started."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accounts.demo import COLLEAGUE, PEOPLE, ensure_demo_people
from accounts.models import User
from calendars.demo import EVENTS, ensure_demo_calendars
from calendars.events.conferences import conference_url_of
from calendars.models import Calendar, Event
from calendars.timeline.occurrences import occurrences_between
from calendars.timeline.shared import shared_calendars
from profiles.services import time_zone_of
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


def test_a_second_start_adds_nothing() -> None:
    for _ in range(2):
        ensure_demo_people(PASSWORD)
        ensure_demo_calendars(COLLEAGUE, first_name="Grace", last_name="Hopper")
    grace = User.objects.get(email=COLLEAGUE)
    assert time_zone_of(grace).key == "Europe/London"
    names = set(Calendar.objects.of(grace.pk).values_list("name", flat=True))
    assert names == set(EVENTS)
    events = Event.objects.filter(owner_id=grace.pk)
    assert events.count() == sum(map(len, EVENTS.values()))
    assert any(conference_url_of(event) for event in events)
    now = datetime.now(UTC)
    week = occurrences_between(
        owner_id=grace.pk, start_at=now, end_at=now + timedelta(days=7), only_selected=True
    )
    assert len(week) > 10


def test_the_first_demo_person_sees_a_calendar_and_when_the_colleague_is_busy() -> None:
    ensure_demo_people(PASSWORD)
    ensure_demo_calendars(COLLEAGUE, first_name="Grace", last_name="Hopper")
    alice, bob = (User.objects.get(email=email) for email in PEOPLE)

    shared = {one.name: one.share_level for one in shared_calendars(alice.pk)}

    assert shared == {"Work": "read", "Busy times": "busy"}
    assert shared_calendars(bob.pk) == []
