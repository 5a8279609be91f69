"""Batches: each inner call has its own status, authorization, faults and log entry."""

from __future__ import annotations

import json
from email.parser import BytesParser

from sandbox.control import Control
from tests.sandbox.client import ALICE, POOL, Google, Json, events_path, lunch


def batch(google: Google, calls: list[tuple[str, str, Json | None]]) -> list[tuple[int, Json]]:
    parts = []
    for number, (method, path, body) in enumerate(calls):
        content = "" if body is None else json.dumps(body)
        parts.append(
            f"--border\r\nContent-Type: application/http\r\nContent-ID: <call-{number}>\r\n\r\n"
            f"{method} /calendar/v3/{path} HTTP/1.1\r\nContent-Type: application/json\r\n"
            f"\r\n{content}\r\n"
        )
    answer = POOL.request("POST", f"{google.url}/batch/calendar/v3",
                          body="".join(parts) + "--border--",
                          headers={**google.headers,
                                   "Content-Type": "multipart/mixed; boundary=border"})  # fmt: skip
    assert answer.status == 200, answer.data
    return read_answers(answer.headers["Content-Type"], answer.data)


def read_answers(content_type: str, body: bytes) -> list[tuple[int, Json]]:
    message = BytesParser().parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    answers = []
    for number, part in enumerate(message.get_payload()):
        assert part["Content-ID"] == f"<response-call-{number}>"
        head, _, content = part.get_payload().replace("\r\n", "\n").partition("\n\n")
        answers.append((int(head.split()[1]), json.loads(content) if content.strip() else {}))
    return answers


def test_mixed_answers_in_the_order_of_the_calls(alice: Google, control: Control) -> None:
    event = alice.insert(lunch())
    answers = batch(alice, [
        ("GET", events_path("primary", event["id"]), None),
        ("POST", events_path(), lunch("Brunch", id="chosen0id1")),
        ("POST", events_path(), lunch("Brunch", id="chosen0id1")),
        ("DELETE", events_path("primary", event["id"]), None),
        ("GET", "nothing/here", None),
    ])  # fmt: skip
    assert [status for status, _ in answers] == [200, 200, 409, 204, 404]
    assert answers[0][1] == event
    assert [one["summary"] for one in control.truth(ALICE)["events"]] == ["Brunch"]
    kinds = [entry["kind"] for entry in control.requests()]
    assert kinds[1:] == ["events.get", "events.insert", "events.insert", "events.delete",
                         "unknown", "batch"]  # fmt: skip


def test_a_fault_applies_to_one_inner_call(alice: Google, control: Control) -> None:
    control.order_fault("google_error", "events.insert", first=2, error="rateLimitExceeded")
    calls: list[tuple[str, str, Json | None]] = [("POST", events_path(), lunch(n)) for n in "abc"]
    assert [status for status, _ in batch(alice, calls)] == [200, 403, 200]
    assert [one["summary"] for one in control.truth(ALICE)["events"]] == ["a", "c"]


def test_inner_calls_count_against_the_quota(alice: Google, control: Control) -> None:
    control.set_quota(per_user=2)
    calls: list[tuple[str, str, Json | None]] = [("GET", events_path(), None)] * 3
    statuses = [status for status, _ in batch(alice, calls)]
    assert statuses == [200, 200, 403]


def test_too_many_calls_and_no_calls_are_refused(alice: Google) -> None:
    part = (
        "--b\r\nContent-Type: application/http\r\n\r\nGET /calendar/v3/colors HTTP/1.1\r\n\r\n\r\n"
    )
    headers = {**alice.headers, "Content-Type": "multipart/mixed; boundary=b"}
    for body, given in ((part * 1001 + "--b--", headers), ("", headers), (part, alice.headers)):
        answer = POOL.request("POST", f"{alice.url}/batch/calendar/v3", body=body, headers=given)
        assert answer.status == 400
