"""The calendar's pages, for an average user and for one with 20,000 weekly series."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from calendars.models import Event, Occurrence
from tests.benchmarks.figures import Figure
from tests.calendars.crowd import fill_weeks
from tests.factories import make_user

HEADING = f"{'pages':<52} {'median':>12}"
WEEKS = 16
TURNS = 7
LIVE = {"HX-Request": "true", "HX-Target": "live"}
# The number of weekly series of a user, and how long a page may occupy its process.
PEOPLE = {"usual": (40, 150), "crowded": (20_000, 250)}


def results() -> Iterator[Figure]:
    settings.ALLOWED_HOSTS = ["testserver"]
    storage = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": storage}
    for name, (series, at_most) in PEOPLE.items():
        owner = make_user(f"{name}@example.org")
        now = timezone.now()
        fill_weeks(owner, series=series, start_at=_monday(now), weeks=WEEKS)
        yield from pages_of(owner, name, at_most)
        Occurrence.objects.filter(owner=owner).delete()
        Event.objects.filter(owner=owner).delete()


def pages_of(owner: User, name: str, at_most: float) -> Iterator[Figure]:
    client = Client()
    client.force_login(owner, "accounts.password_backend.PasswordBackend")
    on = timezone.now().date()
    pages = {"today": "/", "agenda": f"/calendar/agenda/{on}/"}
    months = [f"/calendar/month/{on + timedelta(days=d)}/" for d in range(-15, 16, 5)]
    for page, address in {**pages, "month, turned": ""}.items():
        addresses = [address] * TURNS if address else months
        asked = [_ask(client, each) for each in addresses]
        seconds, busy, sizes = zip(*asked, strict=True)
        yield Figure(f"{name}: {page}", statistics.median(seconds) * 1000, "ms")
        cpu = statistics.median(busy) * 1000
        yield Figure(f"{name}: {page}, of the processor", cpu, "ms", at_most=at_most)
        yield Figure(f"{name}: {page}, size", max(sizes) / 1000, "kB", at_most=300)


def _ask(client: Client, address: str) -> tuple[float, float, int]:
    """Return the elapsed time, this process's time without the database, and the size."""
    start, busy = time.perf_counter(), time.process_time()
    answer = client.get(address, headers=LIVE)
    assert answer.status_code == 200
    return time.perf_counter() - start, time.process_time() - busy, len(answer.content)


def _monday(now: datetime) -> datetime:
    first = now - timedelta(days=now.weekday()) - timedelta(weeks=WEEKS // 2)
    return datetime(first.year, first.month, first.day, tzinfo=UTC)
