"""The page follows a running sync, and then stops requesting it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from calendars.models import SyncRun, SyncState
from tests.calendars.rows import make_calendar, make_connection, make_hour

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def start_sync(owner: User, fetched: int) -> SyncState:
    connection = make_connection(owner)
    calendar = make_calendar(connection, "Work", "#4a6fa5")
    run = SyncRun.objects.create(
        owner=owner, connection=connection, calendar=calendar, kind="full", fetched=fetched
    )
    state = calendar.sync_state
    state.run, state.lease_until = run, timezone.now() + timedelta(minutes=5)
    state.save()
    return state


def end_sync(state: SyncState) -> None:
    state.run, state.lease_until = None, None
    state.save()


def test_the_count_grows_and_then_it_is_synced(alice_page: Page, alice: User) -> None:
    state = start_sync(alice, 1250)
    alice_page.goto("/settings/calendars/")
    expect(alice_page.get_by_text("1,250 events so far")).to_be_visible()
    SyncRun.objects.update(fetched=2500)
    expect(alice_page.get_by_text("2,500 events so far")).to_be_visible()
    end_sync(state)
    expect(alice_page.get_by_text("Synced just now")).to_be_visible()


@pytest.mark.parametrize("view", ["week", "month", "agenda"])
def test_a_view_counts_the_first_sync(alice_page: Page, alice: User, view: str) -> None:
    state = start_sync(alice, 1250)
    SyncState.objects.update(last_synced_at=None)
    alice_page.goto(f"/calendar/{view}/2026-11-18/")
    expect(alice_page.get_by_text("Still syncing: 1,250 events so far.")).to_be_visible()
    SyncRun.objects.update(fetched=2500)
    expect(alice_page.get_by_text("Still syncing: 2,500 events so far.")).to_be_visible()
    state.last_synced_at = timezone.now()
    end_sync(state)
    expect(alice_page.get_by_text("Still syncing")).to_have_count(0)


def test_words_of_age_go_on_by_themselves(alice_page: Page, alice: User) -> None:
    make_calendar(make_connection(alice), "Work", "#4a6fa5")
    alice_page.clock.install()
    alice_page.goto("/settings/calendars/")
    expect(alice_page.get_by_text("Synced just now")).to_be_visible()
    alice_page.clock.fast_forward("03:10")
    expect(alice_page.get_by_text("Synced 3 minutes ago")).to_be_visible()
    alice_page.clock.fast_forward("01:00:00")
    expect(alice_page.get_by_text("Synced 1 hour ago")).to_be_visible()


def test_an_opened_event_stays_open_while_the_day_fills(alice_page: Page, alice: User) -> None:
    today = timezone.now().date()
    state = start_sync(alice, 1)
    assert state.calendar is not None
    make_hour(state.calendar, "Breakfast", today, 7)
    alice_page.goto(f"/calendar/agenda/{today}/")
    alice_page.locator("#live").get_by_role("link", name="Breakfast").click()
    card = alice_page.locator("#event-popover")
    expect(card).to_contain_text("Breakfast")
    make_hour(state.calendar, "Supper", today, 20)
    expect(alice_page.locator("#live").get_by_text("Supper")).to_be_visible()
    expect(card).to_be_visible()
    expect(card).to_contain_text("Breakfast")
