"""While a page of events is written, the next one is fetched: one page ahead, and never more."""

from __future__ import annotations

import time

import pytest
from django.utils import timezone

from accounts.models import User
from calendars.google import client
from calendars.models import Event, SyncRun, SyncState
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.product import sync_collection

WORK = "ada@sandbox.example"
PAGE, PAGES = 3, 4


@pytest.fixture
def state(
    google: Control,
    alice: User,
    connect: Connect,
    run_due: RunDue,
    monkeypatch: pytest.MonkeyPatch,
) -> SyncState:
    """A calendar that was synced once and is due to be listed again, in PAGES pages."""
    monkeypatch.setattr(client, "PAGE_SIZE", PAGE)
    google.bulk(WORK, PAGE * PAGES - 1)
    connect(alice)
    run_due()
    state = SyncState.objects.get(calendar__remote_id=WORK)
    SyncState.objects.filter(pk=state.pk).update(due_at=timezone.now(), full_wanted=True)
    google.clear_requests()
    return state


def stored() -> set[tuple[str, str]]:
    return set(Event.objects.filter(calendar__remote_id=WORK).values_list("remote_id", "etag"))


def listed(google: Control) -> set[tuple[str, str]]:
    return {(event["id"], event["etag"]) for event in google.truth(WORK)["events"]}


def calls(google: Control) -> int:
    return google.counts().get("events.list", 0)


def test_one_page_ahead_and_never_more(google: Control, state: SyncState) -> None:
    seen: list[int] = []

    def look(run: SyncRun) -> None:
        """After each page; the call for the next one is under way, or has been made."""
        due = min(run.pages + 1, PAGES)
        deadline = time.monotonic() + 20
        while calls(google) < due and time.monotonic() < deadline:
            time.sleep(0.01)
        seen.append(calls(google))

    run = sync_collection(state.pk, progress=look)

    assert run is not None
    assert (run.outcome, run.pages, run.fetched) == ("completed", PAGES, PAGE * PAGES - 1)
    assert seen == [min(number + 1, PAGES) for number in range(1, PAGES + 1)]
    assert stored() == listed(google)


@pytest.mark.parametrize("failing", range(1, PAGES + 1))
def test_a_call_that_fails_ahead_is_repeated_when_its_page_is_due(
    google: Control, state: SyncState, failing: int
) -> None:
    google.order_fault("google_error", "events.list", first=failing, error="backendError")

    run = sync_collection(state.pk)

    assert run is not None
    assert (run.outcome, run.pages, run.retries) == ("completed", PAGES, 1)
    assert calls(google) == PAGES + 1
    assert stored() == listed(google)


def test_a_token_that_is_refused_ahead_is_renewed(google: Control, state: SyncState) -> None:
    """The thread that fetches ahead has no way to the database, and so none to a new token."""

    def expire(run: SyncRun) -> None:
        if run.pages == 1:
            google.expire_access_tokens(WORK)

    run = sync_collection(state.pk, progress=expire)

    assert run is not None
    assert (run.outcome, run.pages, run.error_code) == ("completed", PAGES, "")
    assert google.counts()["token.refresh"] == 1
    assert stored() == listed(google)
