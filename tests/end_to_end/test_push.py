"""On the running demo a change at Google arrives by push, without polling."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.end_to_end.conftest import Demo
from tests.end_to_end.test_main_path import Phone, eventually, today

KENJI = "kenji@sandbox.example"
pytestmark = pytest.mark.timeout(180)


def test_a_change_is_announced_believed_and_shown(demo: Demo) -> None:
    phone = Phone(demo)
    consent = phone.call("POST", "connections", {})["authorization_url"]
    query = parse_qs(urlsplit(demo.google.consent(consent, email=KENJI)).query)
    answer = {"code": query["code"][0], "state": query["state"][0]}
    phone.call("POST", "connections/google/callback", answer)
    eventually(lambda: f"events:{KENJI}" in [one["resource"] for one in demo.google.channels()])

    on = today()
    demo.google.add_event(
        KENJI,
        {
            "summary": "Announced",
            "start": {"dateTime": f"{on}T12:00:00Z"},
            "end": {"dateTime": f"{on}T13:00:00Z"},
        },
    )
    window = f"occurrences?start={on}&end={on}T23:59:59Z"

    eventually(
        lambda: "Announced" in [one["summary"] for one in phone.call("GET", window)["results"]]
    )

    announced = [push for push in demo.google.pushes() if push["state"] == "exists"]
    assert {push["status"] for push in announced} == {204}
