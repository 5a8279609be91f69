"""Notifications on devices: subscribed over the API, sent encrypted, removed when gone."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Session, User
from calendars.models import Calendar, PushMessage, PushSubscription, Reminder
from calendars.reminders.pushes import queue_test
from tests.calendars.reminding import (
    HOUR,
    Clock,
    make_local,
    remind,
    roll,
    states,
    stopped_clock,
    tick,
)
from tests.factories import bearer, make_session
from tests.http import Response
from tests.product import send_due_pushes, settle_reminders
from tests.push_service import LOOPBACK, Browser, PushService, push_service

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/push/subscriptions"


@pytest.fixture
def service(settings: Settings) -> Iterator[PushService]:
    with push_service() as service:
        settings.PUSH_ALLOWED_NETWORKS = networks(LOOPBACK)
        yield service


def networks(*texts: str) -> tuple[Any, ...]:
    return tuple(ipaddress.ip_network(text) for text in texts)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    with stopped_clock(monkeypatch, timezone.now().isoformat()) as clock:
        yield clock


@pytest.fixture
def calendar(alice: User) -> Calendar:
    return make_local(alice)


def post(person: User, body: dict[str, Any], tokens: Any = None) -> Response:
    headers = bearer(tokens or make_session(person))
    return Client().post(ADDRESS, body, content_type="application/json", headers=headers)


def subscribed(person: User, service: PushService, tokens: Any = None) -> Browser:
    browser = service.subscribe()
    answer = post(person, browser.subscription, tokens)
    assert answer.status_code == 201, answer.content
    return browser


def due_push(calendar: Calendar, clock: Clock, **fields: Any) -> None:
    remind(calendar, clock.now + HOUR, **fields)
    roll()
    clock.go(minutes=51)


def let_time_pass() -> None:
    PushMessage.objects.update(due_at=timezone.now())


@pytest.mark.quick
def test_a_device_receives_title_and_time_and_nothing_more(
    alice: User, calendar: Calendar, clock: Clock, service: PushService
) -> None:
    browser = subscribed(alice, service)
    due_push(calendar, clock, location="Rue de la Gare 4", description="Bring the card")

    tick()

    [received] = service.received
    assert received.browser is browser
    assert set(received.message) == {"title", "body", "url", "tag", "lang"}
    assert received.message["title"] == "Dentist"
    assert received.message["body"].startswith("To")  # Today, or Tomorrow
    assert received.message["url"].startswith("/events/")
    assert received.size < 600
    assert 0 < int(received.headers["ttl"]) <= 25 * 60
    assert len(received.headers["topic"]) <= 32
    assert states(alice, "push") == ["sent"]
    message = PushMessage.objects.get()
    assert (message.status, message.payload) == ("sent", None)


def test_private_events_give_nothing_away(
    alice: User, calendar: Calendar, clock: Clock, service: PushService
) -> None:
    subscribed(alice, service)
    due_push(calendar, clock, visibility="private")
    tick()

    assert service.received[0].message["title"] == "Reminder"


def test_every_device_is_told_once(
    alice: User, calendar: Calendar, clock: Clock, service: PushService
) -> None:
    browsers = [subscribed(alice, service) for _number in range(3)]
    due_push(calendar, clock)

    tick()
    tick()

    assert [len(service.messages_to(browser)) for browser in browsers] == [1, 1, 1]
    assert states(alice, "push") == ["sent"]


def test_without_a_device_no_push_is_made(alice: User, calendar: Calendar, clock: Clock) -> None:
    due_push(calendar, clock)

    assert states(alice, "push") == []


def test_subscribing_again_is_the_same_device(
    alice: User, clock: Clock, service: PushService
) -> None:
    browser = subscribed(alice, service)
    assert post(alice, browser.subscription).status_code == 201

    assert PushSubscription.objects.count() == 1


def test_what_opens_a_device_is_sealed(alice: User, service: PushService) -> None:
    browser = subscribed(alice, service)
    row = PushSubscription.objects.get()

    stored = bytes(row.sealed_keys) + bytes(row.endpoint_digest) + row.service.encode()
    for secret in (browser.endpoint, browser.subscription["keys"]["auth"]):
        assert secret.encode() not in stored


def test_a_device_belongs_to_the_person_who_uses_it(
    alice: User, bob: User, service: PushService
) -> None:
    """Bob signs in where Alice was: her reminders don't appear on his screen."""
    browser = subscribed(alice, service)
    assert post(bob, browser.subscription).status_code == 201

    assert [row.owner_id for row in PushSubscription.objects.all()] == [bob.pk]


def test_a_session_that_ended_receives_nothing(
    alice: User, calendar: Calendar, clock: Clock, service: PushService
) -> None:
    tokens = make_session(alice)
    gone, kept = subscribed(alice, service, tokens), subscribed(alice, service)
    ended = PushSubscription.objects.order_by("created_at")[0].session_id
    due_push(calendar, clock)
    Session.objects.filter(pk=ended).update(revoked_at=clock.now)

    tick()

    assert (len(service.messages_to(gone)), len(service.messages_to(kept))) == (0, 1)


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_removed(
    alice: User, calendar: Calendar, clock: Clock, service: PushService, status: int
) -> None:
    browser = subscribed(alice, service)
    service.answer(browser, status)
    due_push(calendar, clock)

    tick()

    assert not PushSubscription.objects.exists()
    assert states(alice, "push") == ["failed"]


def test_a_push_service_that_asks_for_a_pause_gets_it(
    alice: User, calendar: Calendar, clock: Clock, service: PushService
) -> None:
    browser = subscribed(alice, service)
    service.answer(browser, 429, Retry_After="120")
    due_push(calendar, clock)
    tick()

    message = PushMessage.objects.get()
    assert message.due_at == clock.now + timedelta(seconds=120)
    assert message.error_code == "answer-429"
    tick()
    assert sum(service.requests.values()) == 1, "not before"

    service.answers.clear()
    clock.go(seconds=121)
    tick()
    assert len(service.received) == 1


def test_a_push_service_that_fails_is_asked_again(
    alice: User, calendar: Calendar, clock: Clock, service: PushService
) -> None:
    browser = subscribed(alice, service)
    service.answer(browser, 503)
    due_push(calendar, clock)
    tick()
    assert states(alice, "push") == ["handed"]

    service.answers.clear()
    clock.go(seconds=30)
    tick()
    assert states(alice, "push") == ["sent"]


def test_what_is_too_late_is_not_sent(
    alice: User, calendar: Calendar, clock: Clock, service: PushService
) -> None:
    browser = subscribed(alice, service)
    service.answer(browser, 503)
    due_push(calendar, clock)
    tick()
    service.answers.clear()
    clock.go(hours=1)
    tick()

    assert service.received == []
    assert PushMessage.objects.get().error_code == "too-late"
    assert states(alice, "push") == ["failed"]


def test_a_redirect_is_not_followed(
    alice: User, calendar: Calendar, clock: Clock, service: PushService
) -> None:
    browser, other = subscribed(alice, service), service.subscribe()
    service.answer(browser, 307, Location=other.endpoint)
    due_push(calendar, clock)
    tick()

    assert sum(service.requests.values()) == 1
    assert PushMessage.objects.get().error_code == "answer-307"


def test_a_worker_that_died_while_sending_is_counted(
    alice: User, calendar: Calendar, clock: Clock, service: PushService
) -> None:
    subscribed(alice, service)
    queue_test(PushSubscription.objects.get())
    clock.go(minutes=1)
    assert PushMessage.objects.claim_some(5, lasting=timedelta(seconds=10))
    assert send_due_pushes() == 0, "leased"

    clock.go(seconds=11)
    assert send_due_pushes() == 1
    assert PushMessage.objects.get().repeated == 1


def test_the_notification_and_its_repetition_are_one_on_the_device(
    alice: User, calendar: Calendar, clock: Clock, service: PushService
) -> None:
    """The same topic replaces it at the push service, the same tag on the device."""
    subscribed(alice, service)
    due_push(calendar, clock)
    tick()
    reminder = Reminder.objects.get(method="push")
    PushMessage.objects.update(status="waiting", payload=service.received[0].message)
    let_time_pass()
    send_due_pushes()
    settle_reminders()

    first, second = service.received
    assert first.headers["topic"] == second.headers["topic"]
    assert first.message["tag"] == second.message["tag"] == reminder.pk.hex


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://127.0.0.1/push",
        "https://[::1]/push",
        "https://[::ffff:10.0.0.1]/push",
        "https://10.1.2.3/push",
        "https://192.168.1.1:8443/push",
        "https://169.254.169.254/latest/meta-data/",
        "https://[fe80::1]/push",
        "https://[fd00::1]/push",
        "https://[64:ff9b::a00:1]/push",
        "https://0.0.0.0/push",
        "https://localhost/push",
        "https://intranet/push",
        "http://push.example.com/push",
        "https://user:secret@push.example.com/push",
        "ftp://push.example.com/push",
        "file:///etc/passwd",
        "https://push.example.com/a b",
        "not an address",
    ],
)
def test_private_addresses_are_refused_when_subscribing(alice: User, endpoint: str) -> None:
    body = Browser(endpoint).subscription
    answer = post(alice, body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "endpoint"
    assert not PushSubscription.objects.exists()


def test_a_name_that_leads_inside_later_is_refused_when_connecting(
    alice: User, calendar: Calendar, clock: Clock, service: PushService, settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """DNS rebinding: the name was fine when the device subscribed."""
    settings.PUSH_ALLOWED_NETWORKS = ()
    browser = Browser(f"https://push.example.com:{service.server_address[1]}/push/rebound")
    assert post(alice, browser.subscription).status_code == 201
    place = ("127.0.0.1", service.server_address[1])
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: found)
    due_push(calendar, clock)
    tick()

    assert not service.requests
    assert PushMessage.objects.get().error_code == "address-refused"


@pytest.mark.parametrize(
    ("keys", "field"),
    [
        ({"p256dh": "AAAA", "auth": "AAAAAAAAAAAAAAAAAAAAAA"}, "keys.p256dh"),
        ({"p256dh": "", "auth": "AAAAAAAAAAAAAAAAAAAAAA"}, "keys.p256dh"),
        (None, "keys.auth"),
    ],
)
def test_keys_that_are_none_are_refused(
    alice: User, service: PushService, keys: dict[str, str] | None, field: str
) -> None:
    body = service.subscribe().subscription
    body["keys"] = keys or {**body["keys"], "auth": "AAAA"}
    answer = post(alice, body)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_device_is_removed_by_its_endpoint(alice: User, bob: User, service: PushService) -> None:
    browser = subscribed(alice, service)

    def delete(person: User) -> int:
        body = {"endpoint": browser.endpoint}
        headers = bearer(make_session(person))
        answer = Client().delete(ADDRESS, body, content_type="application/json", headers=headers)
        return answer.status_code

    assert delete(bob) == 204
    assert PushSubscription.objects.count() == 1
    assert (delete(alice), delete(alice)) == (204, 204)
    assert not PushSubscription.objects.exists()


def test_without_a_key_devices_are_not_offered(
    alice: User, service: PushService, settings: Settings
) -> None:
    settings.WEB_PUSH_PRIVATE_KEY = ""
    answer = post(alice, service.subscribe().subscription)

    assert (answer.status_code, answer.json()["code"]) == (409, "push-not-set-up")
