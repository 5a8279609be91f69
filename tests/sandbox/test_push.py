"""Push channels: the sync message, notifications, and what Google refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.control import Control
from tests.sandbox.client import ALICE, Google, Json, events_path, lunch, reason
from tests.sandbox.webhook import Webhook


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with Webhook() as running:
        yield running


def channel(address: str, **more: Any) -> Json:
    return {"id": "a-channel", "type": "web_hook", "address": address, "token": "a-secret", **more}


def watch(alice: Google, address: str, **more: Any) -> Json:
    return alice.ask("POST", events_path("primary", "watch"), channel(address, **more))


def test_a_channel_shakes_hands_and_tells_of_each_change(alice: Google, webhook: Webhook) -> None:
    opened = watch(alice, webhook.address)
    alice.insert(lunch())
    alice.insert(lunch())
    sync, first, second = webhook.wait_for(3)
    assert [one["X-Goog-Resource-State"] for one in (sync, first, second)] == [
        "sync", "exists", "exists"]  # fmt: skip
    assert [one["X-Goog-Message-Number"] for one in (sync, first, second)] == ["1", "2", "3"]
    for one in (sync, first, second):
        assert one["X-Goog-Channel-ID"] == "a-channel"
        assert one["X-Goog-Channel-Token"] == "a-secret"
        assert one["X-Goog-Resource-ID"] == opened["resourceId"]
        assert one["X-Goog-Resource-URI"] == opened["resourceUri"]
        assert one["X-Goog-Channel-Expiration"].endswith("GMT")
    assert int(opened["expiration"]) > 0


def test_edits_at_google_are_notified_once_for_many(
    alice: Google, webhook: Webhook, control: Control
) -> None:
    watch(alice, webhook.address)
    control.add_events(ALICE, [lunch(), lunch(), lunch()])
    control.change_calendar(ALICE, summary="Renamed")
    control.add_event(ALICE, lunch())
    assert len(webhook.wait_for(3)) == 3


def test_a_calendar_list_can_be_watched(alice: Google, webhook: Webhook, control: Control) -> None:
    alice.ask("POST", "users/me/calendarList/watch", channel(webhook.address))
    control.create_calendar("New", owner=ALICE)
    assert [one["X-Goog-Resource-State"] for one in webhook.wait_for(2)] == ["sync", "exists"]


def test_a_stopped_channel_gets_no_notifications(
    alice: Google, webhook: Webhook, charlie: Google
) -> None:
    opened = watch(alice, webhook.address)
    watch(alice, webhook.address, id="another")
    wrong = {"id": "a-channel", "resourceId": "wrong"}
    assert alice.call("POST", "channels/stop", wrong).status == 404
    right = {"id": "a-channel", "resourceId": opened["resourceId"]}
    assert alice.call("POST", "channels/stop", right).status == 204
    alice.insert(lunch())
    told = [one["X-Goog-Channel-ID"] for one in webhook.wait_for(2)
            if one["X-Goog-Resource-State"] == "exists"]  # fmt: skip
    assert "a-channel" not in told


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"address": "http://daybook.example/hook"}, "push.webhookUrlNotHttps"),
        ({"address": "ftp://127.0.0.1/hook"}, "push.webhookUrlNotHttps"),
        ({"id": "x" * 65}, "invalid"),
        ({"id": ""}, "invalid"),
        ({"token": "x" * 257}, "invalid"),
        ({"type": "carrier_pigeon"}, "invalid"),
        ({"expiration": "soon"}, "invalid"),
    ],
)
def test_a_wrong_channel_is_refused(
    alice: Google, control: Control, change: Json, why: str
) -> None:
    body = {**channel("https://daybook.example/hook"), **change}
    assert reason(alice.call("POST", events_path("primary", "watch"), body)) == (400, why)
    assert control.channels() == []


def test_a_channel_id_is_given_once(alice: Google, webhook: Webhook) -> None:
    watch(alice, webhook.address)
    again = alice.call("POST", events_path("primary", "watch"), channel(webhook.address))
    assert reason(again) == (400, "channelIdNotUnique")


def test_some_calendars_cannot_be_watched(alice: Google, control: Control) -> None:
    holidays = control.create_calendar("Holidays", watchable=False, access={ALICE: "reader"})
    answer = alice.call("POST", events_path(holidays, "watch"), channel("https://x.example/"))
    assert reason(answer) == (400, "pushNotSupportedForRequestedResource")


def test_held_back_notifications_come_later_and_dropped_ones_never(
    alice: Google, webhook: Webhook, control: Control
) -> None:
    watch(alice, webhook.address)
    webhook.wait_for(1)
    control.drop_pushes()
    alice.insert(lunch())
    control.pause_pushes()
    alice.insert(lunch())
    assert len(webhook.received) == 1
    control.resume_pushes()
    assert [one["X-Goog-Message-Number"] for one in webhook.wait_for(2)] == ["1", "2"]


def test_an_expired_channel_gets_no_notifications(
    alice: Google, webhook: Webhook, control: Control
) -> None:
    watch(alice, webhook.address)
    webhook.wait_for(1)
    control.expire_channels()
    alice.insert(lunch())
    assert control.channels() == []
    watch(alice, webhook.address, id="later")
    assert webhook.wait_for(2)[1]["X-Goog-Channel-ID"] == "later"


def test_a_busy_address_is_tried_again(alice: Google, control: Control) -> None:
    with Webhook([503, 200]) as busy:
        watch(alice, busy.address)
        first, second = busy.wait_for(2)
    assert first["X-Goog-Message-Number"] == second["X-Goog-Message-Number"] == "1"
