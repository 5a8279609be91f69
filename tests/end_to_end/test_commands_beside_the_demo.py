"""Commands in the demo's checkout use the demo's sandbox Google, and leave its servers running."""

from __future__ import annotations

import subprocess
import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.end_to_end.conftest import Demo, ungiven
from tests.end_to_end.test_main_path import BOB, Phone

DESK = "desk@sandbox.example"
pytestmark = pytest.mark.timeout(180)


def run(demo: Demo, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [".venv/bin/python", "manage.py", *arguments],
        cwd=demo.checkout,
        env=ungiven(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_sync_in_the_foreground_asks_the_sandbox(demo: Demo) -> None:
    demo.google.create_account(DESK)
    phone = Phone(demo)
    consent = phone.call("POST", "connections", {})["authorization_url"]
    query = parse_qs(urlsplit(demo.google.consent(consent, email=DESK)).query)
    answer = {"code": query["code"][0], "state": query["state"][0]}
    connection = phone.call("POST", "connections/google/callback", answer)["id"]

    ended = run(demo, "sync", "--connection", connection)

    assert (ended.returncode, ended.stderr) == (0, "")
    assert "Calendar list: " in ended.stdout
    assert "completed" in ended.stdout
    assert f"{connection}  {BOB}  {DESK}  active" in run(demo, "sync").stdout


def test_a_second_demo_ends_without_a_word_of_stopping_servers(demo: Demo) -> None:
    ended = run(demo, "demo", "--port", "1")

    assert ended.returncode == 1
    assert f"already runs in this checkout: {demo.url}, process" in ended.stderr
    assert "Stopping" not in ended.stdout
    with urllib.request.urlopen(f"{demo.url}/readyz") as ready:
        assert ready.status == 200
