"""Users who send requests to Daybook over their own connections, and the responses they got."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

HOST = "127.0.0.1"
PATIENCE_SECONDS = 30.0
RANGE = "start=2026-03-01T00:00:00Z&end=2026-03-31T00:00:00Z"


@dataclass(frozen=True)
class Answer:
    """A response; `status` 0 means none. Times are on time.monotonic()."""

    path: str
    status: int
    body: Any
    began_at: float
    ended_at: float

    @property
    def seconds(self) -> float:
        return self.ended_at - self.began_at


@dataclass
class Person:
    """Writes increasing numbers and reads them back; `wrong` lists incorrect responses.

    One thread writes, another reads: a correct value lies between the last write that was
    acknowledged when the request was sent, and the last one sent when its response arrived.
    """

    name: str
    access: str
    port: int
    acknowledged: int = 0
    sent: int = 0
    answers: list[Answer] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def write(self) -> None:
        self.sent += 1
        number = self.sent
        answer = self._ask("PATCH", "/api/v1/profile", {"bio": self._bio(number)})
        if answer.status == 200:
            self._expect(answer.body["bio"] == self._bio(number), answer)
            self.acknowledged = number

    def read(self) -> None:
        least = self.acknowledged
        answer = self._ask("GET", "/api/v1/profile")
        if answer.status == 200:
            name, _, number = (answer.body["bio"] or self._bio(0)).rpartition(" ")
            self._expect(name == self.name and least <= int(number) <= self.sent, answer)

    def look(self) -> None:
        """Check that the user's calendar contains one event, with the user's name."""
        answer = self._ask("GET", f"/api/v1/occurrences?{RANGE}")
        if answer.status == 200:
            mine = {one["summary"] for one in answer.body["results"]}
            self._expect(mine == {f"Day of {self.name}"}, answer)

    def ask_until(self, over: threading.Event, pause_seconds: float) -> Iterator[threading.Thread]:
        """Start the threads of a constant load."""
        steps: tuple[tuple[Callable[[], None], ...], ...] = ((self.write,), (self.read, self.look))
        for together in steps:
            thread = threading.Thread(target=_repeat, args=(together, over, pause_seconds))
            thread.start()
            yield thread

    def _bio(self, number: int) -> str:
        return f"{self.name} {number}"

    def _expect(self, is_true: bool, answer: Answer) -> None:
        if not is_true:
            self.wrong.append(f"{self.name}: {answer.path}: {answer.body}")

    def _ask(self, method: str, path: str, body: object = None) -> Answer:
        began_at = time.monotonic()
        status, told = self._send(method, path, body)
        answer = Answer(f"{method} {path}", status, told, began_at, time.monotonic())
        self.answers.append(answer)
        return answer

    def _send(self, method: str, path: str, body: object) -> tuple[int, Any]:
        wire = HTTPConnection(HOST, self.port, timeout=PATIENCE_SECONDS)
        headers = {"Authorization": f"Bearer {self.access}", "Content-Type": "application/json"}
        try:
            wire.request(method, path, json.dumps(body) if body else None, headers)
            response = wire.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, HTTPException, ValueError) as error:
            return 0, repr(error)
        finally:
            wire.close()


def _repeat(
    steps: tuple[Callable[[], None], ...], over: threading.Event, pause_seconds: float
) -> None:
    while not over.is_set():
        for step in steps:
            step()
            time.sleep(pause_seconds)
