"""No mutation of a valid token is accepted, and none is more than a plain refusal."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client as Browser
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import Session, User
from accounts.sessions import TokenPair
from tests.accounts.forge import claims_of, our_header, sign
from tests.factories import make_session

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]

# Each example sends one request that the database must not feel, so a shared row is safe.
shared_row = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
BYTES = st.binary(min_size=1, max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)
CLAIMS = [
    *("iss", "aud", "sub", "client_id", "iat", "nbf", "exp", "jti", "sid"),
    *("gen", "ver", "scope", "auth_time", "amr", "acr"),
]
# Values that may change without making the token another one's, or an older or a newer one.
FREE = {"jti", "scope", "amr", "acr", "auth_time", "iat", "nbf", "exp"}


@pytest.fixture
def tokens(alice: User) -> TokenPair:
    return make_session(alice)


def status_of(client: Browser, token: str) -> int:
    return client.get("/api/v1/whoami", headers={"Authorization": f"Bearer {token}"}).status_code


@shared_row
@given(data=st.data())
def test_a_changed_byte(client: Browser, tokens: TokenPair, data: st.DataObject) -> None:
    raw = tokens.access.encode()
    start = data.draw(st.integers(0, len(raw) - 1))
    end = data.draw(st.integers(start, min(len(raw), start + 3)))
    mutated = raw[:start] + data.draw(BYTES) + raw[end:]

    status = status_of(client, mutated.decode("latin-1"))

    if mutated.strip(b" ") == raw:
        assert status == 200
    else:
        assert status in {400, 401}


@shared_row
@given(data=st.data())
def test_a_changed_bit_of_the_signature(
    client: Browser, tokens: TokenPair, data: st.DataObject
) -> None:
    position = data.draw(st.integers(tokens.access.rindex(".") + 1, len(tokens.access) - 1))
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    letter = data.draw(st.sampled_from(letters.replace(tokens.access[position], "")))

    mutated = tokens.access[:position] + letter + tokens.access[position + 1 :]

    assert status_of(client, mutated) == 401


@shared_row
@given(data=st.data())
def test_cut_doubled_or_swapped_segments(
    client: Browser, tokens: TokenPair, data: st.DataObject
) -> None:
    segments = tokens.access.split(".")
    drawn = data.draw(st.lists(st.sampled_from([*segments, "", "e30"]), max_size=5))

    status = status_of(client, ".".join(drawn))

    if drawn == segments:
        assert status == 200
    else:
        assert status in {400, 401}


@shared_row
@given(name=st.sampled_from(["alg", "typ", "kid"]) | st.text(max_size=6), value=JSON)
def test_a_changed_header_member_that_we_signed(
    client: Browser, tokens: TokenPair, name: str, value: Any
) -> None:
    header = our_header()
    same = name in header and header[name] == value

    status = status_of(client, sign(header | {name: value}, claims_of(tokens.access)))

    assert status == (200 if same else 401)


@shared_row
@given(name=st.sampled_from(CLAIMS), value=JSON)
@example(name="sub", value="00000000-0000-0000-0000-000000000000")
@example(name="gen", value=True)
@example(name="exp", value=1e18)
def test_a_changed_claim_that_we_signed(
    client: Browser, tokens: TokenPair, name: str, value: Any
) -> None:
    claims = claims_of(tokens.access)
    kept = type(claims[name]) is type(value) and claims[name] == value

    status = status_of(client, sign(our_header(), claims | {name: value}))

    assert status in ({200, 401} if name in FREE or kept else {401})


@shared_row
@given(payload=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_payload_that_we_signed(client: Browser, tokens: TokenPair, payload: bytes) -> None:
    assert status_of(client, sign(our_header(), payload)) == 401


@shared_row
@given(text=st.text(max_size=120))
def test_any_refresh_token(client: Browser, tokens: TokenPair, text: str) -> None:
    response = client.post(
        "/api/v1/auth/token/refresh", json.dumps({"refresh": text}), "application/json"
    )

    assert response.status_code in {401, 422}
    assert Session.objects.get().gen == 1
