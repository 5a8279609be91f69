"""Faults that a test orders: which call of a kind goes wrong, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from fnmatch import fnmatchcase
from itertools import count
from typing import Any

from sandbox.errors import ERRORS
from sandbox.wire import Call, Json


class Stage(Enum):
    """Where a fault takes hold."""

    INSTEAD = "answers in place of the work"
    BEFORE = "before the work, which may never come"
    AFTER = "after the work, on its answer"
    TWIST = "the work itself answers oddly"


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A fault by name: where it takes hold, what it does and its parameters with defaults."""

    stage: Stage
    does: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


FAULTS: dict[str, FaultKind] = {
    "status": FaultKind(
        Stage.INSTEAD,
        "answers with a status and body",
        {
            "status": 500,
            "body": "",
            "content_type": "application/json; charset=UTF-8",
            "headers": {},
        },
    ),
    "google_error": FaultKind(
        Stage.INSTEAD,
        "answers with one of Google's named errors",
        {"error": "backendError", "headers": {}},
    ),
    "oauth_error": FaultKind(
        Stage.INSTEAD,
        "answers with an error in the token endpoint's shape",
        {
            "error": "invalid_grant",
            "description": "Token has been expired or revoked.",
            "status": 400,
        },
    ),
    "html": FaultKind(Stage.INSTEAD, "answers with a page of HTML", {"status": 200}),
    "hang": FaultKind(Stage.BEFORE, "says nothing, then breaks off", {"seconds": 3600.0}),
    "drop": FaultKind(Stage.BEFORE, "resets the connection before any work"),
    "delay": FaultKind(Stage.BEFORE, "waits, then answers normally", {"seconds": 1.0}),
    "lost_answer": FaultKind(Stage.AFTER, "does the work and resets the connection"),
    "drop_mid_body": FaultKind(Stage.AFTER, "breaks off in the middle of the body"),
    "half_json": FaultKind(Stage.AFTER, "answers half of the JSON as if it were whole"),
    "slow_answer": FaultKind(Stage.AFTER, "does the work, then waits", {"seconds": 1.0}),
    "empty_page": FaultKind(Stage.TWIST, "lists an empty page with a nextPageToken"),
    "short_list": FaultKind(Stage.TWIST, "lists a part of all as if it were all", {"keep": 0.0}),
    "stale_repeats": FaultKind(
        Stage.TWIST, "lists every state since the sync token, the newest first"
    ),
    "cut_list": FaultKind(
        Stage.TWIST, "lists a part of all, and names neither a page nor a cursor", {"keep": 0.5}
    ),
    "malformed_item": FaultKind(
        Stage.TWIST,
        "lists the page with one more item, malformed or as given",
        {"json": ""},
    ),
}


@dataclass(slots=True)
class Rule:
    """The first..last call that matches meets the fault; last None: every one from first on."""

    id: int
    fault: str
    on: str
    first: int
    last: int | None
    account: str | None
    calendar: str | None
    parameters: Json
    seen: int = 0
    hits: int = 0

    def matches(self, call: Call) -> bool:
        """Whether it is about this call; `on` may hold wildcards, as in `events.*`."""
        return (
            fnmatchcase(call.kind, self.on)
            and self.account in (None, call.email)
            and self.calendar in (None, call.arguments.get("calendarId"))
        )

    def meets(self, call: Call) -> bool:
        """Counts a call and says whether this one goes wrong."""
        if not self.matches(call):
            return False
        self.seen += 1
        hit = self.first <= self.seen and (self.last is None or self.seen <= self.last)
        self.hits += hit
        return hit

    def resource(self) -> Json:
        """The rule as the admin address shows it."""
        return asdict(self)


class FaultBook:
    """The faults on order."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._ids = count(1)

    def order(self, request: Json) -> Rule:
        """Takes an order; ValueError names what is wrong with it."""
        fault = str(request.get("fault"))
        if fault not in FAULTS:
            raise ValueError(f"no fault {fault!r}; there are {', '.join(sorted(FAULTS))}")
        parameters = request.get("parameters") or {}
        unknown = parameters.keys() - FAULTS[fault].parameters.keys()
        if unknown:
            raise ValueError(f"fault {fault!r} has no parameter {', '.join(sorted(unknown))}")
        if fault == "google_error" and parameters.get("error", "backendError") not in ERRORS:
            raise ValueError(f"no error of that name; there are {', '.join(sorted(ERRORS))}")
        rule = self._rule(fault, request, {**FAULTS[fault].parameters, **parameters})
        self._rules.append(rule)
        return rule

    def _rule(self, fault: str, request: Json, parameters: Json) -> Rule:
        first = int(request.get("first", 1))
        last = request.get("last", first)
        return Rule(
            id=next(self._ids),
            fault=fault,
            on=str(request.get("on", "*")),
            first=first,
            last=None if last is None else int(last),
            account=request.get("account"),
            calendar=request.get("calendar"),
            parameters=parameters,
        )

    def meet(self, call: Call) -> Rule | None:
        """The fault that this call meets: every rule counts it, the oldest that hits wins."""
        hits = [rule for rule in self._rules if rule.meets(call)]
        return hits[0] if hits else None

    def rules(self) -> list[Rule]:
        """All orders, the spent ones too."""
        return list(self._rules)

    def clear(self) -> None:
        """Takes every order back."""
        self._rules.clear()
