"""The main path on the running demo: sign in, connect, see the month, see a change."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.end_to_end.conftest import ARTIFACTS, Demo

ALICE = "alice@daybook.example"
BOB = "bob@daybook.example"
NEWCOMER = "dora@example.org"
ADA = "ada@sandbox.example"
HOLIDAYS = "Holidays in Germany"
ARRIVES_SECONDS = 60

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.fixture
def page(browser: Browser, demo: Demo) -> Iterator[Page]:
    context = browser.new_context(base_url=demo.url, viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def sign_in(page: Page, demo: Demo, email: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label(re.compile("^e-?mail", re.IGNORECASE)).fill(email)
    page.get_by_label(re.compile("^password", re.IGNORECASE)).fill(demo.password)
    page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda address: "/login/" not in address)


def connect_google(page: Page, account: str) -> None:
    page.goto("/settings/calendars/")
    page.get_by_role("button", name=re.compile("^Connect")).first.click()
    page.get_by_text(account).click()
    page.get_by_role("button", name="Allow").click()


def eventually(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + ARRIVES_SECONDS
    while not look():
        assert time.monotonic() < deadline, "it did not arrive in time"
        time.sleep(0.2)


def shows(page: Page, address: str, text: str) -> Callable[[], bool]:
    def look() -> bool:
        page.goto(address)
        return page.get_by_text(text).count() > 0

    return look


def a_german_holiday(demo: Demo) -> tuple[str, date]:
    """Return a real holiday of the next months, as in Google's calendar of them."""
    calendar = next(
        calendar
        for account in demo.google.accounts()
        if account["email"] == ADA
        for calendar in account["calendars"]
        if "german" in str(calendar)
    )
    calendar_id = calendar["id"] if isinstance(calendar, dict) else calendar
    upcoming = [
        (event["summary"], date.fromisoformat(event["start"]["date"]))
        for event in demo.google.truth(calendar_id)["events"]
    ]
    return min((event for event in upcoming if event[1] >= today()), key=lambda event: event[1])


def test_a_person_sees_a_month_of_real_events_and_a_change(demo: Demo, page: Page) -> None:
    sign_in(page, demo, ALICE)
    connect_google(page, ADA)
    holiday, on = a_german_holiday(demo)

    eventually(shows(page, f"/calendar/month/{on}/", holiday))
    eventually(shows(page, "/calendar/", "Stand-up"))
    ARTIFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTIFACTS / "month.png", full_page=True)

    monday = today() + timedelta(days=7 - today().weekday())
    added = demo.google.add_event(
        ADA,
        {
            "summary": "Kick-off",
            "start": {"dateTime": f"{monday}T12:00:00Z"},
            "end": {"dateTime": f"{monday}T13:00:00Z"},
        },
    )
    eventually(shows(page, f"/calendar/month/{monday}/", "Kick-off"))
    demo.google.patch_event(ADA, added["id"], {"summary": "Kick-off, moved upstairs"})
    eventually(shows(page, f"/calendar/agenda/{monday}/", "Kick-off, moved upstairs"))
    demo.google.delete_event(ADA, added["id"])
    eventually(lambda: not shows(page, f"/calendar/agenda/{monday}/", "Kick-off")())


def test_a_newcomer_signs_up_by_the_link_of_a_mail(demo: Demo, page: Page) -> None:
    """The worker writes the email to the demo's folder."""
    found = re.search(r"Emails\s+(\S+)", demo.log.read_text())
    assert found
    folder, password = Path(found[1]), "a walk along the harbour"
    page.goto("/accounts/signup/")
    for name, text in {"email": NEWCOMER, "password1": password, "password2": password}.items():
        page.locator(f"input[name={name}]").fill(text)
    page.get_by_role("main").get_by_role("button").first.click()
    page.wait_for_url("**/accounts/confirm-email/")

    links: list[str] = []

    def has_come() -> bool:
        texts = [file.read_text() for file in folder.glob("*")]
        links.extend(re.findall(rf"{demo.url}/accounts/confirm-email/\S+", "".join(texts)))
        return bool(links)

    eventually(has_come)
    page.goto(links[0])
    page.get_by_role("main").get_by_role("button").first.click()
    page.wait_for_url(lambda address: "confirm-email" not in address)
    page.goto("/settings/profile/")
    if "/login/" in page.url:  # a link that is opened in another browser signs in nowhere
        page.locator("input[name=login]").fill(NEWCOMER)
        page.locator("input[name=password]").fill(password)
        page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{demo.url}/settings/profile/")


def test_a_refused_consent_is_a_clear_page(demo: Demo, page: Page) -> None:
    sign_in(page, demo, BOB)
    page.goto("/settings/calendars/")
    page.get_by_role("button", name=re.compile("^Connect")).first.click()
    page.get_by_role("button", name="Deny").click()

    expect(page.get_by_role("main")).to_contain_text("no account was connected")
    page.goto("/connections/google/callback?state=forged&code=4/forged")
    expect(page.get_by_role("main")).to_contain_text("Nothing was connected")


def test_a_phone_sees_the_same(demo: Demo) -> None:
    phone = Phone(demo)
    consent = phone.call("POST", "connections", {})["authorization_url"]
    answer = demo.google.consent(consent, email="kenji@sandbox.example")
    query = parse_qs(urlsplit(answer).query)
    connection = phone.call(
        "POST",
        "connections/google/callback",
        {"code": query["code"][0], "state": query["state"][0]},
    )

    eventually(lambda: synced(phone.call("GET", f"connections/{connection['id']}")))

    first = today().replace(day=1)
    window = f"occurrences?start={first}&end={first + timedelta(days=62)}"
    entries = phone.call("GET", window)["results"]
    assert [entry for entry in entries if entry["recurring"] and not entry["all_day"]]
    assert [entry for entry in entries if entry["all_day"]]
    assert entries == sorted(entries, key=lambda entry: moment(entry["start"]))


def today() -> date:
    return datetime.now(UTC).date()


def synced(connection: dict[str, Any]) -> bool:
    return connection["progress"]["state"] == "idle" and bool(connection["last_synced_at"])


def moment(written: str) -> float:
    parsed = datetime.fromisoformat(written)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


class Phone:
    """A client of /api/v1/ with only the URL and bob's password."""

    def __init__(self, demo: Demo) -> None:
        self.root = f"{demo.url}/api/v1/"
        self.access = ""
        body = {"email": BOB, "password": demo.password}
        self.access = self.call("POST", "auth/token", body)["access"]

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        if self.access:
            headers["Authorization"] = f"Bearer {self.access}"
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.root + path, data=data, headers=headers, method=method)
        with urlopen(request, timeout=10) as answer:
            return dict(json.load(answer))
