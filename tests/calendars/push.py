"""Notifications as Google sends them: caught on the way, and handed to Daybook by the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from calendars.models import Channel
from tests.calendars.conftest import RunDue
from tests.http import Response
from tests.product import open_channels
from tests.sandbox.webhook import Webhook

GOOGLE = Client()  # one for all: each new client loads the middleware anew
ADDRESS = "/webhooks/google/calendar"
ADA = "ada@sandbox.example"


@pytest.fixture
def webhook(settings: Settings) -> Iterator[Webhook]:
    with Webhook() as caught:
        settings.GOOGLE_WEBHOOK_URL = caught.address
        yield caught


def open_all(run_due: RunDue) -> None:
    """The first sync, and then a channel for each collection."""
    run_due()
    open_channels()


def channel_of(remote_id: str = ADA) -> Channel:
    return Channel.objects.get(collection__calendar__remote_id=remote_id, state="open")


def notifications(webhook: Webhook, channel: Channel, count: int) -> list[dict[str, str]]:
    """The Google headers of what came for a channel, once there are `count`."""
    total = count
    while True:
        came = [
            one for one in webhook.wait_for(total) if one["X-Goog-Channel-ID"] == str(channel.pk)
        ]
        if len(came) >= count:
            return [{k: v for k, v in one.items() if k.startswith("X-Goog-")} for one in came]
        total = len(webhook.received) + 1


def hand_over(headers: dict[str, str]) -> Response:
    return GOOGLE.post(ADDRESS, headers=headers)
