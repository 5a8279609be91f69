"""Admin's pages of events and occurrences with a million rows of each."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from calendars.models import Calendar, Event, ListedOccurrence
from tests.benchmarks.figures import Figure
from tests.calendars.rows import make_calendar, make_connection, make_hour
from tests.factories import make_user

HEADING = f"{'admin, a million events and occurrences':<52} {'median':>12}"
OWNERS = 1_000
EVENTS_EACH = 1_000
TURNS = 9
MOST_MS = 300
# Rows are copies of one that a test creates, so a new column needs no change here.
OTHERS = """
INSERT INTO calendars_calendar SELECT made.* FROM calendars_calendar c, accounts_user u,
LATERAL jsonb_populate_record(c, jsonb_build_object(
  'id', gen_random_uuid(), 'owner_id', u.id, 'connection_id', NULL,
  'change_set', current_setting('app.change_set'))) AS made
WHERE u.email LIKE 'crowd%'
"""
EVENTS = """
INSERT INTO calendars_event SELECT made.*
FROM calendars_event e, calendars_calendar c, generate_series(1, %s) n,
LATERAL jsonb_populate_record(e, jsonb_build_object(
  'id', substr(replace(c.id::text, '-', ''), 1, 12) || md5(n::text)::char(20),
  'calendar_id', c.id, 'owner_id', c.owner_id, 'remote_id', 'r' || n,
  'change_set', current_setting('app.change_set'),
  'start_at', e.start_at + n * interval '1 hour',
  'end_at', e.end_at + n * interval '1 hour')) AS made
WHERE c.id <> e.calendar_id
"""
OCCURRENCES = """
INSERT INTO calendars_occurrence SELECT made.*
FROM calendars_occurrence o, calendars_event e,
LATERAL jsonb_populate_record(o, jsonb_build_object(
  'event_id', e.id, 'calendar_id', e.calendar_id, 'owner_id', e.owner_id,
  'original_start_at', e.start_at, 'start_at', e.start_at, 'end_at', e.end_at)) AS made
WHERE e.id <> o.event_id
"""


def results() -> Iterator[Figure]:
    settings.ALLOWED_HOSTS = ["testserver"]
    storage = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": storage}
    rows = _fill()
    yield Figure("rows of each table", rows, "", at_least=OWNERS * EVENTS_EACH)
    client = Client()
    admin = make_user("root@example.org", is_staff=True, is_superuser=True)
    client.force_login(admin, "accounts.password_backend.PasswordBackend")
    for name, address in _addresses():
        times = [_ask(client, address) for _ in range(TURNS)]
        yield Figure(name, statistics.median(times), "ms", at_most=MOST_MS)
        yield Figure(f"{name}, quickest", min(times), "ms")


def _fill() -> int:
    first = make_user("first@example.org")
    calendar = make_calendar(make_connection(first), "Work", "#4a6fa5")
    make_hour(calendar, "Stand-up", timezone.now().date(), 9)
    User.objects.bulk_create(User(email=f"crowd{n}@example.org") for n in range(OWNERS))
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(OTHERS)
        cursor.execute(EVENTS, [EVENTS_EACH])
        cursor.execute(OCCURRENCES)
        cursor.execute("ANALYZE")
    return min(Event.objects.count(), ListedOccurrence.objects.count())


def _addresses() -> Iterator[tuple[str, str]]:
    calendar = Calendar.objects.exclude(owner__email="first@example.org")[OWNERS // 2]
    event = Event.objects.filter(calendar=calendar).first()
    assert event is not None
    occurrence = ListedOccurrence.objects.filter(event_id=event.pk)[0]
    pages = {"event": event.pk, "listedoccurrence": occurrence.key}
    for model, key in pages.items():
        queries = {
            "": "first page",
            "p=40": "last page",
            f"owner_id={calendar.owner_id}": "of an owner",
            f"calendar_id={calendar.pk}": "of a calendar",
            f"q={event.pk}": "searched by id",
            f"q={calendar.owner.email}": "searched by email",
        }
        if model == "event":
            queries[f"calendar_id={calendar.pk}&q={event.remote_id}"] = "searched by Google's id"
        for query, name in queries.items():
            yield f"{model}: {name}", f"/admin/calendars/{model}/?{query}"
        yield f"{model}: a row", f"/admin/calendars/{model}/{key}/change/"


def _ask(client: Client, address: str) -> float:
    start = time.perf_counter()
    answer = client.get(address)
    assert answer.status_code == 200, address
    return (time.perf_counter() - start) * 1000
