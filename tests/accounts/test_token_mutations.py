"""No mutation of a valid token is accepted, none is more than a plain refusal, and none gets from
the verifier of its own format to the other one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client as Browser
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.models import Session, User
from accounts.sessions.lifecycle import TokenPair
from tests.accounts.forge import Json, claims_of, header_of, sign, sign_hmac
from tests.accounts.verdicts import ENHANCED, LEGACY, NOTING, Notes
from tests.factories import (
    LEGACY_SECRET,
    legacy_claims,
    make_legacy_token,
    make_session,
    numbered_claims,
)

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]

# Each example sends one request that changes no row, so shared rows are safe.
shared_row = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
BYTES = st.binary(min_size=1, max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)
HEADER_MEMBERS = ["alg", "typ", "kid", "jku", "jwk", "x5u", "x5c", "crit", "cty", "zip", "b64"]
HEADER_VALUES = st.sampled_from(["JWT", "at+jwt", "application/AT+JWT", "HS256", "ES256", "none"])
# Values that may change without making the token another one's, or an older or a newer one.
FREE = {
    ENHANCED: {"jti", "scope", "amr", "acr", "auth_time", "iat", "nbf", "exp"},
    LEGACY: {"role", "iat", "nbf", "exp", "session_id", "device_id", "tfa_verified"},
}


@dataclass(frozen=True)
class Valid:
    """A token that is let in, and the means to sign a changed one as if it were honest."""

    format: str
    token: str
    sign: Callable[[Json | bytes, Json | bytes], str]


def by_the_old_key(header: Json | bytes, claims: Json | bytes) -> str:
    return sign_hmac(header, claims, secret=LEGACY_SECRET.encode())


@pytest.fixture
def tokens(alice: User) -> TokenPair:
    return make_session(alice)


@pytest.fixture(params=["enhanced", "legacy, by address", "legacy, by number"])
def valid(
    request: pytest.FixtureRequest, legacy: Settings, tokens: TokenPair, olga: User, client: Browser
) -> Valid:
    legacy.AUTHENTICATION_BACKENDS = [*NOTING, *legacy.AUTHENTICATION_BACKENDS[2:]]
    made = {
        "enhanced": Valid(ENHANCED, tokens.access, sign),
        "legacy, by address": Valid(LEGACY, make_legacy_token(legacy_claims(olga)), by_the_old_key),
        "legacy, by number": Valid(
            LEGACY, make_legacy_token(numbered_claims(olga)), by_the_old_key
        ),
    }[request.param]
    assert judged(client, made.token) == (200, [made.format])
    return made


def judged(client: Browser, token: str) -> tuple[int, list[str]]:
    """The answer's status, and by which verifiers the token was judged."""
    with Notes.taken() as judges:
        response = client.get("/api/v1/whoami", headers={"Authorization": f"Bearer {token}"})
    return response.status_code, judges


def assert_refused(client: Browser, token: str, valid: Valid) -> None:
    status, judges = judged(client, token)
    assert status in {400, 401}
    assert judges in ([], [valid.format])


@shared_row
@given(data=st.data())
def test_a_changed_byte(client: Browser, valid: Valid, data: st.DataObject) -> None:
    raw = valid.token.encode()
    start = data.draw(st.integers(0, len(raw) - 1))
    end = data.draw(st.integers(start, min(len(raw), start + 3)))
    mutated = raw[:start] + data.draw(BYTES) + raw[end:]

    if mutated.strip(b" ") == raw:
        assert judged(client, mutated.decode("latin-1")) == (200, [valid.format])
    else:
        assert_refused(client, mutated.decode("latin-1"), valid)


@shared_row
@given(data=st.data())
def test_a_changed_bit_of_the_signature(client: Browser, valid: Valid, data: st.DataObject) -> None:
    token = valid.token
    position = data.draw(st.integers(token.rindex(".") + 1, len(token) - 1))
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    letter = data.draw(st.sampled_from(letters.replace(token[position], "")))

    assert_refused(client, token[:position] + letter + token[position + 1 :], valid)


@shared_row
@given(data=st.data())
def test_cut_doubled_or_swapped_segments(
    client: Browser, valid: Valid, data: st.DataObject
) -> None:
    segments = valid.token.split(".")
    drawn = data.draw(st.lists(st.sampled_from([*segments, "", "e30"]), max_size=5))

    if drawn == segments:
        assert judged(client, ".".join(drawn)) == (200, [valid.format])
    else:
        assert_refused(client, ".".join(drawn), valid)


@shared_row
@given(name=st.sampled_from(HEADER_MEMBERS) | st.text(max_size=6), value=HEADER_VALUES | JSON)
@example(name="typ", value="at+jwt")
@example(name="typ", value="JWT")
@example(name="alg", value="HS256")
def test_a_changed_header_member_under_a_good_signature(
    client: Browser, valid: Valid, name: str, value: Any
) -> None:
    header = header_of(valid.token)
    changed = header | {name: value}
    is_enhanced = str(changed["typ"]).lower().removeprefix("application/") == "at+jwt"

    status, judges = judged(client, valid.sign(changed, claims_of(valid.token)))

    if changed == header or (is_enhanced and name == "typ" and valid.format == ENHANCED):
        assert (status, judges) == (200, [valid.format])
    else:
        assert status == 401
        assert judges in ([], [ENHANCED] if is_enhanced else [valid.format])


@shared_row
@given(data=st.data(), value=JSON)
def test_a_changed_claim_under_a_good_signature(
    client: Browser, valid: Valid, data: st.DataObject, value: Any
) -> None:
    claims = claims_of(valid.token)
    name = data.draw(st.sampled_from(sorted(claims)))
    kept = type(claims[name]) is type(value) and claims[name] == value

    status, judges = judged(client, valid.sign(header_of(valid.token), claims | {name: value}))

    assert status in ({200, 401} if name in FREE[valid.format] or kept else {401})
    assert judges in ([], [valid.format])


@shared_row
@given(data=st.data())
def test_a_missing_claim_under_a_good_signature(
    client: Browser, valid: Valid, data: st.DataObject
) -> None:
    claims = claims_of(valid.token)
    optional = {"session_id", "device_id", "tfa_verified"}
    del claims[data.draw(st.sampled_from(sorted(claims.keys() - optional)))]

    assert_refused(client, valid.sign(header_of(valid.token), claims), valid)


@shared_row
@given(payload=st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_payload_under_a_good_signature(client: Browser, valid: Valid, payload: bytes) -> None:
    assert_refused(client, valid.sign(header_of(valid.token), payload), valid)


@shared_row
@given(text=st.text(max_size=120))
def test_any_refresh_token(client: Browser, tokens: TokenPair, text: str) -> None:
    response = client.post(
        "/api/v1/auth/token/refresh", json.dumps({"refresh": text}), "application/json"
    )

    assert response.status_code in {401, 422, 429}
    assert Session.objects.get().gen == 1
