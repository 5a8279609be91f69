"""The calendar's pages: among a million events, for an average user, and with 20,000 weekly series.

A page is the whole request, by Django's client as the product's database role, and the part that
htmx swaps. Server time is the quickest of many rounds, because other load on the machine only adds;
the median and the process's own time are shown beside it. The statements of a page are counted by
tests/calendars/test_statements_of_pages.py.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from calendars.models import Event, Occurrence
from tests.benchmarks.figures import Figure
from tests.benchmarks.million import fill_a_million
from tests.calendars.crowd import fill_weeks
from tests.factories import make_user

HEADING = f"{'pages':<52} {'figure':>12}"
ROUNDS = 50
MIDDLEWARE = "tests.privilege.ProductMiddleware"
LIVE = {"HX-Request": "true", "HX-Target": "live"}
VIEWS = ("month", "week", "day", "agenda")
WEEKS = 16
MOST_KILOBYTES = 300
# The number of weekly series of a user, and the most milliseconds of a page.
PEOPLE = {"usual": (40, 100), "crowded": (20_000, 200)}


class Asked(NamedTuple):
    """What a page costs: milliseconds, of which the least of the processor, and kilobytes."""

    quickest: float
    median: float
    busy: float
    size: float


def results() -> Iterator[Figure]:
    settings.ALLOWED_HOSTS = ["testserver"]
    storage = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": storage}
    if MIDDLEWARE not in settings.MIDDLEWARE:
        settings.MIDDLEWARE = [MIDDLEWARE, *settings.MIDDLEWARE]
    yield from among_a_million()
    for name, (series, at_most) in PEOPLE.items():
        owner = make_user(f"{name}@example.org")
        fill_weeks(owner, series=series, start_at=_monday(), weeks=WEEKS)
        for view in VIEWS:
            yield from _figures(f"{name}: {view}", asked(owner, view), at_most)
        Occurrence.objects.filter(owner=owner).delete()
        Event.objects.filter(owner=owner).delete()


def among_a_million() -> Iterator[Figure]:
    """The month has 500 of the 100,000 occurrences of its user; a week has 113."""
    owner = fill_a_million()
    for view in ("month", "week"):
        yield from _figures(f"a million: {view}", asked(owner, view), at_most=30)


def asked(owner: User, view: str) -> Asked:
    client, address = Client(), f"/calendar/{view}/{_on()}/"
    client.force_login(owner, "accounts.password_backend.PasswordBackend")
    for _ in range(3):
        _request(client, address)
    rounds = [_request(client, address) for _ in range(ROUNDS)]
    seconds, busy, sizes = zip(*rounds, strict=True)
    median = statistics.median(seconds)
    return Asked(min(seconds) * 1000, median * 1000, min(busy) * 1000, max(sizes) / 1000)


def _figures(name: str, page: Asked, at_most: float) -> Iterator[Figure]:
    yield Figure(f"{name}, server time", page.quickest, "ms", at_most=at_most)
    yield Figure(f"{name}, median", page.median, "ms")
    yield Figure(f"{name}, of the processor", page.busy, "ms")
    yield Figure(f"{name}, size", page.size, "kB", at_most=MOST_KILOBYTES)


def _request(client: Client, address: str) -> tuple[float, float, int]:
    """Return the elapsed time, this process's time without the database, and the size."""
    begun, busy = time.perf_counter(), time.process_time()
    answer = client.get(address, headers=LIVE)
    assert answer.status_code == 200, (address, answer.status_code)
    return time.perf_counter() - begun, time.process_time() - busy, len(answer.content)


def _on() -> date:
    """The middle of the month, so that the whole month and its week have events."""
    return timezone.now().date().replace(day=15)


def _monday() -> datetime:
    first = timezone.now() - timedelta(days=timezone.now().weekday(), weeks=WEEKS // 2)
    return datetime(first.year, first.month, first.day, tzinfo=UTC)
