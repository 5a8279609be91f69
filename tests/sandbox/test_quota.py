"""Quotas: calls per minute, per user and per project."""

from __future__ import annotations

from sandbox.control import Control
from tests.sandbox.client import BOB, Google, events_path, reason, signed_in


def test_a_person_past_the_limit_is_refused_while_others_go_on(
    alice: Google, control: Control
) -> None:
    bob = signed_in(control, BOB)
    control.set_quota(per_user=2)
    assert [alice.call("GET", events_path()).status for _ in range(2)] == [200, 200]
    refused = alice.call("GET", events_path())
    assert reason(refused) == (403, "userRateLimitExceeded")
    assert refused.json()["error"]["status"] == "PERMISSION_DENIED"
    assert "Queries per minute per user" in refused.json()["error"]["message"]
    assert bob.call("GET", events_path()).status == 200


def test_the_project_has_a_limit_of_its_own(alice: Google, control: Control) -> None:
    bob = signed_in(control, BOB)
    control.set_quota(per_project=2)
    statuses = [one.call("GET", events_path()).status for one in (alice, bob, alice)]
    assert statuses == [200, 200, 403]
    control.set_quota()
    assert alice.call("GET", events_path()).status == 200
