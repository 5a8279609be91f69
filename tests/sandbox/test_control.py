"""The admin API: who may use it, what it refuses, and what the log leaves out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.control import Control, ControlError
from sandbox.server import CLIENT_SECRET
from tests.sandbox.client import (
    ALICE,
    POOL,
    Google,
    authorization_url,
    code_in,
    events_path,
    exchange,
    lunch,
)


def test_the_log_names_requests_without_tokens_or_secrets(alice: Google, control: Control) -> None:
    location = control.consent(authorization_url(control.url, prompt="consent"), email=ALICE)
    code = code_in(location)
    tokens = exchange(control.url, code).json()
    alice.call("GET", events_path(), access_token=tokens["access_token"])
    entries = control.requests()
    kinds = ["oauth.authorize", "oauth.authorize", "token.code", "events.list"]
    assert [entry["kind"] for entry in entries] == kinds
    assert entries[3]["calendar"] == entries[3]["account"] == ALICE
    assert entries[3]["status"] == 200
    for secret in (code, tokens["access_token"], tokens["refresh_token"], CLIENT_SECRET):
        assert secret not in str(entries)
    assert control.counts() == {"oauth.authorize": 2, "token.code": 1, "events.list": 1}
    control.clear_requests()
    assert (control.requests(), control.counts()) == ([], {})


def test_a_name_that_points_here_is_not_enough(control: Control) -> None:
    answer = POOL.request("GET", f"{control.url}/sandbox/accounts",
                          headers={"Host": "attacker.example"})  # fmt: skip
    assert answer.status == 403


def test_a_form_from_a_page_elsewhere_is_refused(control: Control) -> None:
    answer = POOL.request("POST", f"{control.url}/sandbox/reset", fields={}, encode_multipart=False)
    assert answer.status == 415
    assert len(control.accounts()) == 3


def test_a_wrong_order_says_why(control: Control) -> None:
    with pytest.raises(ControlError, match="already"):
        control.create_account(ALICE)
    with pytest.raises(ControlError, match="missing or unknown"):
        control.bulk("nobody@example.org", 1)
    with pytest.raises(ControlError, match="Missing end time"):
        control.add_event(ALICE, {"start": {"date": "2026-03-02"}})


def test_a_reset_forgets_all_but_the_clients(alice: Google, control: Control) -> None:
    alice.insert(lunch())
    control.order_fault("drop", "*", always=True)
    control.reset()
    assert control.accounts() == []
    assert alice.call("GET", events_path()).status == 401
    control.create_account(ALICE)
    assert control.consent(authorization_url(control.url)).count("code=") == 1


def test_a_call_from_before_a_reset_is_not_counted_after_it(
    alice: Google, control: Control
) -> None:
    control.order_fault("slow_answer", "events.list", seconds=1.0)
    with ThreadPoolExecutor() as threads:
        late = threads.submit(alice.call, "GET", events_path())
        while not control.faults()[0]["hits"]:
            assert not late.done()
        control.reset()
        late.result()
    assert control.counts() == {}


def test_the_environment_points_a_client_here(control: Control) -> None:
    environment = control.environment
    assert environment["GOOGLE_API_ROOT"] == control.url
    assert all(address.startswith(control.url) for address in environment.values())
