"""Search at 1,000,000 events, of which the person has 10,000, as the product's database role.

The person's events are indexed by the product; those of the others are copies with other ids. The
peer is a plain ILIKE over the person's events by the same index: without accents, typing errors,
order and next occurrence.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.security_context import acting_as
from calendars.models import Calendar, Event, event_id_for
from calendars.timeline.search import Asked, Search
from calendars.timeline.search_index import catch_up
from calendars.timeline.window import Window
from tests.benchmarks.figures import Figure
from tests.calendars.rows import make_calendar, make_connection
from tests.factories import make_user
from tests.privilege import as_product

HEADING = f"{'search':<52} {'value':>12}"
EVENTS = 10_000
PEOPLE = 100
SERIES = 200
ROUNDS = 300
BERLIN = ZoneInfo("Europe/Berlin")
SYLLABLES = (
    *("ba", "den", "tis", "ro", "kla", "mü", "ter", "min", "zahn", "arzt", "se", "lo", "pi", "ga"),
    *("wer", "nor", "ber", "lin", "ana", "stra", "ße"),
)
NAMES = (
    *("Ana", "Björn", "Chloé", "Dmitri", "Eşref", "Fatma", "Günther", "Hélène", "İlker"),
    "Jürgen",
)
TEXTS = {
    "a rare word": ["dentist", "zahnarzt müller", "lisbon"],
    "a common word": ["meeting", "weekly"],
    "the beginning of a word": ["dent", "meeti", "lis"],
    "several words": ["meeting berlin", "weekly ana", "dentist lisbon"],
    "a typing error": ["dentst", "lisbno", "meetng", "berlni"],
    "nothing": ["quetzalcoatl", "xylophon"],
}
FILL = """
INSERT INTO calendars_event (id, owner_id, calendar_id, remote_id, ical_uid, etag, sequence, status,
    summary, description, location, start_at, end_at, all_day, time_zone, recurrence,
    recurring_event_id, visibility, transparency, event_type, colour_id, html_link, organizer,
    attendees, reminders)
SELECT overlay(id::text PLACING left(%(calendar)s::text, 13) FROM 1)::uuid, %(owner)s, %(calendar)s,
    remote_id, ical_uid, etag, sequence, status, summary, description, location, start_at, end_at,
    all_day, time_zone, recurrence, recurring_event_id, visibility, transparency, event_type,
    colour_id, html_link, organizer, attendees, reminders
FROM calendars_event WHERE calendar_id = %(model)s;
INSERT INTO calendars_searchentry
SELECT %(owner)s, overlay(event_id::text PLACING left(%(calendar)s::text, 13) FROM 1)::uuid,
    %(calendar)s, overlay(series_id::text PLACING left(%(calendar)s::text, 13) FROM 1)::uuid,
    repeats, all_day, start_at, last_at, end_at, longest, title_end, place_end, lines, notes
FROM calendars_searchentry WHERE calendar_id = %(model)s;
"""


def results() -> Iterator[Figure]:
    settings.ALLOWED_HOSTS = ["testserver"]
    owner = make_user("searcher@example.org")
    calendar = fill_person(owner)
    begun = time.perf_counter()
    with as_product(), acting_as(user_id=owner.pk):
        catch_up(owner_id=owner.pk)
    taken = time.perf_counter() - begun
    yield Figure("indexing 10,000 events", taken * 1e6 / EVENTS, "µs each")
    fill_others(calendar)
    yield Figure("events in the table", Event.objects.count(), "")
    yield from figures_of(owner)


def figures_of(owner: User) -> Iterator[Figure]:
    everything = [text for texts in TEXTS.values() for text in texts]
    year = Window(timezone.now() - timedelta(days=200), timezone.now() + timedelta(days=165))
    with as_product(), acting_as(user_id=owner.pk):
        for kind, texts in TEXTS.items():
            median, _slow = _times(lambda text: find(owner, text), texts, 60)
            yield Figure(f"{kind}, median", median, "ms")
        _median, slow = _times(lambda text: find(owner, text), everything, ROUNDS)
        yield Figure("all of these, 95th percentile", slow, "ms", at_most=60)
        _median, slow = _times(lambda text: find(owner, text, window=year), everything, ROUNDS)
        yield Figure("in a year, 95th percentile", slow, "ms", at_most=60)
        _median, peer = _times(lambda text: scan(owner, text), everything, ROUNDS)
        yield Figure("peer: ILIKE, 95th percentile", peer, "ms")
    client = Client()
    client.force_login(owner, "accounts.password_backend.PasswordBackend")
    _median, slow = _times(lambda text: ask(client, text), everything, ROUNDS)
    yield Figure("the endpoint, 95th percentile", slow, "ms", at_most=60)


def find(owner: User, text: str, **asked: Any) -> object:
    search = Search(owner_id=owner.pk, asked=Asked(text, **asked), zone=BERLIN)
    return search.read(None, 51)


def scan(owner: User, text: str) -> object:
    """The peer: it finds what contains each word as it is written."""
    conditions, values = [], []
    for word in text.split():
        fields = ("summary", "location", "description", "attendees::text")
        conditions.append(f"({' OR '.join(f'{name} ILIKE %s' for name in fields)})")
        values += [f"%{word}%"] * len(fields)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, summary, start_at FROM calendars_event WHERE owner_id = %s"
            f" AND {' AND '.join(conditions)} ORDER BY start_at LIMIT 51",
            [owner.pk, *values],
        )
        return cursor.fetchall()


def ask(client: Client, text: str) -> None:
    answer = client.get("/api/v1/search", {"q": text})
    assert answer.status_code == 200, answer.content


def _times(call: Callable[[str], object], texts: list[str], rounds: int) -> tuple[float, float]:
    """Return median and 95th percentile in milliseconds."""
    for text in texts:
        call(text)
    taken = []
    for text in islice(cycle(texts), rounds):
        begun = time.perf_counter()
        call(text)
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1]


def fill_person(owner: User) -> Calendar:
    """Create the person's events: titles of four words, half with a place, people and notes."""
    chance = random.Random(13)
    calendar = make_calendar(make_connection(owner), "Everything", "#4a6fa5")
    words = ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(5_000)]
    now = timezone.now().replace(microsecond=0)
    events = [_event(calendar, number, chance, words, now) for number in range(EVENTS)]
    Event.objects.bulk_create(events, batch_size=2500)
    with connection.cursor() as cursor:
        cursor.execute(OCCURRENCES, {"calendar": calendar.pk})
    return calendar


OCCURRENCES = """
INSERT INTO calendars_occurrence (event_id, original_start_at, owner_id, calendar_id, start_at,
    end_at, all_day, long)
SELECT id, at, owner_id, calendar_id, at, at + interval '1 hour', false, false
FROM calendars_event, LATERAL generate_series(start_at,
    CASE WHEN recurrence = '{}' THEN start_at ELSE now() + interval '800 days' END,
    interval '7 days') AS at
WHERE calendar_id = %(calendar)s
"""


def _event(
    calendar: Calendar, number: int, chance: random.Random, words: list[str], now: datetime
) -> Event:
    title = chance.choices(words, k=4)
    if number % 10 == 0:
        title[0] = "meeting"
    if number % 97 == 0:
        title[1] = "Dentist"
    repeats = number < SERIES
    if repeats:
        title[0] = "weekly"
    start_at = now + timedelta(hours=chance.randint(-9_000, 9_000))
    is_full = number % 2 == 0
    city = chance.choice(["Berlin", "Lisbon", "Köln", "Genève", "Kraków"])
    people = [
        {"email": f"{name.casefold()}@example.org", "name": name}
        for name in chance.choices(NAMES, k=3)
    ]
    remote_id = f"event-{number}"
    return Event(
        id=event_id_for(calendar.pk, remote_id),
        owner_id=calendar.owner_id,
        calendar=calendar,
        remote_id=remote_id,
        summary=" ".join(title).capitalize(),
        location=f"{chance.choice(words)} {number % 90}, {city}" if is_full else "",
        description=" ".join(chance.choices(words, k=40)) if is_full else "",
        attendees=people if is_full else [],
        start_at=start_at.astimezone(UTC),
        end_at=start_at.astimezone(UTC) + timedelta(hours=1),
        recurrence=["RRULE:FREQ=WEEKLY"] if repeats else [],
    )


def fill_others(model: Calendar) -> None:
    for number in range(PEOPLE - 1):
        other = make_user(f"other{number}@example.org", password=None)
        calendar = make_calendar(make_connection(other), "Everything", "#4a6fa5")
        with connection.cursor() as cursor:
            cursor.execute(FILL, {"owner": other.pk, "calendar": calendar.pk, "model": model.pk})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE calendars_event, calendars_searchentry, calendars_occurrence")
