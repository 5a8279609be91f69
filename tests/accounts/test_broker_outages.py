"""Every fault of the broker is one kind of outage: people sign in, or get 503, and never 500."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest
import redis
from django.core.cache import caches
from django.test import Client as Browser
from pytest_django import Settings

from accounts.models import Session, User
from accounts.throttles import limits
from accounts.throttles.store import ThrottleStore
from config.database.redis import redis_outage
from config.web.health import forget_findings
from tests.accounts.second_steps import code_of, set_up_app
from tests.factories import PASSWORD
from tests.faults.servers import OwnServer, own_valkey
from tests.http import Response

pytestmark = pytest.mark.django_db
TOKEN = "/api/v1/auth/token"


@pytest.fixture(scope="module")
def valkey() -> Iterator[OwnServer]:
    with own_valkey() as started:
        yield started


@dataclass(frozen=True)
class Broken:
    """How the broker is broken, and how it is made well again."""

    begin: Callable[[OwnServer], object]
    end: Callable[[OwnServer], object]
    finding: str


def configured(**options: str) -> Callable[[OwnServer], object]:
    def configure(server: OwnServer) -> None:
        with redis.Redis.from_url(server.url, db=0) as client:
            for name, value in options.items():
                client.config_set(name.replace("_", "-"), value)

    return configure


def command(*words: str) -> Callable[[OwnServer], object]:
    def execute(server: OwnServer) -> None:
        with redis.Redis.from_url(server.url) as client:
            client.execute_command(*words)

    return execute


WAYS = {
    "full": Broken(
        configured(maxmemory_policy="noeviction", maxmemory="1"),
        configured(maxmemory="0"),
        "not-writable",
    ),
    "a replica": Broken(
        command("REPLICAOF", "127.0.0.1", "1"), command("REPLICAOF", "NO", "ONE"), "not-writable"
    ),
    "silent": Broken(OwnServer.freeze, OwnServer.thaw, "unreachable"),
    "gone": Broken(OwnServer.kill, OwnServer.start, "unreachable"),
}


@pytest.fixture(params=list(WAYS.values()), ids=list(WAYS))
def broken(
    request: pytest.FixtureRequest, valkey: OwnServer, settings: Settings
) -> Iterator[Broken]:
    way: Broken = request.param
    settings.REDIS_URL = valkey.url
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": valkey.url}}
    limits._store = ThrottleStore()
    redis_outage().end()
    way.begin(valkey)
    yield way
    way.end(valkey)
    limits._store = ThrottleStore()
    with suppress(AttributeError):
        del caches["default"]


def told(answer: Response) -> tuple[int, str]:
    assert answer.headers["Retry-After"] == "5"
    return answer.status_code, answer.json()["code"]


def test_a_password_opens_and_a_code_is_told_to_wait(
    broken: Broken, alice: User, bob: User
) -> None:
    """A code that cannot be marked as used would open twice."""
    code = code_of(set_up_app(bob))

    with_password = Browser().post(
        TOKEN, {"email": alice.email, "password": PASSWORD}, "application/json"
    )
    body = {"email": bob.email, "password": PASSWORD, "otp": code}
    with_code = Browser().post(TOKEN, body, "application/json")

    assert with_password.status_code == 200
    assert told(with_code) == (503, "unavailable")
    assert [session.user for session in Session.objects.all()] == [alice]


def test_the_pages_of_strangers_are_told_to_wait(broken: Broken, alice: User, bob: User) -> None:
    secret = set_up_app(bob)
    browser = Browser()

    signed_in = Browser().post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    first_step = browser.post("/accounts/login/", {"login": bob.email, "password": PASSWORD})
    second_step = browser.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    reset = Browser().post("/accounts/password/reset/", {"email": alice.email})

    assert (signed_in.status_code, first_step.status_code) == (302, 302)
    for answer in (second_step, reset):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "Try again" in answer.content.decode()


def test_readiness_names_it(broken: Broken) -> None:
    forget_findings()
    answer = Browser().get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["broker"] == broken.finding
    assert Browser().get("/healthz").status_code == 200
