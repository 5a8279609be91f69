"""Injected faults: which call of a kind fails, and how."""

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
    """The stage of a call at which a fault acts."""

    INSTEAD = "responds without doing the work"
    BEFORE = "before the work, which may not be done"
    AFTER = "after the work, on its response"
    DISTORT = "changes the result of the work"


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A kind of fault: its stage, its effect, and its parameters with defaults."""

    stage: Stage
    does: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


FAULTS: dict[str, FaultKind] = {
    "status": FaultKind(
        Stage.INSTEAD,
        "responds with a status and body",
        {
            "status": 500,
            "body": "",
            "content_type": "application/json; charset=UTF-8",
            "headers": {},
        },
    ),
    "google_error": FaultKind(
        Stage.INSTEAD,
        "responds with one of Google's named errors",
        {"error": "backendError", "headers": {}},
    ),
    "oauth_error": FaultKind(
        Stage.INSTEAD,
        "responds with an error in the format of the token endpoint",
        {
            "error": "invalid_grant",
            "description": "Token has been expired or revoked.",
            "status": 400,
        },
    ),
    "html": FaultKind(Stage.INSTEAD, "responds with an HTML page", {"status": 200}),
    "hang": FaultKind(
        Stage.BEFORE, "sends nothing, then closes the connection", {"seconds": 3600.0}
    ),
    "drop": FaultKind(Stage.BEFORE, "resets the connection before the work"),
    "delay": FaultKind(Stage.BEFORE, "waits, then responds normally", {"seconds": 1.0}),
    "lost_answer": FaultKind(Stage.AFTER, "does the work and resets the connection"),
    "drop_mid_body": FaultKind(Stage.AFTER, "closes the connection in the middle of the body"),
    "half_json": FaultKind(Stage.AFTER, "responds with half of the JSON, as if it were complete"),
    "slow_answer": FaultKind(Stage.AFTER, "does the work, waits, then responds", {"seconds": 1.0}),
    "empty_page": FaultKind(Stage.DISTORT, "lists an empty page with a nextPageToken"),
    "short_list": FaultKind(Stage.DISTORT, "lists only a part, as if it were all", {"keep": 0.0}),
    "stale_repeats": FaultKind(
        Stage.DISTORT, "lists every state since the sync token, the newest first"
    ),
    "cut_list": FaultKind(
        Stage.DISTORT, "lists only a part, without a page token or a sync token", {"keep": 0.5}
    ),
    "malformed_item": FaultKind(
        Stage.DISTORT,
        "lists the page with one more item, malformed or as given",
        {"json": ""},
    ),
}


@dataclass(slots=True)
class Rule:
    """An injected fault for the first to last matching call.

    last None: every call from first on.
    """

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
        """Return whether it applies to this call; `on` may have wildcards, as in `events.*`."""
        return (
            fnmatchcase(call.kind, self.on)
            and self.account in (None, call.email)
            and self.calendar in (None, call.arguments.get("calendarId"))
        )

    def meets(self, call: Call) -> bool:
        """Count a call, and return whether it gets the fault."""
        if not self.matches(call):
            return False
        self.seen += 1
        hit = self.first <= self.seen and (self.last is None or self.seen <= self.last)
        self.hits += hit
        return hit

    def resource(self) -> Json:
        """Return the rule as the admin API shows it."""
        return asdict(self)


class FaultBook:
    """The injected faults."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._ids = count(1)

    def order(self, request: Json) -> Rule:
        """Add a rule; raises ValueError with a reason if it is invalid."""
        fault = str(request.get("fault"))
        if fault not in FAULTS:
            raise ValueError(f"unknown fault {fault!r}; known are {', '.join(sorted(FAULTS))}")
        parameters = request.get("parameters") or {}
        unknown = parameters.keys() - FAULTS[fault].parameters.keys()
        if unknown:
            raise ValueError(f"fault {fault!r} has no parameter {', '.join(sorted(unknown))}")
        if fault == "google_error" and parameters.get("error", "backendError") not in ERRORS:
            raise ValueError(f"unknown error; known are {', '.join(sorted(ERRORS))}")
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
        """Return the fault for this call: every rule counts it, and the oldest match wins."""
        hits = [rule for rule in self._rules if rule.meets(call)]
        return hits[0] if hits else None

    def rules(self) -> list[Rule]:
        """Return all rules, including those that no longer match."""
        return list(self._rules)

    def clear(self) -> None:
        """Remove all rules."""
        self._rules.clear()
