"""Numbers and dates of others are read within bounds, or not at all; nothing of them raises."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import jwt
import pytest
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.models import User
from calendars.google import client, oauth
from calendars.google.decoding import (
    EARLIEST,
    LATEST,
    epoch_milliseconds,
    http_date,
    seconds_between,
    whole_number,
)
from calendars.google.errors import GoogleError
from calendars.models import Channel, SyncState
from sandbox.control import Control
from tests.calendars.conftest import CLIENT_ID, Connect, RunDue
from tests.calendars.push import ADA, channel_of, open_all, webhook
from tests.product import keep_channels, open_channels
from tests.sandbox.webhook import Webhook

__all__ = ["webhook"]

JSON = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(10**5000)
ODD = st.sampled_from(["9" * 5000, "1e400", "-0", "+1", "²", "٣", "NaN", "", " 1 ", "1_000"])
MOMENT = datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 -0000",
        "Sun, 06 Nov 1994 08:49:37 +0000",
    ],
)
def test_each_form_of_a_date_is_read(text: str) -> None:
    """RFC 9110 section 5.6.7 has three."""
    assert http_date(text) == MOMENT


@given(st.datetimes(EARLIEST.replace(tzinfo=None), datetime(9997, 1, 1)))  # noqa: DTZ001
def test_a_date_comes_back_as_it_was_written(moment: datetime) -> None:
    written = moment.replace(microsecond=0, tzinfo=UTC)
    expected = written if written.year >= 1000 else None  # its form has four digits

    found = http_date(format_datetime(written, usegmt=True))

    assert found == written or expected is None


@given(st.text() | ODD | st.from_regex(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]?\w+"))
def test_any_text_is_a_date_or_none(text: str) -> None:
    found = http_date(text)

    assert found is None or EARLIEST <= found < LATEST


@given(st.text() | ODD | st.integers().map(str))
def test_any_text_is_a_number_within_its_bound_or_none(text: str) -> None:
    found = whole_number(text, most=2**63 - 1)

    assert found is None or (0 <= found < 2**63 and int(text) == found)


@given(JSON | ODD)
@example("253402300800000")  # the first millisecond after the year 9999
def test_any_value_is_a_moment_or_none(value: object) -> None:
    found = epoch_milliseconds(value)

    assert found is None or EARLIEST <= found < LATEST


@given(JSON | ODD)
def test_any_value_is_a_length_of_time_or_none(value: object) -> None:
    found = seconds_between(value, least=0, most=3600)

    assert found is None or 0 <= found <= 3600


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(5, 5), ("5", 5), (5.5, 5.5), (-1, 0), (10**400, 9), (float("inf"), 9), ("soon", None)],
)
def test_lengths_of_time(value: object, seconds: float | None) -> None:
    assert seconds_between(value, least=0, most=9) == seconds


@pytest.mark.parametrize(
    "header",
    [
        "7",
        "99999999999999999999",
        "-5",
        "9" * 5000,
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 08:49:37 -0000",
        "soon",
    ],
)
def test_a_retry_after_in_any_form_costs_no_run(
    google: Control,
    alice: User,
    connect: Connect,
    run_due: RunDue,
    header: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "LONGEST_WAIT_SECONDS", 0.1)
    headers = {"Retry-After": header}
    google.order_fault("status", "events.list", always=True, status=503, headers=headers)
    connect(alice)

    run_due()

    state = SyncState.objects.get(calendar__remote_id=ADA)
    assert state.error_code == "google-unavailable"


@pytest.mark.parametrize(
    "told",
    [10**400, "9" * 5000, -1, "soon", None, True, [], {}, 0, "1e400", "99999999999999", 2**63],
)
def test_an_absurd_expiration_of_a_channel_costs_no_other_its_renewal(
    google: Control, alice: User, connect: Connect, run_due: RunDue, webhook: Webhook, told: object
) -> None:
    connect(alice)
    run_due()
    body = json.dumps({"resourceId": "r", "expiration": told})
    google.order_fault("status", "*.watch", status=200, body=body)

    open_channels()
    keep_channels()

    assert Channel.objects.filter(state=Channel.State.OPEN).count() == 2
    for channel in Channel.objects.all():
        assert channel.expires_at is not None
        assert channel.expires_at <= timezone.now() + timedelta(days=7)
        assert channel.due_at > timezone.now() + timedelta(minutes=4), "no renewal after the other"


def test_a_channel_that_fails_as_no_check_foresaw_costs_no_other_its_renewal(
    google: Control,
    alice: User,
    bob: User,
    connect: Connect,
    run_due: RunDue,
    webhook: Webhook,
) -> None:
    google.create_account("kenji@sandbox.example")
    connect(alice)
    connect(bob, "kenji@sandbox.example")
    open_all(run_due)
    broken, whole = channel_of(), channel_of("kenji@sandbox.example")
    broken.collection.connection.credential.delete()
    now = timezone.now()
    Channel.objects.filter(pk=broken.pk).update(due_at=now - timedelta(seconds=2))
    Channel.objects.filter(pk=whole.pk).update(due_at=now)

    keep_channels()

    assert channel_of("kenji@sandbox.example").pk != whole.pk


@pytest.mark.parametrize("lives", [None, "soon", "3600", -5, 0, 1e308, 10**400, True, [], {}])
def test_a_token_is_taken_whatever_is_said_of_its_life(
    google: Control, alice: User, connect: Connect, run_due: RunDue, lives: object
) -> None:
    connect(alice)
    good = google.grant(ADA)["access_token"]
    google.expire_access_tokens(ADA)
    good = google.grant(ADA)["access_token"]
    body = json.dumps({"access_token": good, "expires_in": lives})
    google.order_fault("status", "token.refresh", status=200, body=body)
    google.clear_requests()

    run_due()

    assert not SyncState.objects.exclude(error_code="").exists()
    assert google.counts()["token.refresh"] == 1


CLAIMS = st.dictionaries(
    st.sampled_from(["sub", "email", "aud", "iss", "exp", "iat", "nbf", "nonce"]),
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.lists(st.integers(), max_size=2)
    | st.sampled_from(["x" * 5000, 10**30, CLIENT_ID]),
)


@given(CLAIMS)
def test_any_id_token_names_an_account_or_is_refused(claims: dict[str, Any]) -> None:
    whole = {
        "sub": "1",
        "email": "a@b.example",
        "aud": CLIENT_ID,
        "iss": oauth.ISSUERS[0],
        "exp": 4_000_000_000,
        "nonce": "n",
    }
    token = jwt.encode({**whole, **claims}, "x" * 32) if _can_be_sent(claims) else "a.b.c"
    try:
        found = oauth._identity({"id_token": token}, "n")
    except GoogleError:
        return
    assert len(found.subject) <= 255
    assert len(found.email) <= 254


def _can_be_sent(claims: dict[str, Any]) -> bool:
    try:
        jwt.encode(claims, "x" * 32)
    except (TypeError, ValueError, jwt.InvalidTokenError):
        return False
    return True


@pytest.fixture(autouse=True)
def client_id(settings: Settings) -> None:
    settings.GOOGLE_CLIENT_ID = CLIENT_ID
