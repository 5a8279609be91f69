"""What an open page costs that shows the newest: its question and the 304."""

from __future__ import annotations

import time
from collections.abc import Iterator

from django.conf import settings
from django.test import Client
from django.utils import timezone

from config.database.redis import redis_connection
from tests.benchmarks.figures import Figure
from tests.factories import make_user

HEADING = f"{'live':<52} {'figure':>12}"
ASKED = 500
ADDRESS = "/calendar/version/"


def results() -> Iterator[Figure]:
    settings.ALLOWED_HOSTS = ["testserver"]
    storage = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": storage}
    client = Client()
    client.force_login(make_user("live@example.org"), "accounts.password_backend.PasswordBackend")
    page = client.get(f"/calendar/month/{timezone.now().date()}/").content.decode()
    version = page.split('data-version="')[1].split('"')[0]
    headers = {"If-None-Match": f'"{version}"'}
    commands, busy = _commands(), time.process_time()
    for _ in range(ASKED):
        assert client.get(ADDRESS, headers=headers).status_code == 304
    busy = (time.process_time() - busy) / ASKED
    yield Figure("a 304, of the processor", busy * 1000, "ms", at_most=3)
    yield Figure("a 304, commands of the cache", (_commands() - commands) / ASKED, "", at_most=6)


def _commands() -> int:
    return int(redis_connection().info("stats")["total_commands_processed"])
