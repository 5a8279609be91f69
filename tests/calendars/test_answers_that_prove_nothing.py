"""Only Google's own JSON proves anything for good; a proxy's page or a list cut short does not."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.models import User
from calendars.connections.disconnecting import disconnect
from calendars.google import client
from calendars.google.errors import (
    BadRequest,
    ClientMisconfigured,
    GoogleUnavailable,
    GrantRevoked,
    token_error,
)
from calendars.models import Calendar, Channel, Connection, Event, GrantRevocation, SyncState
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.calendars.push import ADA, webhook
from tests.product import audit_collection, open_channels, revoke_due_grants
from tests.sandbox.webhook import Webhook

__all__ = ["webhook"]
STATUSES = [301, 302, 307, 400, 401, 403, 404, 407, 408, 410, 412, 429, 451, 511]


@pytest.fixture(autouse=True)
def no_waits(quick_calls: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "TRIES", 2)


def collection() -> SyncState:
    return SyncState.objects.get(calendar__remote_id=ADA)


def list_again(*, full: bool) -> None:
    SyncState.objects.update(due_at=timezone.now(), full_wanted=full)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("call", ["events.list", "calendarList.list", "token.refresh"])
def test_a_page_of_html_parks_nothing(
    google: Control, alice: User, connect: Connect, run_due: RunDue, call: str, status: int
) -> None:
    google.bulk(ADA, 3, recurring=0)
    connect(alice)
    run_due()
    if call == "token.refresh":
        google.expire_access_tokens()
    google.order_fault("html", call, always=True, status=status)
    list_again(full=False)

    run_due()

    troubled = SyncState.objects.exclude(error_code="")
    assert troubled
    assert not troubled.filter(parked=True)
    assert set(troubled.values_list("error_code", flat=True)) <= {
        "google-unavailable",
        "rate-limited",
    }
    assert Connection.objects.get().status == Connection.Status.ACTIVE
    assert Event.objects.count() == 3

    google.clear_faults()
    cache.clear()  # the pause of an account that was refused is over
    list_again(full=False)
    run_due()
    assert not SyncState.objects.exclude(error_code="")


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_page_of_html_makes_no_calendar_unwatchable(
    google: Control,
    alice: User,
    connect: Connect,
    run_due: RunDue,
    webhook: Webhook,
    status: int,
) -> None:
    connect(alice)
    run_due()
    google.order_fault("html", "*.watch", always=True, status=status)

    open_channels()

    assert set(Channel.objects.values_list("state", flat=True)) == {Channel.State.OPENING}
    assert set(Channel.objects.values_list("error_code", flat=True)) == {"google-unavailable"}


@pytest.mark.parametrize("status", [302, 400, 403])
def test_a_page_of_html_ends_no_grant(
    google: Control, alice: User, connect: Connect, status: int
) -> None:
    connection = connect(alice)
    google.order_fault("html", "token.revoke", status=status)
    disconnect(owner=alice, connection_id=connection.pk, keep_data=False)

    assert revoke_due_grants() == 0

    GrantRevocation.objects.update(due_at=timezone.now())
    assert revoke_due_grants() == 1
    assert google.accounts()[0]["refresh_tokens"] == 0


def test_a_full_list_with_neither_token_removes_nothing(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    google.bulk(ADA, 20, recurring=0)
    connect(alice)
    run_due()
    google.order_fault("cut_list", "events.list", always=True, keep=0.7)
    list_again(full=True)

    run_due()

    assert Event.objects.count() == 20
    assert collection().error_code == "google-unavailable"
    assert not collection().parked


def test_a_calendar_list_with_neither_token_removes_no_calendar(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    google.create_calendar("Team", owner=ADA)
    connect(alice)
    run_due()
    google.order_fault("status", "calendarList.list", always=True, status=200, body="{}")
    list_again(full=True)

    run_due()

    assert Calendar.objects.filter(removed_at=None).count() == 2


def test_an_audit_of_a_list_with_neither_token_removes_nothing(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    google.bulk(ADA, 20, recurring=0)
    connect(alice)
    run_due()
    google.order_fault("cut_list", "events.list", first=2, last=9, keep=0.7)

    run = audit_collection(collection().pk)

    assert run is not None
    assert (run.outcome, run.error_code) == ("failed", "google-unavailable")
    assert Event.objects.count() == 20


@pytest.mark.parametrize("full", [False, True])
def test_pages_that_name_each_other_are_begun_again_later(
    google: Control, alice: User, connect: Connect, run_due: RunDue, full: bool
) -> None:
    google.bulk(ADA, 3, recurring=0)
    connect(alice)
    run_due()
    google.order_fault("empty_page", "events.list", always=True)
    google.clear_requests()
    list_again(full=full)

    run_due()

    assert google.counts()["events.list"] <= 3
    assert collection().error_code == "endless-list"
    assert collection().due_at > timezone.now()
    assert Event.objects.count() == 3

    google.clear_faults()
    google.bulk(ADA, 1, recurring=0)
    list_again(full=full)
    run_due()

    assert Event.objects.count() == 4
    assert collection().error_code == ""


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"error": "invalid_grant"}, GrantRevoked),
        (401, {"error": "invalid_client"}, ClientMisconfigured),
        (400, {"error": "invalid_request"}, BadRequest),
        (400, {"error": "login_required_here"}, GoogleUnavailable),
        (400, {"error": {"code": 400, "message": "invalid_grant"}}, GoogleUnavailable),
        (400, {"error": ["invalid_grant"]}, GoogleUnavailable),
        (403, {"error": None}, GoogleUnavailable),
        (400, ["invalid_grant"], GoogleUnavailable),
        (400, None, GoogleUnavailable),
        (500, {"error": "invalid_grant"}, GoogleUnavailable),
        (302, {"error": "invalid_grant"}, GoogleUnavailable),
    ],
)
def test_only_a_named_error_of_the_token_endpoint_condemns(
    status: int, body: object, kind: type[Exception]
) -> None:
    assert type(token_error(status, body, None)) is kind
