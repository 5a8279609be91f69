"""Twenty devices edit one set of events at once over the API of a real server: nothing is lost.

Each edit adds a word of its own to what it has read, with If-Match: an edit that was acknowledged
and then overwritten would be missing. SHARED_SET_SECONDS says how long (3 by default).
"""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import User
from calendars.models import Calendar, Event, EventChange
from tests.accounts.serving import HOST, PATIENCE_SECONDS, serving
from tests.calendars.phone import LUNCH
from tests.factories import make_session

DEVICES, EVENTS = 20, 10
SECONDS = float(os.environ.get("SHARED_SET_SECONDS", "3"))
LONGEST = 7000  # of a description; then it begins again, and history has the former words


@dataclass
class Device:
    """One session of the owner, with a connection of its own."""

    number: int
    port: int
    token: str
    answers: Counter[int] = field(default_factory=Counter)
    acknowledged: list[str] = field(default_factory=list)

    def work(self, events: list[str], until: float) -> Device:
        chance = random.Random(self.number)
        self.wire = HTTPConnection(HOST, self.port, timeout=PATIENCE_SECONDS)
        while time.monotonic() < until:
            self.edit(chance.choice(events))
        self.wire.close()
        return self

    def edit(self, event_id: str) -> None:
        _status, etag, seen = self.ask("GET", event_id)
        word = f"{self.number}-{len(self.acknowledged)}-{uuid4().hex[:6]}"
        words = seen["description"] if len(seen["description"]) < LONGEST else ""
        status, _etag, _told = self.ask(
            "PATCH", event_id, {"description": f"{words} {word}"}, if_match=etag
        )
        self.answers[status] += 1
        if status == 200:
            self.acknowledged.append(word)

    def ask(
        self, method: str, event_id: str, body: Any = None, *, if_match: str = ""
    ) -> tuple[int, str, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if if_match:
            headers["If-Match"] = if_match
        content = None if body is None else json.dumps(body)
        self.wire.request(method, f"/api/v1/events/{event_id}", content, headers)
        answer = self.wire.getresponse()
        text = answer.read()
        return answer.status, answer.headers.get("ETag", ""), json.loads(text)


@pytest.mark.django_db(transaction=True)
def test_no_acknowledged_edit_is_lost(alice: User, record_property: Any) -> None:
    calendar = Calendar.objects.create(owner=alice, name="Shared")
    tokens = [make_session(alice).access for _ in range(DEVICES)]
    with serving(processes=2) as server:
        events = [_create(server, tokens[0], calendar) for _ in range(EVENTS)]
        until = time.monotonic() + SECONDS
        devices = [Device(number, server.port, token) for number, token in enumerate(tokens)]
        with ThreadPoolExecutor(DEVICES) as pool:
            done = list(pool.map(lambda device: device.work(events, until), devices))

    answers = sum((device.answers for device in done), Counter[int]())
    acknowledged = [word for device in done for word in device.acknowledged]
    print(f"{SECONDS:g} s, {DEVICES} devices: {dict(answers)}, {len(acknowledged)} acknowledged")
    assert set(answers) <= {200, 412}
    assert answers[200] == len(acknowledged) > 0
    missing = set(acknowledged) - _words()
    assert not missing, f"{len(missing)} of {len(acknowledged)} acknowledged edits are lost"
    assert EventChange.objects.filter(kind="updated").count() == len(acknowledged)


def _create(server: Any, token: str, calendar: Calendar) -> str:
    path = f"/api/v1/calendars/{calendar.pk}/events"
    answer = server.send("POST", path, token=token, body={**LUNCH, "uid": uuid4().hex})
    assert answer.status == 201, answer.text
    return str(answer.json()["id"])


def _words() -> set[str]:
    """Those of the end state and of the history."""
    texts = list(Event.objects.values_list("description", flat=True))
    befores = EventChange.objects.exclude(before=None).values_list("before__description", flat=True)
    return {word for text in (*texts, *befores) for word in (text or "").split()}
