"""The token endpoint: codes, refresh tokens, identity and revocation."""

from __future__ import annotations

import base64

import jwt
import pytest

from sandbox.control import Control
from sandbox.server import CLIENT_ID, CLIENT_SECRET
from sandbox.tokens import REFRESH_TOKENS_KEPT
from tests.sandbox.client import (
    ALICE,
    BOB,
    POOL,
    Google,
    Json,
    authorization_url,
    code_in,
    exchange,
    post_token,
    reason,
)


def code_for(control: Control, email: str = ALICE, **changes: str | None) -> str:
    return code_in(control.consent(authorization_url(control.url, **changes), email=email))


def tokens_for(control: Control, email: str = ALICE, **changes: str | None) -> Json:
    answer = exchange(control.url, code_for(control, email, **changes))
    assert answer.status == 200
    return dict(answer.json())


def refresh(control: Control, token: str) -> tuple[int, Json]:
    answer = post_token(control.url, grant_type="refresh_token", refresh_token=token)
    return answer.status, dict(answer.json())


def test_a_code_brings_tokens_that_work(control: Control) -> None:
    tokens = tokens_for(control)
    assert tokens["expires_in"] == 3599
    assert tokens["token_type"] == "Bearer"
    assert Google(control.url, tokens["access_token"]).events()["summary"] == "Alice"
    status, refreshed = refresh(control, tokens["refresh_token"])
    assert status == 200
    assert "refresh_token" not in refreshed
    assert Google(control.url, refreshed["access_token"]).events()["summary"] == "Alice"


def test_the_id_token_identifies_the_account(control: Control) -> None:
    tokens = tokens_for(control, BOB, nonce="a-nonce")
    keys = jwt.PyJWKSet.from_dict(POOL.request("GET", f"{control.url}/oauth2/v3/certs").json())
    key = keys[jwt.get_unverified_header(tokens["id_token"])["kid"]]
    claims = jwt.decode(tokens["id_token"], key, ["RS256"], audience=CLIENT_ID)
    account = next(one for one in control.accounts() if one["email"] == BOB)
    assert claims["iss"] == "https://accounts.google.com"
    assert (claims["sub"], claims["email"]) == (account["sub"], BOB)
    assert claims["email_verified"] is True
    assert claims["nonce"] == "a-nonce"


def test_credentials_may_come_by_basic(control: Control) -> None:
    credentials = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    answer = POOL.request(
        "POST",
        f"{control.url}/token",
        fields={
            "grant_type": "refresh_token",
            "refresh_token": control.grant(ALICE)["refresh_token"],
        },
        encode_multipart=False,
        headers={"Authorization": f"Basic {credentials}"},
    )
    assert answer.status == 200


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"code": "4/0unknown"}, 400, "invalid_grant"),
        ({"code_verifier": "another-verifier-of-forty-three-characters-00"}, 400, "invalid_grant"),
        ({"code_verifier": None}, 400, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1/elsewhere"}, 400, "redirect_uri_mismatch"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": None}, 400, "invalid_request"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_wrong_exchange_is_refused(
    control: Control, changes: dict[str, str | None], status: int, error: str
) -> None:
    answer = exchange(control.url, code_for(control), **changes)
    assert (answer.status, answer.json()["error"]) == (status, error)


def test_a_code_works_once(control: Control) -> None:
    code = code_for(control)
    assert exchange(control.url, code).status == 200
    second = exchange(control.url, code)
    assert (second.status, second.json()["error"]) == (400, "invalid_grant")


def test_a_refresh_token_comes_with_the_first_consent_or_a_prompt(control: Control) -> None:
    assert "refresh_token" in tokens_for(control)
    assert "refresh_token" not in tokens_for(control)
    assert "refresh_token" in tokens_for(control, prompt="consent")
    assert "refresh_token" not in tokens_for(control, BOB, access_type=None)


def test_beyond_the_limit_the_oldest_refresh_token_is_silently_revoked(control: Control) -> None:
    tokens = [control.grant(ALICE)["refresh_token"] for _ in range(REFRESH_TOKENS_KEPT + 1)]
    status, body = refresh(control, tokens[0])
    assert (status, body["error"]) == (400, "invalid_grant")
    assert body["error_description"] == "Token has been expired or revoked."
    assert refresh(control, tokens[1])[0] == 200
    assert refresh(control, tokens[-1])[0] == 200


def test_revoking_ends_every_token_of_the_grant(control: Control) -> None:
    first, second = control.grant(ALICE), control.grant(ALICE)
    revoked = POOL.request("POST", f"{control.url}/revoke?token={first['access_token']}")
    assert revoked.status == 200
    assert refresh(control, second["refresh_token"])[1]["error"] == "invalid_grant"
    calendar = Google(control.url, second["access_token"])
    assert reason(calendar.call("GET", "users/me/calendarList")) == (401, "authError")
    again = POOL.request("POST", f"{control.url}/revoke?token={first['access_token']}")
    assert (again.status, again.json()["error"]) == (400, "invalid_token")


def test_revoking_one_grant_keeps_the_others(control: Control) -> None:
    alice, bob = control.grant(ALICE), control.grant(BOB)
    control.revoke_grant(ALICE)
    assert refresh(control, alice["refresh_token"])[0] == 400
    assert refresh(control, bob["refresh_token"])[0] == 200


def test_expired_access_tokens_are_refused_until_refreshed(control: Control) -> None:
    tokens = control.grant(ALICE)
    assert control.expire_access_tokens(ALICE) == 1
    old = Google(control.url, tokens["access_token"])
    assert reason(old.call("GET", "users/me/calendarList")) == (401, "authError")
    fresh = refresh(control, tokens["refresh_token"])[1]["access_token"]
    assert Google(control.url, fresh).events()["items"] == []
