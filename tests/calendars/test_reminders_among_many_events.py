"""Making reminders costs what is near, not all that an owner has; its plan under the policies.

`EVENTS=100000 pytest -s tests/calendars/test_reminders_among_many_events.py` prints figures.
"""

from __future__ import annotations

import json
import os
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.security_context import acting_as
from calendars.models import Reminder, ReminderRoll
from calendars.reminders import rolling
from tests.calendars.reminding import HOUR, make_local, remind
from tests.privilege import as_product

pytestmark = pytest.mark.django_db
EVENTS = int(os.environ.get("EVENTS", "4000"))
# Two hours apart, half of them in the past; every tenth has reminders of its own.
FILL = """
INSERT INTO calendars_event (id, owner_id, calendar_id, remote_id, ical_uid, etag, sequence, status,
    summary, description, location, start_at, end_at, all_day, time_zone, recurrence,
    recurring_event_id, visibility, transparency, event_type, colour_id, html_link, organizer,
    attendees, reminders, changed_at)
SELECT gen_random_uuid(), c.owner_id, c.id, n, '', '', 0, 'confirmed', 'Event ' || n, '', '',
    now() + (n - %(events)s / 2) * interval '2 hours',
    now() + (n - %(events)s / 2) * interval '2 hours', false, 'UTC', '{}', '', '', '', '', '',
    '', '{}', '[]', CASE WHEN n %% 10 = 0
        THEN '{"useDefault": false, "overrides": [{"method": "popup", "minutes": 40000}]}'::jsonb
        ELSE '{"useDefault": true}'::jsonb END, now()
FROM calendars_calendar c, generate_series(1, %(events)s) n;
INSERT INTO calendars_occurrence (event_id, original_start_at, owner_id, calendar_id, start_at,
    end_at, all_day, long)
SELECT id, start_at, owner_id, calendar_id, start_at, end_at, false, false FROM calendars_event;
ANALYZE calendars_event, calendars_occurrence;
"""


def roll(owner: User) -> CaptureQueriesContext:
    with as_product(), acting_as(user_id=owner.pk), CaptureQueriesContext(connection) as made:
        rolling.roll_reminders(owner_id=owner.pk, now=timezone.now())
    return made


def test_it_takes_as_many_statements_for_one_event_as_for_fifty(alice: User) -> None:
    calendar = make_local(alice)
    remind(calendar, timezone.now() + HOUR)
    roll(alice)
    one = len(roll(alice))
    for number in range(50):
        remind(calendar, timezone.now() + number * HOUR / 10 + HOUR)
    roll(alice)

    assert len(roll(alice)) == one
    assert Reminder.objects.count() > 20


def test_only_what_is_near_is_read(alice: User, bob: User) -> None:
    for person in (alice, bob):
        make_local(person)
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"events": EVENTS // 2})
    began = time.perf_counter()
    roll(alice)
    first = time.perf_counter() - began
    began = time.perf_counter()
    roll(alice)
    again = time.perf_counter() - began
    made = Reminder.objects.filter(owner=alice).count()
    times = f"{first * 1000:.0f} ms, again without a change in {again * 1000:.0f} ms"
    print(f"\n{EVENTS // 2} events each of 2 people: {made} reminders in {times}")
    nodes = list(walk(plan_of(alice)))
    assert "occurrence_timeline" in {node.get("Index Name") for node in nodes}
    whole = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
    assert "calendars_occurrence" not in whole
    assert ReminderRoll.objects.get(pk=alice.pk).rolled_until is not None


def plan_of(owner: User) -> dict[str, Any]:
    now = timezone.now()
    place: dict[str, Any] = {
        "owner": owner.pk,
        "after": now - rolling.LOOKED_BACK,
        "near": now + rolling.WINDOW + timedelta(days=1),
        "before": now + rolling.WINDOW + timedelta(days=29),
    }
    with as_product(), acting_as(user_id=owner.pk), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {rolling.HAPPENINGS}", place)
        found = cursor.fetchone()
    assert found is not None
    plan = found[0] if isinstance(found[0], list) else json.loads(found[0])
    print(f"the statement takes {plan[0]['Execution Time']:.1f} ms")
    root: dict[str, Any] = plan[0]["Plan"]
    return root


def walk(node: dict[str, Any]) -> Any:
    yield node
    for child in node.get("Plans", []):
        yield from walk(child)
