"""A wrong code after the right password: recorded, slowed by where it comes from, and mailed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from django.core import mail
from django.db import connections
from django.test import Client as Browser
from pytest_django import Settings

from accounts.models import AuditEvent, User
from accounts.throttles import limits
from config.database.redis import redis_connection
from tests.accounts.second_steps import code_of, recovery_codes_of, set_up_app
from tests.audit import audit_log
from tests.factories import PASSWORD, bearer, make_session
from tests.http import Response

pytestmark = pytest.mark.django_db
HOME, CAFE = "198.51.100.7", "203.0.113.9"
TOKEN, CODE_PAGE = "/api/v1/auth/token", "/accounts/2fa/authenticate/"
SLOWER = 100


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Pauses that no busy machine can outwait, and a code that outlives the test."""
    settings.MFA_TOTP_PERIOD = 86_400 * 365
    for name in ("CODES", "KNOWN"):
        rule = getattr(limits, name)
        slowed = replace(rule.usual, first_seconds=rule.usual.first_seconds * SLOWER)
        monkeypatch.setattr(limits, name, replace(rule, usual=slowed))


@pytest.fixture
def code(alice: User) -> str:
    return code_of(set_up_app(alice))


@pytest.fixture
def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def ask(otp: str, *, ip: str = CAFE, browser: Browser | None = None) -> Response:
    body = {"email": "alice@example.org", "password": PASSWORD, "otp": otp}
    return (browser or Browser(REMOTE_ADDR=ip)).post(TOKEN, body, "application/json")


def at_the_code_page(alice: User, ip: str = CAFE) -> Browser:
    browser = Browser(REMOTE_ADDR=ip)
    browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    return browser


def refusals() -> list[AuditEvent]:
    return audit_log("second_step_refused")


def test_the_api_leaves_a_trace(alice: User, wrong: str) -> None:
    assert ask(wrong).status_code == 401

    (refused,) = refusals()
    assert (refused.user, refused.outcome, refused.method) == (alice, "refused", "code")
    assert refused.ip == CAFE
    assert wrong not in str(refused.details) + refused.reason


def test_the_page_leaves_a_trace(alice: User, wrong: str) -> None:
    assert at_the_code_page(alice).post(CODE_PAGE, {"code": wrong}).status_code == 200

    assert [(row.user, row.method) for row in refusals()] == [(alice, "code")]


MALFORMED = [
    *('"x"', "[1]", '{"id": "x"}', '{"rawId": 1, "id": 1}', '{"id": "eA", "rawId": "eA"}'),
    '{"id": "eA", "rawId": "eA", "type": "public-key", "response": {"clientDataJSON": "e30"}}',
]


@pytest.mark.parametrize("credential", MALFORMED)
def test_a_bad_passkey_leaves_a_trace(alice: User, code: str, credential: str) -> None:
    at_the_code_page(alice).post(CODE_PAGE, {"credential": credential})

    assert [(row.user, row.method) for row in refusals()] == [(alice, "passkey")]


def test_confirming_by_a_wrong_code_leaves_a_trace(alice: User, wrong: str) -> None:
    browser = Browser()
    browser.force_login(alice)

    browser.post("/accounts/2fa/reauthenticate/", {"code": wrong})

    assert [(row.user, row.reason) for row in refusals()] == [(alice, "confirming")]


@pytest.mark.parametrize("credential", MALFORMED)
def test_a_bad_passkey_alone_leaves_a_trace_of_nobody(alice: User, credential: str) -> None:
    answer = Browser().post("/accounts/2fa/webauthn/login/", {"credential": credential})

    assert answer.status_code == 302
    assert [(row.user, row.method) for row in audit_log("sign_in_refused")] == [(None, "passkey")]


def test_the_owner_reads_of_it(alice: User, wrong: str) -> None:
    ask(wrong)
    audit_log()

    answer = Browser().get("/api/v1/auth/events", headers=bearer(make_session(alice))).json()

    told = [(row["event"], row["title"]) for row in answer["results"]]
    assert ("second_step_refused", "Wrong code or passkey at the second step") in told


def test_a_few_send_one_mail_to_the_owner(alice: User, code: str, wrong: str) -> None:
    for _ in range(2):
        ask(wrong)
    assert mail.outbox == []

    for _ in range(3):
        ask(wrong)

    (sent,) = mail.outbox
    assert sent.to == [alice.email]
    assert "wrong code" in sent.body
    assert CAFE in sent.body
    assert "/accounts/password/" in sent.body
    assert not [each for each in (code, wrong, PASSWORD) if each in sent.body]


def test_the_sixth_is_told_to_wait_on_both_ways(alice: User, code: str, wrong: str) -> None:
    assert [ask(wrong).status_code for _ in range(5)] == [401] * 5

    told = ask(code)
    assert (told.status_code, told.json()["code"]) == (429, "too-many-attempts")
    assert int(told.headers["Retry-After"]) > 0
    page = at_the_code_page(alice).post(CODE_PAGE, {"code": code})
    assert page.status_code == 429
    assert int(page.headers["Retry-After"]) > 0
    assert not AuditEvent.objects.filter(event="sign_in").exists()


@pytest.mark.parametrize("way", ["device", "address", "elsewhere"])
def test_an_attack_with_the_password_keeps_nobody_out(alice: User, code: str, way: str) -> None:
    """Nor do tries side by side: each place counts for itself."""
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    first, second, *_ = recovery_codes_of(alice)
    device = Browser(REMOTE_ADDR=HOME)
    if way != "elsewhere":
        assert ask(first, browser=device).status_code == 200
    ip = HOME if way == "device" else CAFE
    assert 429 in {ask(wrong, ip=ip).status_code for _ in range(14)}

    owner = device if way == "device" else Browser(REMOTE_ADDR=HOME)
    assert ask(second, browser=owner).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_side_by_side_no_more_are_heard_than_in_a_row(alice: User, code: str) -> None:
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    start = Barrier(8)

    def race(_number: int) -> int:
        start.wait()
        try:
            return ask(wrong).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as threads:
        statuses = sorted(threads.map(race, range(8)))

    assert statuses == [401] * 5 + [429] * 3
    assert ask(code, ip=HOME).status_code == 200


def test_strangers_everywhere_end_at_a_bound_that_a_known_place_does_not_feel(
    alice: User, code: str
) -> None:
    """A million codes are few for who has a network of addresses."""
    assert ask(code, ip=HOME).status_code == 200
    bound = limits.CODES.most_strangers
    account = limits._keys(limits.SECOND_STEP, CAFE, alice.email)[-1]
    redis_connection().set(account, bound, px=60_000)

    told = ask("000000", ip="192.0.2.77")

    assert told.status_code == 429
    assert 0 < int(told.headers["Retry-After"]) <= 60
    assert ask(recovery_codes_of(alice)[0], ip=HOME).status_code == 200


def test_what_opened_the_account_is_in_the_log(alice: User, code: str) -> None:
    recovery, *_ = recovery_codes_of(alice)
    assert ask(recovery).status_code == 200
    page = at_the_code_page(alice).post(CODE_PAGE, {"code": code})
    assert page.status_code == 302

    assert [row.user for row in audit_log("recovery_code_used")] == [alice]
    methods = [row.method for row in audit_log("sign_in")]
    assert methods == ["password+recovery_codes", "password+totp"]


def test_a_recovery_code_used_on_the_page_is_in_the_log(alice: User, code: str) -> None:
    recovery, *_ = recovery_codes_of(alice)
    at_the_code_page(alice).post(CODE_PAGE, {"code": recovery})

    assert [row.user for row in audit_log("recovery_code_used")] == [alice]
