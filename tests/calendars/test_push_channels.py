"""Push channels are opened, replaced with an overlap, stopped, and never pile up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from accounts.security_context import acting_as_system
from calendars.models import Channel, Connection, SyncRun, SyncState
from calendars.sync.channels import OVERLAP, renew_at
from sandbox.control import Control
from tests.calendars.conftest import Connect, RunDue
from tests.calendars.push import ADA, channel_of, hand_over, notifications, open_all, webhook
from tests.product import keep_channels, open_channels
from tests.sandbox.webhook import Webhook

__all__ = ["webhook"]


def make_due(channel: Channel) -> None:
    Channel.objects.filter(pk=channel.pk).update(due_at=timezone.now())


def watched(google: Control) -> list[str]:
    return sorted(channel["resource"] for channel in google.channels())


def test_the_list_and_each_calendar_are_watched_after_their_first_sync(
    google: Control, alice: User, connect: Connect, run_due: RunDue, webhook: Webhook
) -> None:
    connect(alice)
    assert open_channels() == 0, "nothing was listed yet"

    run_due()

    assert open_channels() == 2
    assert watched(google) == [f"calendarList:{ADA}", f"events:{ADA}"]
    assert open_channels() == 0
    assert google.counts()["events.watch"] == 1


def test_without_an_address_there_are_no_channels(
    google: Control, alice: User, connect: Connect, run_due: RunDue, settings: Settings
) -> None:
    settings.GOOGLE_WEBHOOK_URL = ""
    connect(alice)

    open_all(run_due)

    assert google.channels() == []
    assert not Channel.objects.exists()


def test_an_address_that_is_taken_away_stops_all_channels(
    google: Control,
    alice: User,
    connect: Connect,
    run_due: RunDue,
    webhook: Webhook,
    settings: Settings,
) -> None:
    connect(alice)
    open_all(run_due)
    settings.GOOGLE_WEBHOOK_URL = ""

    keep_channels()

    assert google.channels() == []
    assert not Channel.objects.exists()


def test_the_secret_is_kept_as_a_digest_and_is_each_channels_own(
    google: Control, alice: User, connect: Connect, run_due: RunDue, webhook: Webhook
) -> None:
    connect(alice)
    open_all(run_due)

    secrets = {one["X-Goog-Channel-Token"] for one in webhook.wait_for(2)}

    assert len(secrets) == 2
    assert min(map(len, secrets)) >= 43
    for digest in Channel.objects.values_list("secret_digest", flat=True):
        assert len(digest) == 32


def test_a_channel_is_renewed_before_it_ends_and_both_are_heard_for_a_while(
    google: Control, alice: User, connect: Connect, run_due: RunDue, webhook: Webhook
) -> None:
    connect(alice)
    open_all(run_due)
    old = channel_of()
    assert old.expires_at is not None
    assert old.due_at < old.expires_at - timedelta(hours=12)
    make_due(old)

    keep_channels()

    new = channel_of()
    old.refresh_from_db()
    assert new.pk != old.pk
    assert old.state == Channel.State.STOPPING
    assert old.due_at > timezone.now() + OVERLAP / 2
    assert watched(google).count(f"events:{ADA}") == 2
    assert hand_over(notifications(webhook, old, 1)[0]).status_code == 204

    make_due(old)
    keep_channels()

    assert [one["id"] for one in google.channels() if one["resource"].startswith("events")] == [
        str(new.pk)
    ]
    assert not Channel.objects.filter(pk=old.pk).exists()
    assert hand_over(notifications(webhook, old, 1)[0]).status_code == 404


def test_renewals_do_not_march_in_step() -> None:
    expires_at = timezone.now() + timedelta(days=7)

    moments = {renew_at(expires_at).replace(microsecond=0) for _ in range(50)}

    assert len(moments) > 40
    assert max(moments) < expires_at - timedelta(hours=16)


def test_a_renewal_that_fails_keeps_the_old_channel(
    google: Control, alice: User, connect: Connect, run_due: RunDue, webhook: Webhook
) -> None:
    connect(alice)
    open_all(run_due)
    old = channel_of()
    google.order_fault("status", "events.watch")
    make_due(old)

    keep_channels()

    assert channel_of() == old
    waiting = Channel.objects.get(state=Channel.State.OPENING)
    assert (waiting.error_code, waiting.attempts) == ("google-unavailable", 1)
    assert waiting.due_at > timezone.now()

    make_due(waiting)
    keep_channels()

    assert channel_of().pk != old.pk
    assert not Channel.objects.filter(state=Channel.State.OPENING).exists()


def test_an_unwatchable_calendar_is_remembered(
    google: Control, alice: User, connect: Connect, run_due: RunDue, webhook: Webhook
) -> None:
    google.change_calendar(ADA, watchable=False)
    connect(alice)
    open_all(run_due)

    open_channels()
    keep_channels()

    refused = Channel.objects.get(state=Channel.State.REFUSED)
    assert refused.error_code == "push-not-supported"
    assert refused.due_at > timezone.now() + timedelta(days=20)
    assert google.counts()["events.watch"] == 1
    assert SyncState.objects.filter(error_code="").count() == 2, "polling goes on untroubled"

    google.change_calendar(ADA, watchable=True)
    make_due(refused)
    keep_channels()

    assert channel_of().state == Channel.State.OPEN


def test_a_channel_whose_answer_was_lost_is_adopted_by_its_handshake(
    google: Control, alice: User, connect: Connect, run_due: RunDue, webhook: Webhook
) -> None:
    connect(alice)
    google.order_fault("lost_answer", "events.watch")
    open_all(run_due)
    lost = Channel.objects.get(state=Channel.State.OPENING)

    hand_over(notifications(webhook, lost, 1)[0])
    make_due(lost)
    keep_channels()

    lost.refresh_from_db()
    assert lost.state == Channel.State.OPEN
    assert lost.resource_id
    assert lost.expires_at is not None
    assert google.counts()["events.watch"] == 1
    assert watched(google).count(f"events:{ADA}") == 1


def test_a_killed_opener_is_followed_by_another(
    google: Control, alice: User, connect: Connect, run_due: RunDue, webhook: Webhook
) -> None:
    connect(alice)
    google.order_fault("drop", "events.watch")
    open_all(run_due)
    killed = Channel.objects.get(state=Channel.State.OPENING)
    assert open_channels() == 0

    make_due(killed)
    keep_channels()

    assert channel_of().pk != killed.pk
    assert watched(google).count(f"events:{ADA}") == 1


def test_a_worker_killed_in_a_step_is_followed_when_its_lease_lapses(
    google: Control, alice: User, connect: Connect, run_due: RunDue, webhook: Webhook
) -> None:
    connect(alice)
    open_all(run_due)
    old = channel_of()
    make_due(old)
    with acting_as_system(reason="a test"):
        killed = Channel.objects.claim_next(lasting=timedelta(minutes=2))
    assert killed == old

    assert keep_channels() == 0

    Channel.objects.filter(pk=old.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert keep_channels() == 1
    assert channel_of().pk != old.pk
    old.refresh_from_db()
    assert (old.state, old.lease_token) == (Channel.State.STOPPING, None)


def test_a_channel_that_keeps_quiet_is_replaced(
    google: Control, alice: User, connect: Connect, run_due: RunDue, webhook: Webhook
) -> None:
    connect(alice)
    open_all(run_due)
    silent = channel_of()
    google.drop_pushes()
    google.bulk(ADA, 1, recurring=0)
    SyncState.objects.update(due_at=timezone.now())
    run_due()
    grow_older(silent)

    keep_channels()

    assert channel_of().pk != silent.pk
    assert channel_of().attempts == 1


def test_a_channel_that_spoke_is_left_alone(
    google: Control, alice: User, connect: Connect, run_due: RunDue, webhook: Webhook
) -> None:
    connect(alice)
    open_all(run_due)
    channel = channel_of()
    google.bulk(ADA, 1, recurring=0)
    hand_over(notifications(webhook, channel, 2)[1])
    run_due()
    grow_older(channel, notified=True)

    keep_channels()

    assert channel_of() == channel


def test_a_calendar_that_went_takes_its_channel_along(
    google: Control, alice: User, connect: Connect, run_due: RunDue, webhook: Webhook
) -> None:
    team = google.create_calendar("Team", owner=ADA)
    connect(alice)
    open_all(run_due)
    assert f"events:{team}" in watched(google)
    google.delete_calendar(team)
    SyncState.objects.filter(calendar=None).update(due_at=timezone.now())
    run_due()

    keep_channels()

    assert f"events:{team}" not in watched(google)


def test_a_reconnect_opens_channels_anew(
    google: Control, alice: User, connect: Connect, run_due: RunDue, webhook: Webhook
) -> None:
    connect(alice)
    open_all(run_due)
    before = channel_of()
    google.expire_channels()
    Connection.objects.update(status=Connection.Status.RECONNECT_REQUIRED)

    connect(alice)
    keep_channels()

    assert channel_of().pk != before.pk
    assert len(google.channels()) == 2


def grow_older(channel: Channel, *, notified: bool = False) -> None:
    """As if all of it had happened an hour ago, with a poll some minutes after the change."""
    hour = timedelta(hours=1)
    for run in SyncRun.objects.all():
        run.started_at -= hour / 2
        run.finished_at = run.started_at + timedelta(seconds=1)
        run.save()
    channel.refresh_from_db()
    channel.created_at -= hour
    if notified and channel.last_notified_at:
        channel.last_notified_at -= hour / 2 + timedelta(minutes=1)
    channel.save()


@pytest.mark.parametrize("error", ["channelUnknown", "accessNotConfigured"])
def test_a_channel_that_google_does_not_know_is_forgotten(
    google: Control, alice: User, connect: Connect, run_due: RunDue, webhook: Webhook, error: str
) -> None:
    connect(alice)
    open_all(run_due)
    old = channel_of()
    make_due(old)
    keep_channels()
    google.order_fault("google_error", "channels.stop", error=error)
    make_due(old)

    keep_channels()

    assert not Channel.objects.filter(pk=old.pk).exists()
    assert google.counts()["channels.stop"] == 1
