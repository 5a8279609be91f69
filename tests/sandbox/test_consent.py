"""The consent page: what it asks a user, and where the browser is redirected."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.control import Control
from tests.sandbox.client import (
    ALICE,
    BOB,
    CALENDAR_SCOPE,
    POOL,
    REDIRECT,
    authorization_url,
    exchange,
)


def sent_back(location: str) -> dict[str, str]:
    assert location.startswith(f"{REDIRECT}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def test_allow_sends_a_code_and_the_state_back(control: Control) -> None:
    answer = sent_back(control.consent(authorization_url(control.url), email=BOB))
    assert answer["state"] == "a-state"
    assert CALENDAR_SCOPE in answer["scope"]
    assert answer["code"]


def test_deny_sends_access_denied_and_the_state_back(control: Control) -> None:
    answer = sent_back(control.consent(authorization_url(control.url), allow=False))
    assert answer == {"error": "access_denied", "state": "a-state"}


def test_the_page_says_that_it_is_not_google_and_preselects_the_hint(control: Control) -> None:
    page = POOL.request("GET", authorization_url(control.url, login_hint=BOB)).data.decode()
    assert "Sandbox Google" in page
    assert "demo and test equipment, not Google" in page
    assert f'value="{BOB}" checked' in page
    assert f'value="{ALICE}" checked' not in page


def test_an_unticked_scope_is_not_granted_but_the_identity_is(control: Control) -> None:
    url = authorization_url(
        control.url, scope=f"openid email {CALENDAR_SCOPE}.readonly {CALENDAR_SCOPE}.events"
    )
    answer = sent_back(control.consent(url, email=ALICE, scopes=[f"{CALENDAR_SCOPE}.readonly"]))
    tokens = exchange(control.url, answer["code"]).json()
    assert set(tokens["scope"].split()) == {
        "openid",
        "https://www.googleapis.com/auth/userinfo.email",
        f"{CALENDAR_SCOPE}.readonly",
    }


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"redirect_uri": "https://evil.example/callback"}, 400, "redirect_uri_mismatch"),
        ({"redirect_uri": "http://127.0.0.1.evil.example/"}, 400, "redirect_uri_mismatch"),
        ({"response_type": "token"}, 400, "unsupported_response_type"),
        ({"scope": None}, 400, "invalid_request"),
        ({"code_challenge_method": "plain"}, 400, "invalid_request"),
    ],
)
def test_a_wrong_request_stays_on_an_error_page(
    control: Control, changes: dict[str, str | None], status: int, error: str
) -> None:
    answer = POOL.request("GET", authorization_url(control.url, **changes), redirect=False)
    assert answer.status == status
    assert f"Error {status}: {error}" in answer.data.decode()
    assert "Location" not in answer.headers


def test_a_registered_redirect_is_accepted(control: Control) -> None:
    control.register_client("phone", "a-secret", ["https://daybook.example/callback"])
    url = authorization_url(
        control.url, client_id="phone", redirect_uri="https://daybook.example/callback"
    )
    assert control.consent(url).startswith("https://daybook.example/callback?code=")


def test_without_a_prompt_only_a_granted_scope_passes(control: Control) -> None:
    silent = authorization_url(control.url, prompt="none", login_hint=ALICE)
    assert sent_back(control.consent(silent))["error"] == "consent_required"
    control.consent(authorization_url(control.url), email=ALICE)
    assert "code" in sent_back(control.consent(silent))
    nobody = authorization_url(control.url, prompt="none")
    assert sent_back(control.consent(nobody))["error"] == "interaction_required"
