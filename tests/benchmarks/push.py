"""From a change at Google to its row: real push, web processes, broker and worker."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings

from accounts.models import User
from calendars.models import Event, SyncState
from config.desk.serving import empty_metrics_folder, programs
from sandbox.control import Control
from tests.accounts.serving import CHECKOUT, HOST, database_url, serving
from tests.benchmarks.figures import Figure
from tests.benchmarks.google import ACCOUNT, connect, state_of
from tests.product import open_channels, sync_collection

CHANGES, WARM_UP = 60, 5
WEB_PROCESSES, WORKERS = 2, 2
PATIENCE_SECONDS = 60
LOOK_EVERY_SECONDS = 0.003


def webhook_to_row(google: Control, owner: User) -> Iterator[Figure]:
    """Measure the time of changes, from before the request to Google."""
    made = connect(google, owner)
    sync_collection(state_of(made).pk)
    event = Event.objects.filter(owner=owner).values_list("remote_id", flat=True)[0]
    with serving(processes=WEB_PROCESSES) as web, working(web.port):
        settings.GOOGLE_WEBHOOK_URL = f"http://{HOST}:{web.port}/webhooks/google/calendar"
        open_channels()
        times = [seconds_of_change(google, event, number) for number in range(WARM_UP + CHANGES)]
    slow = statistics.quantiles(times[WARM_UP:], n=20)[-1]
    yield Figure(f"webhook to visible row, p95 of {CHANGES}", slow * 1000, "ms", at_most=300)
    yield Figure("  median", statistics.median(times[WARM_UP:]) * 1000, "ms")


@contextmanager
def working(port: int) -> Iterator[None]:
    """Run the worker as `manage.py up` does, on the database of this run."""
    worker = next(each for each in programs(port, WORKERS, {}) if each.name == "worker")
    empty_metrics_folder(port)
    environment = {**os.environ, **worker.environment, "DATABASE_URL": database_url()}
    output = subprocess.DEVNULL
    with subprocess.Popen(
        worker.argv, cwd=CHECKOUT, env=environment, stdout=output, stderr=output
    ) as process:
        try:
            yield
        finally:
            process.terminate()


def seconds_of_change(google: Control, event: str, number: int) -> float:
    """Wait until no worker is busy, so that no other sync picks the change up."""
    wait_until(lambda: not SyncState.objects.exclude(lease_until=None).exists())
    changed = Event.objects.filter(remote_id=event, summary=f"Change {number}")
    begun = time.perf_counter()
    google.patch_events(ACCOUNT, [{"id": event, "summary": f"Change {number}"}])
    wait_until(changed.exists)
    return time.perf_counter() - begun


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the change did not arrive"
        time.sleep(LOOK_EVERY_SECONDS)
