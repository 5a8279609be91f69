"""The sync engine against a sandbox Google: first imports, increments, tokens."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.utils import timezone

from accounts.models import User
from calendars.google.credentials import access_token_source
from calendars.google.transport import send
from calendars.models import Connection, Credential, Event, SyncState
from sandbox.control import Control
from tests.benchmarks.figures import Figure
from tests.benchmarks.google import (
    ACCOUNT,
    Worker,
    connect,
    run_worker,
    running_google,
    start_worker,
    state_of,
)
from tests.benchmarks.push import webhook_to_row
from tests.factories import make_user
from tests.product import sync_collection

HEADING = f"{'':<52} {'median':>12}"
EVENTS = 50_000
MANY_EVENTS = 100_000
CHANGES = 10
ROUNDS = 5
PROCESSES, THREADS = 5, 10


def results() -> Iterator[Figure]:
    with running_google() as google:
        google.create_account(ACCOUNT, time_zone="Europe/Berlin")
        owner = make_user("bench@example.org")
        google.bulk(ACCOUNT, EVENTS)
        yield from first_import(google, owner)
        yield from expired_token(google, owner)
        yield from webhook_to_row(google, owner)
        forget()
        # Each count gives different events; the same count twice would give the same ones.
        google.bulk(ACCOUNT, MANY_EVENTS - EVENTS - 1)
        google.bulk(ACCOUNT, 1)
        yield from increment(google, owner)


def first_import(google: Control, owner: User) -> Iterator[Figure]:
    """Run our import and the limit in turns, so that other load affects both."""
    ours, limits, peaks = [], [], []
    for _ in range(ROUNDS):
        made = connect(google, owner)
        limit = run_worker("copy_events", str(made.pk), ACCOUNT)
        answer = run_worker("import_events", str(state_of(made).pk))
        assert answer["fetched"] == limit["fetched"] == EVENTS
        assert Event.objects.filter(owner=owner).count() == EVENTS
        ours.append(EVENTS / answer["seconds"])
        limits.append(EVENTS / limit["seconds"])
        peaks.append(answer["peak_megabytes"])
        forget()
    token = google.grant(ACCOUNT)["access_token"]
    peer = EVENTS / run_worker(token, ACCOUNT, module="peer")["seconds"]
    yield Figure(f"first import of {EVENTS:,}", median(ours), "events/s", at_least=10_000)
    yield Figure("  limit: fetch, decode, COPY", median(limits), "events/s")
    shares = [our / limit for our, limit in zip(ours, limits, strict=True)]
    # The keys and the change sequence that triggers keep cost a tenth of it.
    yield Figure("  share of the limit", median(shares), "", at_least=0.45)
    yield Figure("  peer: gcal_sync, into memory (one run)", peer, "events/s")
    yield Figure("  peak memory of the worker", max(peaks), "MB", at_most=200)


def increment(google: Control, owner: User) -> Iterator[Figure]:
    """Measure an increment without its HTTP call, whose time is measured separately."""
    made = connect(google, owner)
    state = state_of(made)
    answer = run_worker("import_events", str(state.pk))
    assert answer["fetched"] == MANY_EVENTS
    ids = list(Event.objects.filter(owner=owner).values_list("remote_id", flat=True)[:CHANGES])
    beyond = []
    for number in range(11):
        google.patch_events(ACCOUNT, [{"id": each, "summary": f"Turn {number}"} for each in ids])
        beyond.append(_seconds_of_increment(state.pk) - _seconds_of_call(google, made))
    forget()
    name = f"peak memory of the worker at {MANY_EVENTS:,}"
    yield Figure(name, answer["peak_megabytes"], "MB", at_most=200)
    name = f"increment of {CHANGES} in {MANY_EVENTS:,}, beyond the call"
    yield Figure(name, median(beyond) * 1000, "ms", at_most=50)


def expired_token(google: Control, owner: User) -> Iterator[Figure]:
    """Let many workers in several processes meet an expired access token at the same moment."""
    made = connect(google, owner)
    beyond, calls = [], []
    for _ in range(ROUNDS):
        workers = [
            start_worker("obtain_tokens", str(made.pk), str(THREADS)) for _ in range(PROCESSES)
        ]
        for worker in workers:
            worker.wait_until("ready")
        Credential.objects.filter(connection=made).update(access_expires_at=timezone.now())
        google.clear_requests()
        answers = start_together(workers)
        call = google.requests("token.refresh")[-1]
        assert sum(answer["tokens"] for answer in answers) == PROCESSES * THREADS
        begun_at = min(answer["begun_at"] for answer in answers)
        through = max(answer["ended_at"] for answer in answers) - begun_at
        beyond.append(through - call["seconds"])
        calls.append(google.counts()["token.refresh"])
    forget()
    count = PROCESSES * THREADS
    yield Figure(f"{count} workers, expired token: calls", max(calls), "calls", at_most=1)
    yield Figure("  all through, beyond the call", median(beyond) * 1000, "ms", at_most=100)


def start_together(workers: list[Worker]) -> list[dict[str, Any]]:
    for worker in workers:
        worker.go()
    for worker in workers:
        worker.wait_until("through")
    for worker in workers:
        worker.go()
    return [worker.answer() for worker in workers]


def _seconds_of_increment(state_id: int) -> float:
    SyncState.objects.filter(pk=state_id).update(due_at=timezone.now())
    begun = time.perf_counter()
    run = sync_collection(state_id)
    seconds = time.perf_counter() - begun
    assert run is not None
    run.refresh_from_db()
    assert (run.fetched, run.updated) == (CHANGES, CHANGES)
    return seconds


def _seconds_of_call(google: Control, made: Connection) -> float:
    """Repeat the last list of events without processing it."""
    last = google.requests("events.list")[-1]
    token = access_token_source(made)(None).value
    url = f"{google.url}{last['path']}?{urlencode([tuple(pair) for pair in last['query']])}"
    begun = time.perf_counter()
    assert send("GET", url, headers={"Authorization": f"Bearer {token}"}).ok
    return time.perf_counter() - begun


def forget() -> None:
    """Empty the tables; only for a benchmark database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE calendars_connection, calendars_calendar, calendars_event,"
            " calendars_occurrence CASCADE"
        )


def median(values: list[float]) -> float:
    return statistics.median(values)
