"""Queries per minute, per user and per project, in sliding windows."""

from __future__ import annotations

import time
from collections import defaultdict, deque

from sandbox.errors import GoogleError

_WINDOW_SECONDS = 60.0


class Quota:
    """Counts calls; unlimited until a limit is set."""

    def __init__(self) -> None:
        self.per_user: int | None = None
        self.per_project: int | None = None
        self._calls: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    def set(self, *, per_user: int | None, per_project: int | None) -> None:
        """Set the limits and clear the windows; None removes a limit."""
        self.per_user, self.per_project = per_user, per_project
        self._calls.clear()

    def spend(self, email: str, client_id: str) -> None:
        """Count a call, or refuse it; a refused call isn't counted."""
        now = time.monotonic()
        user = self._window(("user", email), now)
        project = self._window(("project", client_id), now)
        if self.per_user is not None and len(user) >= self.per_user:
            raise GoogleError("userRateLimitExceeded")
        if self.per_project is not None and len(project) >= self.per_project:
            raise GoogleError("rateLimitExceeded")
        if self.per_user is not None or self.per_project is not None:
            user.append(now)
            project.append(now)

    def _window(self, key: tuple[str, str], now: float) -> deque[float]:
        calls = self._calls[key]
        while calls and calls[0] <= now - _WINDOW_SECONDS:
            calls.popleft()
        return calls
