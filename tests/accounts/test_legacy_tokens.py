"""Tokens of the old system open what they opened, are told of their end, and no more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from accounts.audit.events import LEGACY_ACCEPTED
from accounts.audit.trail import write_tallies
from accounts.models import AuditEvent, User
from tests.accounts.ask import ask, ask_counting
from tests.accounts.forge import sign_hmac
from tests.factories import (
    LEGACY_SECRET,
    PASSWORD,
    legacy_claims,
    make_legacy_token,
    make_session,
    numbered_claims,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.urls("tests.accounts.urls"),
    pytest.mark.usefixtures("legacy"),
]
Claims = dict[str, Any]
SHAPES = [legacy_claims, numbered_claims]
Shape = Callable[..., Claims]


def use(claims: Claims, **header: Any) -> int:
    return ask(f"Bearer {make_legacy_token(claims, **header)}").status_code


def without(claims: Claims, *names: str) -> Claims:
    return {name: value for name, value in claims.items() if name not in names}


@pytest.mark.parametrize("shape", SHAPES)
def test_both_shapes_are_let_in_for_one_statement(olga: User, shape: Shape) -> None:
    response, statements = ask_counting(f"Bearer {make_legacy_token(shape(olga))}")

    assert response.json() == {"user": str(olga.public_id), "method": "legacy"}
    assert statements == 1


def test_its_use_is_counted_in_the_audit_log(olga: User) -> None:
    for _ in range(3):
        ask(f"Bearer {make_legacy_token(legacy_claims(olga))}")
    write_tallies(until=timezone.now() + timedelta(hours=2))

    events = AuditEvent.objects.filter(event=LEGACY_ACCEPTED, user=olga, method="legacy")
    assert sum(event.count for event in events) == 3


def test_the_shorter_form_of_the_second_shape_is_let_in(olga: User) -> None:
    assert use(without(numbered_claims(olga), "session_id", "device_id", "tfa_verified")) == 200


def test_typ_may_be_absent(olga: User) -> None:
    token = sign_hmac({"alg": "HS256"}, legacy_claims(olga), secret=LEGACY_SECRET.encode())

    assert ask(f"Bearer {token}").status_code == 200


def test_the_address_is_read_in_any_case(olga: User) -> None:
    assert use(legacy_claims(olga, sub="Olga@Example.org")) == 200


def test_answers_announce_the_end_and_the_way_on(olga: User, legacy: Settings) -> None:
    legacy.LEGACY_JWT_SUNSET = datetime(2099, 6, 30, 12, tzinfo=UTC)
    legacy.LEGACY_JWT_ISSUED_BEFORE = timezone.now().replace(microsecond=0) + timedelta(hours=1)

    response = ask(f"Bearer {make_legacy_token(legacy_claims(olga))}")

    since = int(legacy.LEGACY_JWT_ISSUED_BEFORE.timestamp())
    assert response.headers["Deprecation"] == f"@{since}"
    assert response.headers["Sunset"] == "Tue, 30 Jun 2099 12:00:00 GMT"
    assert response.headers["Link"] == '</api/v1/auth/token/exchange>; rel="successor-version"'


def test_the_deprecation_never_lies_after_the_sunset(olga: User, legacy: Settings) -> None:
    legacy.LEGACY_JWT_ISSUED_BEFORE = legacy.LEGACY_JWT_SUNSET + timedelta(days=9)

    response = ask(f"Bearer {make_legacy_token(legacy_claims(olga))}")

    sunset = int(legacy.LEGACY_JWT_SUNSET.timestamp())
    assert response.headers["Deprecation"] == f"@{sunset}"


def test_a_refusal_of_the_view_announces_it_too(olga: User, client: Browser) -> None:
    token = make_legacy_token(legacy_claims(olga))

    response = client.put("/api/v1/whoami", headers={"Authorization": f"Bearer {token}"})

    assert response.status_code == 405
    assert {"Deprecation", "Sunset", "Link"} <= response.headers.keys()


def test_nobody_else_is_told(olga: User, client: Browser) -> None:
    refused = ask(f"Bearer {make_legacy_token(legacy_claims(olga, exp=1))}")
    enhanced = ask(f"Bearer {make_session(olga).access}")

    for response in (refused, enhanced, client.get("/healthz")):
        assert not {"Deprecation", "Sunset", "Link"} & response.headers.keys()


def test_the_last_second_of_issue_counts(olga: User, legacy: Settings) -> None:
    claims = legacy_claims(olga)
    legacy.LEGACY_JWT_ISSUED_BEFORE = datetime.fromtimestamp(claims["iat"], UTC)
    assert use(claims) == 200

    legacy.LEGACY_JWT_ISSUED_BEFORE -= timedelta(seconds=1)
    assert use(claims) == 401


def test_the_old_refresh_tokens_are_known_by_their_length(olga: User) -> None:
    now = legacy_claims(olga)["iat"]

    assert use(legacy_claims(olga, iat=now, exp=now + 3600)) == 200
    assert use(legacy_claims(olga, iat=now, exp=now + 3601)) == 401
    assert use(legacy_claims(olga, iat=now, exp=now + 7 * 86_400)) == 401


def test_an_expired_token_is_told_so_once_all_else_held(olga: User, legacy: Settings) -> None:
    past = legacy_claims(olga)["iat"] - 1800
    claims = legacy_claims(olga, iat=past, nbf=past, exp=past + 900)

    response, statements = ask_counting(f"Bearer {make_legacy_token(claims)}")
    assert (response.json()["code"], statements) == ("token-expired", 0)

    forged = sign_hmac({"alg": "HS256", "typ": "JWT"}, claims, secret=b"another secret")
    assert ask(f"Bearer {forged}").json()["code"] == "token-invalid"
    legacy.LEGACY_JWT_SUNSET = timezone.now()
    assert ask(f"Bearer {make_legacy_token(claims)}").json()["code"] == "token-invalid"


@pytest.mark.parametrize(
    "changes",
    [
        {"id": 8},
        {"sub": "alice@example.org"},
        {"sub": "nobody@example.org"},
        {"id": 2**63 - 1},
        {"sub": "olga@example.org\x00"},
    ],
)
def test_id_and_address_name_the_same_person(
    olga: User, alice: User, changes: dict[str, Any]
) -> None:
    assert use(legacy_claims(olga, **changes)) == 401


def test_a_person_without_a_legacy_id_has_no_legacy_access(alice: User) -> None:
    for legacy_id in (None, 0, alice.pk):
        assert use(legacy_claims(alice, id=legacy_id)) == 401


@pytest.mark.parametrize("field", ["is_active", "legacy_allowed"])
def test_the_barred_and_the_inactive_are_refused_at_once(olga: User, field: str) -> None:
    token = make_legacy_token(legacy_claims(olga))
    assert ask(f"Bearer {token}").status_code == 200
    User.objects.update(**{field: False})

    response, statements = ask_counting(f"Bearer {token}")

    assert (response.status_code, statements) == (401, 1)
    assert response.json()["code"] == "token-invalid"


@pytest.mark.parametrize(
    "make",
    [
        lambda o: without(legacy_claims(o), "nbf"),
        lambda o: without(legacy_claims(o), "role"),
        lambda o: without(numbered_claims(o), "email"),
        lambda o: legacy_claims(o, aud="somebody"),
        lambda o: legacy_claims(o, email=o.email),
        lambda o: numbered_claims(o, sub=o.email),
        lambda o: numbered_claims(o, sub="07"),
        lambda o: numbered_claims(o, tfa_verified="yes"),
        lambda o: numbered_claims(o, session_id=[1]),
        lambda o: legacy_claims(o, id="7"),
        lambda o: legacy_claims(o, id=7.0),
        lambda o: legacy_claims(o, id=True),
        lambda o: legacy_claims(o, id=2**63),
        lambda o: legacy_claims(o, exp=legacy_claims(o)["iat"]),
        lambda o: legacy_claims(o, nbf=legacy_claims(o)["iat"] + 60),
        lambda o: legacy_claims(o, exp=str(legacy_claims(o)["exp"])),
        lambda o: legacy_claims(o, exp=1e18),
        lambda o: legacy_claims(o, iat=float(legacy_claims(o)["iat"])),
    ],
)
def test_no_other_shape_is_let_in(olga: User, make: Callable[[User], Claims]) -> None:
    response, statements = ask_counting(f"Bearer {make_legacy_token(make(olga))}")

    assert (response.status_code, statements) == (401, 0)


def test_the_role_of_the_old_system_gives_nothing(olga: User, client: Browser) -> None:
    User.objects.update(is_staff=True, is_superuser=True)
    token = make_legacy_token(legacy_claims(olga, role="admin"))

    page = client.get("/admin/", headers={"Authorization": f"Bearer {token}"})
    assert page.status_code == 302
    assert page.headers["Location"].startswith("/admin/login/")

    assert client.login(email=olga.email, password=PASSWORD)
    assert client.get("/admin/").status_code == 200


def test_without_the_backend_nothing_of_it_is_known(olga: User, legacy: Settings) -> None:
    legacy.AUTHENTICATION_BACKENDS = [
        name for name in legacy.AUTHENTICATION_BACKENDS if "Legacy" not in name
    ]
    response, statements = ask_counting(f"Bearer {make_legacy_token(legacy_claims(olga))}")

    assert (response.status_code, statements) == (401, 0)
