"""From a click to Google's row: real web processes, broker, worker and sandbox Google."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from calendars.models import Event, PendingChange
from sandbox.control import Control
from tests.accounts.serving import Server, serving
from tests.benchmarks.figures import Figure
from tests.benchmarks.google import ACCOUNT, connect, running_google, state_of
from tests.benchmarks.push import CHANGES, WARM_UP, WEB_PROCESSES, wait_until, working
from tests.factories import make_user
from tests.product import sync_collection

HEADING = f"{'editing':<52} {'figure':>12}"
PASSWORD = "correct horse battery staple"
EVENTS = 200


def results() -> Iterator[Figure]:
    with running_google() as google:
        google.create_account(ACCOUNT, time_zone="Europe/Berlin")
        owner = make_user("editing@example.org", password=PASSWORD)
        google.bulk(ACCOUNT, EVENTS)
        made = connect(google, owner, write=True)
        sync_collection(state_of(made).pk)
        with serving(processes=WEB_PROCESSES) as web, working(web.port):
            token = sign_in(web)
            yield from changes(google, web, token, owner)
            yield from creations(google, web, token, str(state_of(made).calendar_id))


def sign_in(web: Server) -> str:
    body = {"email": "editing@example.org", "password": PASSWORD}
    answer = web.send("POST", "/api/v1/auth/token", body=body)
    assert answer.status == 200, answer.text
    return str(answer.json()["access"])


def changes(google: Control, web: Server, token: str, owner: User) -> Iterator[Figure]:
    event = Event.objects.filter(owner=owner, recurrence=[]).first()
    assert event is not None
    clicks, arrivals = [], []
    for number in range(WARM_UP + CHANGES):
        quiet()
        begun = time.perf_counter()
        body = {"summary": f"Change {number}"}
        answer = web.send("PATCH", f"/api/v1/events/{event.pk}", token=token, body=body)
        clicks.append(time.perf_counter() - begun)
        assert answer.status == 200, answer.text
        wait_until(lambda: has(google, body["summary"]))  # noqa: B023 - called at once
        arrivals.append(time.perf_counter() - begun)
    yield from figures("a change", clicks[WARM_UP:], arrivals[WARM_UP:])


def creations(google: Control, web: Server, token: str, calendar_id: str) -> Iterator[Figure]:
    clicks, arrivals = [], []
    for number in range(WARM_UP + CHANGES):
        quiet()
        start = timezone.now().replace(microsecond=0) + timedelta(hours=number)
        body = {
            "summary": f"New {number}",
            "start": start.isoformat(),
            "end": (start + timedelta(hours=1)).isoformat(),
            "time_zone": "Europe/Berlin",
        }
        begun = time.perf_counter()
        answer = web.send("POST", f"/api/v1/calendars/{calendar_id}/events", token=token, body=body)
        clicks.append(time.perf_counter() - begun)
        assert answer.status == 201, answer.text
        wait_until(lambda: has(google, body["summary"]))  # noqa: B023 - called at once
        arrivals.append(time.perf_counter() - begun)
    yield from figures("a new event", clicks[WARM_UP:], arrivals[WARM_UP:])


def quiet() -> None:
    """Until the former change is confirmed."""
    wait_until(lambda: not PendingChange.objects.exists())


def has(google: Control, summary: str) -> bool:
    return any(event.get("summary") == summary for event in google.truth(ACCOUNT)["events"])


def figures(what: str, clicks: list[float], arrivals: list[float]) -> Iterator[Figure]:
    yield Figure(f"{what}: the click answers, p95 of {CHANGES}", p95(clicks), "ms", at_most=100)
    yield Figure("  median", statistics.median(clicks) * 1000, "ms")
    yield Figure(f"{what}: click to Google, p95 of {CHANGES}", p95(arrivals), "ms", at_most=1000)
    yield Figure("  median", statistics.median(arrivals) * 1000, "ms")


def p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1] * 1000
