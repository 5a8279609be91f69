"""The sandbox Google server for every calendar test, and the sync engine run in the foreground."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from calendars.connections.consent import complete_connection, start_connection
from calendars.google import client
from calendars.models import Connection, SyncRun, SyncState
from config.backoff import GOOGLE_CALL
from sandbox.control import Control
from sandbox.server import SandboxServer
from tests.product import sync_collection

CLIENT_ID = "daybook-tests.apps.sandbox.example"
CLIENT_SECRET = "tests-only"

Connect = Callable[..., Connection]
RunDue = Callable[[], list[SyncRun]]


@pytest.fixture
def quick_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry calls to Google almost immediately: these tests don't cover the waiting time."""
    quick = replace(GOOGLE_CALL, first=timedelta(milliseconds=1))
    monkeypatch.setattr(client, "GOOGLE_CALL", quick)


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture
def google(sandbox_server: SandboxServer, settings: Settings) -> Control:
    """A fresh sandbox Google with one account, ada's, and Daybook registered as its client."""
    control = Control(sandbox_server.url)
    control.reset()
    control.register_client(CLIENT_ID, CLIENT_SECRET)
    control.create_account("ada@sandbox.example", time_zone="Europe/Berlin")
    for name, value in control.environment.items():
        setattr(settings, name, value)
    settings.GOOGLE_CLIENT_ID = CLIENT_ID
    settings.GOOGLE_CLIENT_SECRET = CLIENT_SECRET
    return control


@pytest.fixture
def connect(google: Control) -> Connect:
    """Connect a sandbox account for a user through the form of the consent page."""

    def connect_account(
        owner: User, email: str = "ada@sandbox.example", *, write: bool = True
    ) -> Connection:
        answer = google.consent(start_connection(owner=owner, write=write), email=email)
        query = parse_qs(urlsplit(answer).query)
        return complete_connection(owner=owner, code=query["code"][0], state=query["state"][0])

    return connect_account


@pytest.fixture
def run_due(db: None) -> RunDue:
    """Run everything that is due, as workers do, until nothing is. Returns the runs."""

    def run_all() -> list[SyncRun]:
        runs: list[SyncRun] = []
        for _round in range(20):
            due = list(SyncState.objects.due(timezone.now()).values_list("pk", flat=True))
            if not due:
                return runs
            runs += [run for state_id in due if (run := sync_collection(state_id))]
        raise AssertionError("work is still due after 20 rounds")

    return run_all
