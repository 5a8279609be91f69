"""What is no valid access token is refused the same way, at no cost, whatever is wrong with it."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from accounts.models import RevocationReason, Session, User
from accounts.sessions.lifecycle import TokenPair, end_session
from tests.accounts.ask import REQUEST_ID, ask, ask_counting
from tests.accounts.forge import assemble, claims_of, encode, our_header, sign
from tests.accounts.forgeries import (
    CLAIMS,
    EXTENSIONS,
    INVALID,
    NOT_IDS,
    NOT_KIDS,
    NOT_TIMES,
    OUR_PUBLIC_KEY,
    TIMES,
    hmac_under,
    json_serialisation,
    stranger_under_our_kid,
    unknown_key,
    with_claims,
    with_header,
    with_raw_claim,
    with_signature,
    without_claim,
    without_header_member,
)
from tests.factories import (
    LEGACY_SECRET,
    legacy_claims,
    make_legacy_token,
    make_session,
    make_user,
)
from tests.http import Response

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]

OLD_SECRET = LEGACY_SECRET.encode()
SOMEBODY = User(email="alice@example.org", legacy_id=7)


@pytest.fixture
def tokens(alice: User) -> TokenPair:
    return make_session(alice)


def assert_refused(response: Response, code: str = "token-invalid") -> None:
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == INVALID
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Type"] == "application/problem+json"
    detail = {
        "token-invalid": "The access token isn't valid. Refresh it, or sign in again.",
        "token-expired": "The access token has expired. Refresh it.",
    }[code]
    assert json.loads(response.content) == {
        "type": f"urn:daybook:problem:{code}",
        "title": "Sign-in required",
        "status": 401,
        "detail": detail,
        "code": code,
        "request_id": REQUEST_ID,
    }


CASES: dict[str, Callable[[str], str]] = {
    "no dot": lambda _: "token",
    "two segments": lambda access: access.rpartition(".")[0],
    "four segments": lambda access: f"{access}.e30",
    "five segments, as JWE": lambda access: f"{access}.e30.e30",
    "JSON serialisation": json_serialisation,
    "padded": lambda access: f"{access}=",
    "empty signature": with_signature(b""),
    "null signature": with_signature(bytes(64)),
    "one byte of signature": with_signature(b"\x00"),
    "r = 0, s = 1": with_signature(bytes(63) + b"\x01"),
    "typ rewritten": with_header(typ="JWT"),
    "typ absent": without_header_member("typ"),
    "typ of another kind": with_header(typ="dpop+jwt"),
    "typ a list": with_header(typ=["at+jwt"]),
    "alg none": lambda access: assemble(our_header(alg="none"), claims_of(access), lambda _: b"0"),
    "alg NONE unsigned": lambda access: assemble(
        our_header(alg="NONE"), claims_of(access), lambda _: b""
    ),
    "alg absent": without_header_member("alg"),
    "alg a list": with_header(alg=["ES256"]),
    "alg of another family": with_header(alg="RS256"),
    "HS256 under the legacy secret": hmac_under(lambda: OLD_SECRET),
    "HS256 under the legacy secret, typ JWT": hmac_under(lambda: OLD_SECRET, typ="JWT"),
    **{
        f"HS256 under our public key as {form}": hmac_under(key)
        for form, key in OUR_PUBLIC_KEY.items()
    },
    "legacy claims under our key": lambda _: sign(our_header(), legacy_claims(SOMEBODY)),
    "legacy claims under our key, typ JWT": lambda _: sign(
        our_header(typ="JWT"), legacy_claims(SOMEBODY)
    ),
    "legacy claims, HS256": lambda _: make_legacy_token(legacy_claims(SOMEBODY)),
    "kid absent": without_header_member("kid"),
    "kid of an unknown key": unknown_key,
    "another key under our kid": stranger_under_our_kid,
    "payload is a list": lambda _: sign(our_header(), b"[]"),
    "payload is no JSON": lambda _: sign(our_header(), b"{"),
    "payload is no UTF-8": lambda _: sign(our_header(), b'{"sub": "\xff"}'),
    "payload nested": lambda _: sign(our_header(), b"[" * 2500),
    "header nested 100,000 deep": lambda _: f"{encode(b'[' * 100_000)}.e30.e30",
    "header nested": lambda access: f"{encode(b'[' * 2900)}.e30.e30",
    "header is a list": lambda access: sign(b'["at+jwt"]', claims_of(access)),
    "header member repeated": lambda access: sign(
        json.dumps(our_header())[:-1].encode() + b', "typ": "at+jwt"}', claims_of(access)
    ),
    "claim repeated": with_raw_claim('"jti": "another-token-id"'),
    "claim repeated inside": with_raw_claim('"extra": {"a": 1, "a": 2}'),
    "exp NaN": with_raw_claim('"extra": NaN'),
    "exp Infinity": with_raw_claim('"extra": Infinity'),
    "exp of 2,000 digits": with_claims(exp=int("9" * 2000)),
    "issuer wrong": with_claims(iss="https://evil.example"),
    "issuer cut short": lambda access: with_claims(iss=claims_of(access)["iss"][:-1])(access),
    "issuer longer": lambda access: with_claims(iss=claims_of(access)["iss"] + "/")(access),
    "issuer a list": lambda access: with_claims(iss=[claims_of(access)["iss"]])(access),
    "audience wrong": with_claims(aud="https://evil.example/api/v1/"),
    "audience a list": lambda access: with_claims(aud=[claims_of(access)["aud"]])(access),
    "not valid yet": with_claims(nbf=int(time.time()) + 3600),
    "issued in the future": with_claims(iat=int(time.time()) + 3600),
    "non-ASCII": lambda access: access.replace(access[-1], "é"),
    "NUL": lambda access: access[:-1] + "\x00",
    "over 4 KB": lambda access: access + "A" * 4096,
    **{f"header has {name}": with_header(**{name: value}) for name, value in EXTENSIONS.items()},
    **{f"kid = {kid!r:.30}": with_header(kid=kid) for kid in NOT_KIDS},
    **{f"no {name}": without_claim(name) for name in CLAIMS + TIMES},
    **{f"{t} = {v!r}": with_claims(**{t: v}) for t in [*TIMES, "gen", "ver"] for v in NOT_TIMES},
    **{f"{n} = {v!r:.30}": with_claims(**{n: v}) for n in ("sub", "sid") for v in NOT_IDS},
    "amr a text": with_claims(amr="pwd"),
    "amr of numbers": with_claims(amr=[1]),
    "scope with a line break": with_claims(scope="api\n"),
    "jti with a lone surrogate": with_claims(jti="\ud800" * 8),
}


@pytest.mark.parametrize("forge", CASES.values(), ids=CASES.keys())
def test_no_such_token_is_accepted(
    forge: Callable[[str], str], tokens: TokenPair, bob: User, client: Browser
) -> None:
    client.force_login(bob)

    response, statements = ask_counting(f"Bearer {forge(tokens.access)}", client)

    assert_refused(response)
    assert statements == 0


def test_the_token_that_they_are_made_of_is_good(tokens: TokenPair, alice: User) -> None:
    response = ask(f"Bearer {sign(our_header(), claims_of(tokens.access))}")

    assert response.status_code == 200
    assert response.json() == {"user": str(alice.public_id), "method": "enhanced"}


@pytest.mark.parametrize("typ", ["AT+JWT", "application/at+jwt"])
def test_the_type_may_be_spelled_as_rfc_9068_allows(tokens: TokenPair, typ: str) -> None:
    response = ask(f"Bearer {sign(our_header(typ=typ), claims_of(tokens.access))}")

    assert response.status_code == 200


def test_an_expired_token_is_told_so_once_its_signature_held(tokens: TokenPair) -> None:
    claims = claims_of(tokens.access) | {"exp": int(time.time()) - 60}

    response, statements = ask_counting(f"Bearer {sign(our_header(), claims)}")
    assert_refused(response, "token-expired")
    assert statements == 0

    response, statements = ask_counting(f"Bearer {stranger_under_our_kid(sign({}, claims))}")
    assert_refused(response)
    assert statements == 0


def test_the_clock_may_lag_by_the_configured_seconds(tokens: TokenPair) -> None:
    claims = claims_of(tokens.access) | {"exp": int(time.time()) - 3}

    assert ask(f"Bearer {sign(our_header(), claims)}").status_code == 200


def old_epoch(user: User, session: Session) -> None:
    User.objects.filter(pk=user.pk).update(auth_epoch=user.auth_epoch + 1)


def inactive(user: User, session: Session) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def deleted(user: User, session: Session) -> None:
    user.delete()


def revoked(user: User, session: Session) -> None:
    end_session(session=session, reason=RevocationReason.SIGNED_OUT)


def idle_too_long(user: User, session: Session) -> None:
    Session.objects.filter(pk=session.pk).update(idle_expires_at=session.created_at)


def of_another_client(user: User, session: Session) -> None:
    Session.objects.filter(pk=session.pk).update(client_id="tablet")


def of_another_owner(user: User, session: Session) -> None:
    Session.objects.filter(pk=session.pk).update(user=make_user("bob@example.org"))


STATES = [
    old_epoch,
    inactive,
    deleted,
    revoked,
    idle_too_long,
    of_another_client,
    of_another_owner,
]


@pytest.mark.parametrize("change", STATES, ids=lambda change: change.__name__)
def test_a_good_token_of_a_bad_session_costs_one_statement(
    change: Callable[[User, Session], None], tokens: TokenPair, alice: User
) -> None:
    change(alice, Session.objects.get())

    response, statements = ask_counting(f"Bearer {tokens.access}")

    assert_refused(response)
    assert statements == 1


@pytest.mark.parametrize("changes", [{"sid": str(uuid.uuid4())}, {"gen": 2}, {"ver": 2}])
def test_claims_must_fit_the_session(tokens: TokenPair, changes: dict[str, Any]) -> None:
    forged = sign(our_header(), claims_of(tokens.access) | changes)

    response, statements = ask_counting(f"Bearer {forged}")

    assert_refused(response)
    assert statements == 1


def test_neither_refresh_token_nor_reset_link_is_an_access_token(
    tokens: TokenPair, alice: User
) -> None:
    for text in (tokens.refresh, default_token_generator.make_token(alice)):
        response, statements = ask_counting(f"Bearer {text}")
        assert_refused(response)
        assert statements == 0


def test_an_access_token_is_no_refresh_token(tokens: TokenPair, client: Browser) -> None:
    with CaptureQueriesContext(connection) as queries:
        response = client.post(
            "/api/v1/auth/token/refresh", {"refresh": tokens.access}, "application/json"
        )

    assert response.status_code == 401
    assert response.json()["code"] == "refresh-refused"
    assert len(queries) == 0
