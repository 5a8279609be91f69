"""Guessing is slowed by address and account, and nobody is kept out by what others do."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.cookies import Morsel
from threading import Barrier
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import Client as Browser
from pytest_django import Settings
from redis.exceptions import RedisError

from accounts.audit import events, trail
from accounts.models import AuditEvent, User
from accounts.throttles import limits
from accounts.throttles.devices import ACCOUNTS_PER_DEVICE
from accounts.throttles.store import LOCAL_ATTEMPTS, Pauses, ThrottleStore
from config.database.redis import redis_connection
from tests.audit import audit_log
from tests.factories import PASSWORD, make_session, make_user
from tests.http import Response

pytestmark = pytest.mark.django_db
HOME, CAFE = "198.51.100.7", "203.0.113.9"
TOKEN = "/api/v1/auth/token"


SLOWER = 100


def slowed(pauses: Pauses) -> Pauses:
    return replace(
        pauses,
        first_seconds=pauses.first_seconds * SLOWER,
        longest_seconds=pauses.longest_seconds * SLOWER,
    )


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of the same shape that no pause of a busy machine can reach."""
    for action, bucket in limits.BUCKETS.items():
        slower = replace(bucket, interval_seconds=bucket.interval_seconds * SLOWER)
        monkeypatch.setitem(limits.BUCKETS, action, slower)
    for name, rule in (("UNKNOWN", limits.UNKNOWN), ("KNOWN", limits.KNOWN)):
        slower_rule = replace(rule, usual=slowed(rule.usual), attacked=slowed(rule.attacked))
        monkeypatch.setattr(limits, name, slower_rule)


def pauses_told(answer: Response) -> int:
    """In the product's own seconds."""
    return round(int(answer.headers["Retry-After"]) / SLOWER)


def sign_in(email: str, password: str = PASSWORD, ip: str = CAFE, **headers: str) -> Response:
    body = {"email": email, "password": password}
    return Browser(REMOTE_ADDR=ip).post(TOKEN, body, "application/json", headers=headers)


def statuses(email: str, *, tries: int, ip: str = CAFE, password: str = "wrong") -> list[int]:
    return [sign_in(email, password, ip).status_code for _ in range(tries)]


def attack(email: str, *, addresses: int) -> None:
    """One failure from each of so many addresses."""
    for number in range(addresses):
        assert statuses(email, tries=1, ip=f"192.0.2.{number}") == [401]


def test_the_sixth_failure_is_told_to_wait(alice: User) -> None:
    assert statuses(alice.email, tries=5) == [401] * 5

    told = sign_in(alice.email, "wrong")

    assert told.status_code == 429
    assert told.headers["Content-Type"] == "application/problem+json"
    assert told.json()["code"] == "too-many-attempts"
    assert pauses_told(told) == 1


def test_even_the_right_password_waits_there(alice: User) -> None:
    statuses(alice.email, tries=5)

    assert sign_in(alice.email).status_code == 429


def test_the_pause_doubles(alice: User) -> None:
    statuses(alice.email, tries=5)
    keys = limits._keys(limits.SIGN_IN, CAFE, alice.email)
    waits = []
    for tries in range(5, 20):
        redis_connection().hset(keys[1], mapping={"tries": tries})
        waits.append(pauses_told(sign_in(alice.email, "wrong")))

    assert waits[:6] == [1, 2, 4, 8, 16, 32]
    assert waits[-1] == 900


def test_a_success_begins_anew(alice: User) -> None:
    for _ in range(3):
        assert statuses(alice.email, tries=4) == [401] * 4
        assert sign_in(alice.email).status_code == 200


def test_an_unknown_account_is_slowed_in_the_same_way(alice: User) -> None:
    known, unknown = (
        [sign_in(email, "wrong", ip) for _ in range(7)]
        for email, ip in ((alice.email, HOME), ("nobody@example.org", CAFE))
    )

    assert [r.status_code for r in known] == [r.status_code for r in unknown]
    for ours, theirs in zip(known, unknown, strict=True):
        body, other = ours.json(), theirs.json()
        assert body.pop("request_id") != other.pop("request_id")
        assert body == other


def test_another_account_and_another_address_are_free(alice: User, bob: User) -> None:
    statuses(alice.email, tries=6)

    assert sign_in(bob.email).status_code == 200
    assert sign_in(alice.email, ip=HOME).status_code == 200


def test_an_owner_at_a_known_address_never_feels_an_attack(alice: User) -> None:
    assert sign_in(alice.email, ip=HOME).status_code == 200
    attack(alice.email, addresses=60)

    assert statuses(alice.email, tries=4, ip=HOME) == [401] * 4
    assert sign_in(alice.email, ip=HOME).status_code == 200


def test_under_attack_a_new_address_has_one_try_which_the_owner_needs(alice: User) -> None:
    attack(alice.email, addresses=60)

    assert sign_in(alice.email, ip=CAFE).status_code == 200
    assert statuses(alice.email, tries=2, ip="203.0.113.77") == [401, 429]


def page_sign_in(browser: Browser, email: str, password: str = PASSWORD) -> Response:
    return browser.post("/accounts/login/", {"login": email, "password": password})


def test_no_page_locks_an_account_that_others_try(alice: User) -> None:
    for number in range(12):
        stranger = Browser(REMOTE_ADDR=f"192.0.2.{number}")
        assert page_sign_in(stranger, alice.email, "wrong").status_code == 200

    assert page_sign_in(Browser(REMOTE_ADDR=HOME), alice.email).status_code == 302


def neighbours_hammer(alice: User) -> None:
    """The account from the owner's own address, and that address with other accounts too."""
    statuses(alice.email, tries=7, ip=HOME)
    burst = limits.BUCKETS[limits.SIGN_IN].burst
    assert 429 in {statuses(f"no{n}@example.org", tries=1, ip=HOME)[0] for n in range(burst + 5)}


@pytest.mark.parametrize("door", ["api", "page"])
def test_a_known_device_gets_in_past_its_neighbours(alice: User, door: str) -> None:
    device, stranger = Browser(REMOTE_ADDR=HOME), Browser(REMOTE_ADDR=HOME)
    assert page_sign_in(device, alice.email).status_code == 302
    neighbours_hammer(alice)

    if door == "api":
        body = {"email": alice.email, "password": PASSWORD}
        answers = [each.post(TOKEN, body, "application/json") for each in (stranger, device)]
        assert [answer.status_code for answer in answers] == [429, 200]
    else:
        device.post("/accounts/logout/")
        answers = [page_sign_in(each, alice.email) for each in (stranger, device)]
        assert [answer.status_code for answer in answers] == [429, 302]


def test_an_app_is_a_known_device_too(alice: User) -> None:
    phone = Browser(REMOTE_ADDR=HOME)
    body = {"email": alice.email, "password": PASSWORD}
    assert phone.post(TOKEN, body, "application/json").status_code == 200
    neighbours_hammer(alice)

    assert phone.post(TOKEN, body, "application/json").status_code == 200


def device_cookie(browser: Browser) -> Morsel[str]:
    (cookie,) = (each for name, each in browser.cookies.items() if name.startswith("device-"))
    return cookie


def test_the_cookie_of_a_device_is_nobodys_key(alice: User, bob: User) -> None:
    """It is for one account, it is signed, it names nobody, and guesses with it are paused."""
    device = Browser(REMOTE_ADDR=HOME)
    page_sign_in(device, alice.email)
    cookie = device_cookie(device)
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert alice.email not in cookie.OutputString()

    thief = Browser(REMOTE_ADDR=CAFE)
    thief.cookies[cookie.key] = cookie.value
    assert thief.get("/settings/security/devices/").status_code == 302
    assert [page_sign_in(thief, alice.email, "wrong").status_code for _ in range(11)][10] == 429
    for_bob = [page_sign_in(thief, bob.email, "wrong").status_code for _ in range(6)]
    assert for_bob == [200] * 5 + [429]


def test_a_forged_cookie_makes_no_device(alice: User) -> None:
    device, thief = Browser(), Browser(REMOTE_ADDR=CAFE)
    page_sign_in(device, alice.email)
    cookie = device_cookie(device)
    for number in range(6):
        thief.cookies[cookie.key] = f"device{number}:{cookie.value.partition(':')[2]}"
        page_sign_in(thief, alice.email, "wrong")

    assert page_sign_in(thief, alice.email, "wrong").status_code == 429


def test_a_shared_browser_keeps_few_cookies(db: None) -> None:
    browser = Browser()
    for number in range(8):
        person = make_user(f"person{number}@example.org")
        assert page_sign_in(browser, person.email).status_code == 302
        browser.post("/accounts/logout/")

    kept = [
        each
        for name, each in browser.cookies.items()
        if name.startswith("device-") and each["max-age"] != 0
    ]
    assert len(kept) == ACCOUNTS_PER_DEVICE


def test_one_address_that_tries_many_accounts_is_stopped() -> None:
    burst = limits.BUCKETS[limits.SIGN_IN].burst
    answers = [statuses(f"nobody{n}@example.org", tries=1)[0] for n in range(burst + 5)]

    assert answers[:burst] == [401] * burst
    assert 429 in answers[burst:]


def test_tries_side_by_side_pass_no_limit(transactional_db: None) -> None:
    start = Barrier(12)

    def guess(_number: int) -> int:
        start.wait()
        try:
            return sign_in("alice@example.org", "wrong").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(12) as threads:
        answers = sorted(threads.map(guess, range(12)))
    assert answers == [401] * 5 + [429] * 7


@pytest.mark.parametrize("count", [0, 1])
def test_a_claimed_address_is_no_address(alice: User, settings: Settings, count: int) -> None:
    """With one proxy in front the last address is the proxy's word, and all before it a claim."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = count
    claims = [f"10.0.0.{number}, {HOME}" for number in range(6)]

    answers = [
        sign_in(alice.email, "wrong", **{"X-Forwarded-For": claim}).status_code for claim in claims
    ]

    assert answers == [401] * 5 + [429]
    assert {entry.ip for entry in audit_log()} == {HOME if count else CAFE}


def test_an_ipv6_household_is_one_address(alice: User) -> None:
    answers = [statuses(alice.email, tries=1, ip=f"2001:db8::{n:x}")[0] for n in range(6)]

    assert answers == [401] * 5 + [429]


def test_the_page_is_slowed_by_the_same_count_and_says_so(alice: User) -> None:
    statuses(alice.email, tries=5)

    page = Browser(REMOTE_ADDR=CAFE).post(
        "/accounts/login/", {"login": alice.email, "password": PASSWORD}
    )

    assert page.status_code == 429
    assert int(page.headers["Retry-After"]) >= 1
    text = page.content.decode()
    assert text.split("<main")[1].lower().count("too many attempts") == 1
    assert re.search(r"Try again in \w+ (second|minute)s?\.", text)


def test_what_was_typed_into_the_page_is_kept_but_no_password(alice: User) -> None:
    statuses(alice.email, tries=5)
    browser = Browser(REMOTE_ADDR=CAFE)
    typed = {"login": alice.email, "password": PASSWORD, "next": "/settings/calendars/"}
    typed |= {"credential": "an-assertion-of-a-passkey"}
    form = "http://testserver/accounts/login/?next=/settings/calendars/"

    page = browser.post(
        "/accounts/login/",
        urlencode(typed),
        content_type="application/x-www-form-urlencoded",
        headers={"Referer": form},
    )

    text = page.content.decode()
    kept = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))
    assert kept.pop("csrfmiddlewaretoken")
    assert kept == {"login": alice.email, "next": "/settings/calendars/"}
    assert PASSWORD not in text
    assert 'action="/accounts/login/"' in text
    assert 'href="/accounts/login/?next=/settings/calendars/"' in text

    cache.clear()
    again = browser.post("/accounts/login/", kept).content.decode()
    assert f'value="{alice.email}"' in again


@pytest.mark.parametrize(
    "before", ["", "https://elsewhere.example/x", "javascript:alert(1)", "//elsewhere.example"]
)
def test_a_page_of_others_is_not_where_one_goes_back_to(alice: User, before: str) -> None:
    statuses(alice.email, tries=5)

    page = Browser(REMOTE_ADDR=CAFE).post(
        "/accounts/login/",
        {"login": alice.email, "password": PASSWORD},
        headers={"Referer": before},
    )

    assert re.findall(r'<a class="button quiet" href="([^"]*)"', page.content.decode()) == ["/"]


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/accounts/signup/", {"email": "", "password1": "x", "password2": "x"}),
        ("/accounts/password/reset/", {"email": "nobody@example.org"}),
        ("/accounts/password/reset/key/1-x/", {}),
    ],
)
def test_pages_for_strangers_count_by_address(db: None, path: str, values: dict[str, str]) -> None:
    answers = [
        Browser(REMOTE_ADDR=CAFE).post(path, {**values, "email": f"no{n}@example.org"}).status_code
        for n in range(21)
    ]

    assert 429 not in answers[:20]
    assert answers[20] == 429
    assert Browser(REMOTE_ADDR=HOME).post(path, values).status_code != 429


def test_refreshes_that_work_cost_nothing(alice: User) -> None:
    refresh = make_session(alice).refresh
    burst = limits.BUCKETS[limits.REFRESH].burst
    for _ in range(burst + 5):
        answer = Browser().post(f"{TOKEN}/refresh", {"refresh": refresh}, "application/json")
        assert answer.status_code == 200
        refresh = answer.json()["refresh"]


def test_guessing_refresh_tokens_is_stopped(db: None) -> None:
    burst = limits.BUCKETS[limits.REFRESH].burst
    answers = [
        Browser().post(f"{TOKEN}/refresh", {"refresh": "rt1.x.y"}, "application/json").status_code
        for _ in range(burst + 20)
    ]
    assert answers[:burst] == [401] * burst
    assert 429 in answers


def test_what_was_slowed_stands_in_the_log_in_one_row(alice: User) -> None:
    statuses(alice.email, tries=9)

    entries = audit_log(events.SIGN_IN_THROTTLED)

    assert sum(entry.count for entry in entries) == 4
    assert {(entry.user, entry.reason) for entry in entries} == {(alice, "sign-in: pair")}


def test_no_address_and_no_account_lies_in_the_shared_memory(alice: User) -> None:
    statuses(alice.email, tries=6)
    trail.write_tallies()

    keys = redis_connection().keys("daybook:throttle:*")

    assert len(keys) == 3
    assert not [key for key in keys if alice.email.encode() in key or CAFE.encode() in key]


def test_while_the_memory_is_away_each_process_counts(alice: User, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    with pytest.raises(RedisError):
        redis_connection().ping()
    limits._store = ThrottleStore()
    try:
        assert statuses(alice.email, tries=LOCAL_ATTEMPTS) == [401] * LOCAL_ATTEMPTS
        assert sign_in(alice.email).status_code == 429
        assert sign_in(alice.email, ip=HOME).status_code == 200
    finally:
        limits._store = ThrottleStore()
    assert AuditEvent.objects.filter(event=events.SIGN_IN, ip=HOME).count() == 1
