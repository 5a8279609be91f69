"""A grant that Google ended is a state that stays: told once, mended by a reconnect."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from calendars.connections.consent import complete_connection, start_connection
from calendars.connections.overview import request_sync
from calendars.models import Calendar, Connection, Credential, Event, SyncState
from calendars.models.connection import READ_SCOPE
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.product import notify_reconnect_required, obtain_access_token
from tests.refused_mails import mails_refused

ADA = "ada@sandbox.example"


@pytest.fixture
def dead(google: Control, alice: User, connect: Connect, run_due: RunDue) -> Connection:
    """A connection with five events whose grant has just been found dead."""
    google.bulk(ADA, 5, recurring=0)
    connection = connect(alice)
    run_due()
    google.revoke_grant(ADA)
    Credential.objects.update(access_expires_at=timezone.now() - timedelta(seconds=1))
    google.clear_requests()
    request_sync(owner=alice, connection_id=connection.pk)
    run_due()
    connection.refresh_from_db()
    return connection


def test_google_is_asked_once_and_never_again(
    dead: Connection, google: Control, run_due: RunDue
) -> None:
    SyncState.objects.update(due_at=timezone.now(), parked=False)
    run_due()

    assert (dead.status, dead.error_code) == ("reconnect_required", "grant-revoked")
    assert google.counts() == {"token.refresh": 1}


def test_its_person_is_mailed_once(dead: Connection) -> None:
    assert notify_reconnect_required() == 1
    assert notify_reconnect_required() == 0

    (message,) = mail.outbox
    assert message.to == ["alice@example.org"]
    assert "ada@sandbox.example" in message.subject
    assert "/settings/calendars/" in message.body
    assert "Reconnect" in message.body


def test_a_mail_that_is_not_written_is_still_owed(dead: Connection) -> None:
    with mails_refused(), pytest.raises(DatabaseError), transaction.atomic():
        notify_reconnect_required()

    assert notify_reconnect_required() == 1


def test_who_reconnects_first_gets_no_mail(dead: Connection, alice: User, connect: Connect) -> None:
    connect(alice)

    assert notify_reconnect_required() == 0
    assert mail.outbox == []


def test_the_page_says_it_and_offers_the_way_out(dead: Connection, alice: User) -> None:
    browser = Client()
    browser.force_login(alice)

    page = browser.get("/settings/calendars/").content.decode()

    assert "Needs to be reconnected" in page
    assert f"/settings/calendars/accounts/{dead.pk}/reconnect/" in page


def test_a_reconnect_keeps_calendars_and_data(
    dead: Connection, google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    calendars = set(Calendar.objects.values_list("pk", flat=True))
    events = set(Event.objects.values_list("pk", flat=True))

    again = connect(alice)
    run_due()

    assert again.pk == dead.pk
    assert (again.status, again.error_code) == ("active", "")
    assert set(Calendar.objects.values_list("pk", flat=True)) == calendars
    assert set(Event.objects.values_list("pk", flat=True)) == events
    assert not SyncState.objects.exclude(error_code="").exists()


def test_a_reconnect_without_a_refresh_token_keeps_the_old_one(
    google: Control, alice: User, connect: Connect
) -> None:
    """Google gives none again to who has consented before and is not asked anew."""
    connection = connect(alice)
    before = bytes(Credential.objects.get().refresh_token)
    consent = start_connection(owner=alice, reconnect=connection).replace("prompt=consent", "")
    answer = parse_qs(urlsplit(google.consent(consent, email=ADA)).query)

    complete_connection(owner=alice, code=answer["code"][0], state=answer["state"][0])

    credential = Credential.objects.get()
    assert (bytes(credential.refresh_token), credential.version) == (before, 2)
    Credential.objects.update(access_expires_at=timezone.now() - timedelta(seconds=1))
    assert obtain_access_token(connection).version == 3, "it still works"


def test_a_missing_scope_asks_for_consent_without_a_loop(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    connection = connect(alice)
    google.order_fault("google_error", "events.list", error="insufficientPermissions", always=True)
    google.clear_requests()

    run_due()

    connection.refresh_from_db()
    assert (connection.status, connection.error_code) == ("reconnect_required", "scope-missing")
    assert google.counts() == {"calendarList.list": 1, "events.list": 1}
    assert READ_SCOPE in connection.scopes
    assert notify_reconnect_required() == 1

    google.clear_faults()
    connect(alice)
    run_due()
    connection.refresh_from_db()
    assert connection.status == Connection.Status.ACTIVE


def test_a_second_rejection_of_a_fresh_token_needs_a_reconnect(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    connection = connect(alice)
    google.order_fault("google_error", "events.list", error="authError", always=True)
    google.clear_requests()

    run_due()

    connection.refresh_from_db()
    assert connection.error_code == "access-token-rejected"
    assert google.counts()["events.list"] == 2
    assert google.counts()["token.refresh"] == 1
