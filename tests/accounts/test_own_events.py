"""People read their own part of the audit log, and nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from accounts.audit import events, trail
from accounts.models import AuditEvent, User
from tests.factories import bearer, make_session, make_user

pytestmark = pytest.mark.django_db
EVENTS = "/api/v1/auth/events"


def many_events(person: User, count: int) -> None:
    now = timezone.now()
    AuditEvent.objects.bulk_create(
        AuditEvent(
            event=events.SIGN_IN,
            user=person,
            occurred_at=now - timedelta(seconds=number // 3),
        )
        for number in range(count)
    )


def test_the_list_is_ones_own_and_without_the_inner_reason(alice: User, bob: User) -> None:
    trail.record(events.SIGN_IN, user=bob)
    trail.record(events.EMAIL_CHANGED, user=alice, reason="inner", details={"x": "y"})

    page = Browser().get(EVENTS, headers=bearer(make_session(alice))).json()

    assert page["next"] is page["previous"] is None
    (event,) = page["results"]
    assert (event["event"], event["title"]) == ("email_changed", "Email address changed")
    assert set(event) == {
        "id", "event", "title", "outcome", "count", "occurred_at", "method", "session_id",
        "client_id", "ip", "user_agent", "by", "about",
    }  # fmt: skip


def test_nobody_reads_it_without_signing_in() -> None:
    assert Browser().get(EVENTS).status_code == 401
    assert Browser().get("/settings/security/log/").status_code == 302


def test_cursors_go_through_all_of_it_once_and_back(alice: User) -> None:
    many_events(alice, 130)
    headers = bearer(make_session(alice))
    seen, url = [], EVENTS
    while url:
        page = Browser().get(url, headers=headers).json()
        seen += [event["id"] for event in page["results"]]
        last, url = page, page["next"]

    assert len(seen) == len(set(seen)) == 130
    assert len(Browser().get(last["previous"], headers=headers).json()["results"]) == 50


@pytest.mark.parametrize("cursor", ["x", "cD15ZXN0ZXJkYXk="])
def test_a_cursor_that_is_none_is_refused(alice: User, cursor: str) -> None:
    answer = Browser().get(f"{EVENTS}?cursor={cursor}", headers=bearer(make_session(alice)))

    assert (answer.status_code, answer.json()["code"]) == (400, "cursor-not-valid")
    browser = Browser()
    browser.force_login(alice)
    assert browser.get(f"/settings/security/log/?cursor={cursor}").status_code == 302


def test_the_page_lists_it_and_leads_to_older_ones(alice: User) -> None:
    many_events(alice, 60)
    browser = Browser()
    browser.force_login(alice)

    first = browser.get("/settings/security/log/").content.decode()

    assert "Signed in" in first
    assert "Older" in first


def test_administrators_search_it_and_cannot_change_it(alice: User) -> None:
    trail.record(events.SIGN_IN, user=alice, reason="of the inside")
    entry = AuditEvent.objects.get()
    browser = Browser()
    browser.force_login(make_user("admin@example.org", is_staff=True, is_superuser=True))
    address = "/admin/accounts/auditevent/"

    found = browser.get(address, {"q": alice.email, "event": "sign_in"}).content.decode()

    assert "of the inside" in found
    assert browser.get(f"{address}{entry.pk}/change/").status_code == 200
    for path in (f"{entry.pk}/change/", f"{entry.pk}/delete/", "add/"):
        assert browser.post(f"{address}{path}", {"outcome": "x"}).status_code == 403


def test_the_page_names_the_program_and_where_it_was(alice: User) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    for user_agent in (agent, "<script>x</script>"):
        AuditEvent.objects.create(
            event=events.SIGN_IN, user=alice, ip="203.0.113.9", user_agent=user_agent
        )
    browser = Browser()
    browser.force_login(alice)

    page = browser.get("/settings/security/log/").content.decode()

    assert "Firefox on Linux at 203.0.113.9." in page
    assert "<script>x" not in page
