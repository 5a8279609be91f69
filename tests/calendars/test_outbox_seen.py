"""Operators see what waits to be sent, why, and can send it again."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from calendars.models import PendingChange
from config.metrics import CHANGES_WAITING, OLDEST_CHANGE_SECONDS
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.calendars.outbox import ADA, LUNCH, Writer
from tests.factories import make_user
from tests.product import call_command, sweep_outbox


@pytest.fixture
def her(
    google: Control, alice: User, connect: Connect, run_due: RunDue, quick_calls: None
) -> Writer:
    google.add_event(ADA, LUNCH)
    connection = connect(alice)
    run_due()
    return Writer(alice, connection, google, run_due)


@pytest.fixture
def refused(her: Writer, google: Control) -> PendingChange:
    her.change(summary="A secret lunch")
    google.order_fault("google_error", "events.patch", error="forbiddenForNonOrganizer")
    her.send()
    return PendingChange.objects.get()


def test_the_list_says_why_and_not_what(client: Client, refused: PendingChange) -> None:
    client.force_login(make_user("admin@example.org", is_staff=True, is_superuser=True))
    listed = client.get("/admin/calendars/pendingchange/")
    shown = client.get(f"/admin/calendars/pendingchange/{refused.pk}/change/")
    for page in (listed, shown):
        assert page.status_code == 200
        assert "not-organizer" in page.content.decode()
        assert "A secret lunch" not in page.content.decode()


def test_a_refused_change_is_sent_again(
    client: Client, her: Writer, refused: PendingChange
) -> None:
    client.force_login(make_user("admin@example.org", is_staff=True, is_superuser=True))
    body = {"action": "retry", "_selected_action": [str(refused.pk)]}
    assert client.post("/admin/calendars/pendingchange/", body).status_code == 302
    assert her.send() == 1
    her.assert_equal()


def test_the_explanation_names_what_waits(her: Writer, refused: PendingChange) -> None:
    out = StringIO()
    call_command("explain_event", "--user", her.owner.email, str(refused.pk), stdout=out)
    assert "not confirmed by Google" in out.getvalue()
    assert "Only the organizer" in out.getvalue()


def test_the_sweep_measures_what_waits(her: Writer) -> None:
    her.change(summary="Brunch")
    PendingChange.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    assert sweep_outbox() == 1
    assert CHANGES_WAITING.labels("pending")._value.get() == 1
    assert 300 <= OLDEST_CHANGE_SECONDS.labels("pending")._value.get() < 360
    her.send()
    assert sweep_outbox() == 0
    assert CHANGES_WAITING.labels("pending")._value.get() == 0
