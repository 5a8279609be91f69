"""A log of requests, for tests that check the calls of a client."""

from __future__ import annotations

import json
import time
from collections import Counter, deque

from sandbox.wire import Call, Json

_KEPT = 20_000
_SECRET = frozenset(
    {"code", "state", "access_token", "oauth_token", "key", "nonce", "code_challenge", "token"}
)


class RequestLog:
    """The last requests without tokens or secrets, and counts of all by kind."""

    def __init__(self) -> None:
        self._entries: deque[Json] = deque(maxlen=_KEPT)
        self.counts: Counter[str] = Counter()
        self._number = 0

    def add(self, call: Call, status: int | None, fault: str | None, began_at: float) -> None:
        """Add a request; a status of None means that no response was sent."""
        self._number += 1
        self.counts[call.kind] += 1
        self._entries.append(
            {
                "number": self._number,
                "kind": call.kind,
                "method": call.method,
                "path": call.path,
                "query": [[n, v if n not in _SECRET else "…"] for n, v in call.query.items()],
                "if_match": call.headers.get("If-Match"),
                "members": _members(call),
                "status": status,
                "account": call.email,
                "calendar": call.arguments.get("calendarId"),
                "fault": fault,
                "began_at": began_at,
                "seconds": round(time.time() - began_at, 6),
            }
        )

    def entries(self, kind: str | None = None) -> list[Json]:
        """Return the requests in the order of their responses."""
        return [entry for entry in self._entries if kind in (None, entry["kind"])]

    def clear(self) -> None:
        """Clear the log."""
        self._entries.clear()
        self.counts.clear()


def _members(call: Call) -> list[str]:
    """Return the names of the members of a JSON body, without their values."""
    try:
        body = json.loads(call.body or b"{}")
    except ValueError:
        return []
    return sorted(body) if isinstance(body, dict) else []
