"""Every page, in both themes and on a phone: accessible, within the policy, not too wide."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from accounts.audit import events
from accounts.models import AuditEvent, User
from calendars.models import Connection
from tests.accounts.second_steps import set_up_app
from tests.browser.conftest import ARTIFACTS, LOOKS, Look
from tests.browser.page_checks import Console, accessibility_faults, overflow_pixels
from tests.calendars.rows import fill_month, make_calendar, make_connection
from tests.factories import PASSWORD, make_session

VISITOR = {
    "landing": "/",
    "sign-in": "/accounts/login/",
    "sign-up": "/accounts/signup/",
    "forgotten-password": "/accounts/password/reset/",
    "reset-sent": "/accounts/password/reset/done/",
    "mail-sent": "/accounts/confirm-email/",
    "stale-link": "/accounts/confirm-email/never-sent/",
    "inactive": "/accounts/inactive/",
    "pending": "/accounts/pending/",
    "deleted": "/accounts/deleted/",
    "consent-done": "/connections/google/done/",
}
ALICE = {
    "today": "/",
    "month": "/calendar/month/{today}/",
    "agenda": "/calendar/agenda/{today}/",
    "day": "/calendar/day/{today}/",
    "quick": "/events/quick/?text=Lunch+tomorrow+12:30",
    "find-a-time": "/calendar/find-a-time/?people=nobody%40example.net",
    "settings": "/settings/",
    "time": "/settings/time/",
    "security": "/settings/security/",
    "profile-history": "/settings/profile/history/",
    "connections": "/settings/calendars/",
    "categories": "/settings/categories/",
    "insights": "/insights/?range=year",
    "profile": "/settings/profile/",
    "addresses": "/accounts/email/",
    "password": "/accounts/password/change/",
    "sign-out": "/accounts/logout/",
    "sessions": "/settings/security/devices/",
    "security-log": "/settings/security/log/",
    "own-rows": "/settings/data/",
    "download": "/settings/data/download/",
    "delete-account": "/settings/data/delete/",
    "two-steps": "/accounts/2fa/",
    "set-up-app": "/accounts/2fa/totp/activate/",
    "passkeys": "/accounts/2fa/webauthn/",
    "add-passkey": "/accounts/2fa/webauthn/add/",
    "confirm-it-is-you": "/accounts/reauthenticate/",
}
ALICE_IN_TWO_STEPS = {
    "two-steps-on": "/accounts/2fa/",
    "app-off": "/accounts/2fa/totp/deactivate/",
    "recovery-codes": "/accounts/2fa/recovery-codes/",
    "new-codes": "/accounts/2fa/recovery-codes/generate/",
    "confirm-by-code": "/accounts/2fa/reauthenticate/",
}
REFUSED = {
    "nothing-here": ("/nowhere/", 404),
    "no-such-day": ("/calendar/month/2026-02-30/", 404),
    "forged-state": ("/connections/google/callback?code=x&state=forged", 403),
}
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def assert_good(page: Page, name: str, url: str, status: int = 200) -> None:
    console = Console(page)
    answer = page.goto(url)
    assert answer is not None
    assert answer.status == status
    for look in LOOKS:
        take_look(page, look)
        page.screenshot(path=ARTIFACTS / f"{name}-{look.name}.png", full_page=True)
        assert accessibility_faults(page, theme_only=look.is_dark) == [], look.name
        assert overflow_pixels(page) == 0, look.name
    assert console.complaints == REFUSALS[status]


# Chromium logs every refused page to the console; nothing else may be logged.
REFUSALS = {
    200: [],
    403: ["Failed to load resource: the server responded with a status of 403 (Forbidden)"],
    404: ["Failed to load resource: the server responded with a status of 404 (Not Found)"],
}


def take_look(page: Page, look: Look) -> None:
    page.emulate_media(color_scheme=look.colour_scheme)
    page.set_viewport_size({"width": look.width, "height": look.height})


@pytest.mark.parametrize("name", VISITOR)
def test_a_visitors_page(page: Page, name: str) -> None:
    assert_good(page, name, VISITOR[name])


@pytest.mark.parametrize("name", ALICE)
def test_a_signed_in_persons_page(alice_page: Page, name: str, alice: User) -> None:
    today = timezone.now().date()
    fill_month(alice, today)
    assert_good(alice_page, name, ALICE[name].format(today=today))


@pytest.mark.parametrize("name", ALICE_IN_TWO_STEPS)
def test_a_page_of_two_step_sign_in(alice_page: Page, name: str, alice: User) -> None:
    set_up_app(alice)
    assert_good(alice_page, name, ALICE_IN_TWO_STEPS[name])


def test_the_second_step(page: Page, alice: User) -> None:
    set_up_app(alice)
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(alice.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", name="Second step").wait_for()
    assert_good(page, "second-step", "/accounts/2fa/authenticate/")


def test_many_devices(alice_page: Page, alice: User) -> None:
    make_session(alice, device_label="Alice's phone")
    make_session(alice, client_id="daybook-ios")
    make_session(
        alice, device_label="A tablet with a name as long as the form allows it to be here"
    )
    assert_good(alice_page, "many-devices", "/settings/security/devices/")


def test_a_full_security_log(alice_page: Page, alice: User) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0"
    for number, event in enumerate(events.TITLES):
        AuditEvent.objects.create(
            event=event,
            outcome=(events.OK, events.REFUSED)[number % 2],
            count=1 + 1200 * (number % 3),
            user=alice,
            method="password+totp",
            ip="2001:db8:1234:5678:9abc:def0:1234:5678",
            user_agent=agent,
        )
    assert_good(alice_page, "full-security-log", "/settings/security/log/")


@pytest.mark.parametrize("name", REFUSED)
def test_a_page_that_refuses(alice_page: Page, name: str) -> None:
    url, status = REFUSED[name]
    assert_good(alice_page, name, url, status)


def test_the_first_day_with_nothing_connected(alice_page: Page) -> None:
    assert_good(alice_page, "first-day", "/welcome/")


def test_a_refused_sign_in(page: Page) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill("nobody@example.org")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    assert page.get_by_role("alert").is_visible()
    page.screenshot(path=ARTIFACTS / "refused-sign-in.png")
    assert accessibility_faults(page) == []


def test_accounts_in_trouble(alice_page: Page, alice: User) -> None:
    broken = make_connection(
        alice,
        email="a-very-long-address-for-a-narrow-screen@department.university.example",
        status=Connection.Status.RECONNECT_REQUIRED,
        error_message="Google no longer accepts the consent. Reconnect this account.",
    )
    make_calendar(broken, "Lectures", "#f6bf26")
    syncing = make_connection(alice)
    state = make_calendar(syncing, "Work", "#4a6fa5").sync_state
    state.wanted, state.due_at = 2, timezone.now()
    state.save()
    assert_good(alice_page, "trouble", "/settings/calendars/")


def test_an_open_event_and_an_open_menu(alice_page: Page, alice: User) -> None:
    today = timezone.now().date()
    fill_month(alice, today)
    alice_page.goto(f"/calendar/agenda/{today}/")
    alice_page.get_by_role("link", name="Dinner with Ingrid").first.click()
    alice_page.get_by_role("heading", name="Dinner with Ingrid").wait_for()
    assert_looks(alice_page, "opened-event")
    alice_page.keyboard.press("Escape")
    alice_page.get_by_role("button", name="Account", exact=True).click()
    assert_looks(alice_page, "opened-menu")


def assert_looks(page: Page, name: str) -> None:
    for look in LOOKS:
        take_look(page, look)
        page.screenshot(path=ARTIFACTS / f"{name}-{look.name}.png")
        assert accessibility_faults(page, theme_only=look.is_dark) == [], look.name
        assert overflow_pixels(page) == 0, look.name
