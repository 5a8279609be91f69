"""POST auth/token: a password for a pair of tokens, and nothing learned by who has none."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client as Browser
from pytest_django import Settings

from accounts.models import Session, User
from tests.accounts.forge import claims_of, header_of
from tests.factories import PASSWORD, make_user
from tests.hashers import CountingArgon2
from tests.http import Response

pytestmark = pytest.mark.django_db
REQUEST_ID = "request-of-the-test"


def sign_in(client: Browser, **changes: Any) -> Response:
    body = {"email": "alice@example.org", "password": PASSWORD} | changes
    return client.post(
        "/api/v1/auth/token",
        body,
        "application/json",
        headers={"X-Request-ID": REQUEST_ID, "User-Agent": "Phone/1.0"},
    )


def test_a_person_gets_a_pair_of_tokens_and_a_session(client: Browser, alice: User) -> None:
    response = sign_in(client, client_id="daybook-ios", device_label="Alice's phone")

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    body = response.json()
    session = Session.objects.get()
    assert body.keys() == {"access", "refresh", "token_type", "expires_in", "session_id"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 900)
    assert body["session_id"] == str(session.pk)
    assert session.user == alice
    assert (session.client_id, session.device_label) == ("daybook-ios", "Alice's phone")
    assert (session.ip, session.user_agent) == ("127.0.0.1", "Phone/1.0")


def test_the_access_token_tells_no_personal_data(client: Browser, alice: User) -> None:
    access = sign_in(client).json()["access"]

    assert header_of(access).keys() == {"alg", "typ", "kid"}
    assert header_of(access)["typ"] == "at+jwt"
    claims = claims_of(access)
    assert claims.keys() == {
        *("iss", "aud", "sub", "client_id", "iat", "nbf", "exp", "jti", "sid"),
        *("gen", "ver", "scope", "auth_time", "amr", "acr"),
    }
    assert claims["sub"] == str(alice.public_id)
    assert claims["exp"] - claims["iat"] == 900
    assert "alice" not in str(claims)
    assert len(access) <= 1024


def test_the_address_is_read_in_any_case(client: Browser, alice: User) -> None:
    assert sign_in(client, email=" ALICE@Example.ORG ").status_code == 200


def refuse_unknown(client: Browser) -> Response:
    return sign_in(client)


def refuse_wrong_password(client: Browser) -> Response:
    make_user("alice@example.org")
    return sign_in(client, password="a walk along the river")


def refuse_inactive(client: Browser) -> Response:
    make_user("alice@example.org", is_active=False)
    return sign_in(client)


def refuse_without_password(client: Browser) -> Response:
    make_user("alice@example.org", password=None)
    return sign_in(client)


def refuse_unverified_with_a_wrong_password(client: Browser) -> Response:
    make_user("alice@example.org", verified=False)
    return sign_in(client, password="a walk along the river")


REFUSALS = [
    refuse_unknown,
    refuse_wrong_password,
    refuse_inactive,
    refuse_without_password,
    refuse_unverified_with_a_wrong_password,
]


@pytest.mark.parametrize("refuse", REFUSALS, ids=lambda refuse: refuse.__name__)
def test_every_refusal_is_the_same_and_costs_one_argon2(
    refuse: Any, client: Browser, settings: Settings
) -> None:
    settings.PASSWORD_HASHERS = ["tests.hashers.CountingArgon2"]
    with CountingArgon2.counting() as made_by_factory:
        refuse(client)
    factory_hashes = User.objects.exclude(password__startswith="!").count()

    assert made_by_factory.runs - factory_hashes == 1


@pytest.mark.parametrize("refuse", REFUSALS, ids=lambda refuse: refuse.__name__)
def test_every_refusal_has_the_same_body(refuse: Any, client: Browser) -> None:
    response = refuse(client)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert response.json() == {
        "type": "urn:daybook:problem:credentials-refused",
        "title": "Sign-in required",
        "status": 401,
        "detail": "The email address or password is incorrect.",
        "code": "credentials-refused",
        "request_id": REQUEST_ID,
    }
    assert not Session.objects.exists()


def test_an_unverified_address_must_be_verified_first(client: Browser) -> None:
    user = make_user("alice@example.org", verified=False)

    response = sign_in(client)
    assert (response.status_code, response.json()["code"]) == (403, "email-unverified")
    assert not Session.objects.exists()

    EmailAddress.objects.filter(user=user).update(verified=True)
    assert sign_in(client).status_code == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": None}, "email"),
        ({"email": ["alice@example.org"]}, "email"),
        ({"email": "alice\x00@example.org"}, "email"),
        ({"password": ""}, "password"),
        ({"password": None}, "password"),
        ({"password": {"a": 1}}, "password"),
        ({"password": "x" * 1025}, "password"),
        ({"client_id": "a client"}, "client_id"),
        ({"client_id": "x" * 65}, "client_id"),
        ({"device_label": "x" * 101}, "device_label"),
        ({"device_label": "\x00"}, "device_label"),
    ],
)
def test_a_value_of_no_use_is_named(
    client: Browser, alice: User, changes: dict[str, Any], field: str
) -> None:
    response = sign_in(client, **changes)

    assert response.status_code == 422
    assert {fault["field"] for fault in response.json()["errors"]} == {field}


@pytest.mark.parametrize("body", ["", "{", "[]", '"alice"', "null", "[" * 100_000])
def test_a_body_that_is_no_object_is_refused(client: Browser, body: str) -> None:
    response = client.post("/api/v1/auth/token", body, "application/json")

    assert response.status_code in {400, 422}
    assert response.headers["Content-Type"] == "application/problem+json"


def test_only_json_is_read(client: Browser, alice: User) -> None:
    form = {"email": "alice@example.org", "password": PASSWORD}

    assert client.post("/api/v1/auth/token", form).status_code == 415


def test_a_bad_header_beside_good_credentials_changes_nothing(client: Browser, alice: User) -> None:
    client.defaults["HTTP_AUTHORIZATION"] = "Bearer of.bad.news"

    assert sign_in(client).status_code == 200
