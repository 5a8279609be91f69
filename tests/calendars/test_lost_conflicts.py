"""Work that PostgreSQL rolled back in favour of another is retried; the rest goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from calendars.models import Calendar, Event, SyncRun, SyncState
from calendars.models.calendar import horizon_end
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.calendars.push import ADA, channel_of, hand_over, notifications, open_all, webhook
from tests.losing import losing
from tests.product import roll_horizon
from tests.sandbox.webhook import Webhook

__all__ = ["webhook"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_a_notification_is_taken_at_the_second_attempt(
    google: Control, alice: User, connect: Connect, run_due: RunDue, webhook: Webhook
) -> None:
    connect(alice)
    open_all(run_due)
    google.bulk(ADA, 1, recurring=0)
    notice = notifications(webhook, channel_of(), 2)[1]

    with losing("calendars_channel", times=1):
        assert hand_over(notice).status_code == 204

    assert channel_of().last_message_number == int(notice["X-Goog-Message-Number"])
    run_due()
    assert Event.objects.count() == 1


def test_a_page_is_stored_by_the_next_run(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    connect(alice)
    run_due()
    google.bulk(ADA, 3, recurring=0)
    state = SyncState.objects.get(calendar__remote_id=ADA)
    make_due(state)

    with losing("calendars_syncrun", times=1):
        run_due()

    state.refresh_from_db()
    assert (Event.objects.count(), state.lease_token, state.attempts) == (0, None, 1)
    assert state.due_at > timezone.now(), "it backs off"
    make_due(state)
    run_due()
    state.refresh_from_db()
    assert (Event.objects.count(), state.attempts, state.error_code) == (3, 0, "")
    assert not SyncRun.objects.exclude(outcome=SyncRun.Outcome.COMPLETED).exists()


def test_one_calendar_of_many_is_left_for_the_next_roll(
    google: Control, alice: User, connect: Connect, run_due: RunDue
) -> None:
    google.create_account("kenji@sandbox.example")
    connect(alice)
    connect(alice, "kenji@sandbox.example")
    run_due()
    number = Calendar.objects.count()
    assert number > 1
    yesterday = timezone.now() - timedelta(days=1)
    Calendar.objects.update(expanded_until=yesterday)

    with losing("calendars_calendar", times=1):
        assert roll_horizon() == number - 1

    assert roll_horizon() == 1
    assert set(Calendar.objects.values_list("expanded_until", flat=True)) == {horizon_end()}


def make_due(state: SyncState) -> None:
    SyncState.objects.filter(pk=state.pk).update(due_at=timezone.now())
