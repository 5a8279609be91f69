"""What one process knows of a server that is away, so that its threads do not all wait for it."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from time import monotonic

TRY_AGAIN_SECONDS = 0.2
# Longer than an attempt takes; one that never came back is then followed by the next.
ATTEMPT_SECONDS = 10.0
HEARD_SECONDS = 2.0


class Outage:
    """While it lasts, one attempt at a time finds out whether it is over; the others are refused.

    Without it every request of an outage would hold its thread until the attempt to connect
    timed out, and those that need no database would queue behind them.
    """

    def __init__(self, try_again_seconds: float = TRY_AGAIN_SECONDS) -> None:
        self._try_again_seconds = try_again_seconds
        self._lock = threading.Lock()
        self._next_attempt_at: float | None = None
        self.heard_at = 0.0  # when somebody last got an answer, of time.monotonic()

    @property
    def is_on(self) -> bool:
        return self._next_attempt_at is not None

    def may_try(self) -> bool:
        """Whether the caller may connect; it then says how that went by `begin` or `end`."""
        with self._lock:
            if self._next_attempt_at is None:
                return True
            if monotonic() < self._next_attempt_at:
                return False
            self._next_attempt_at = monotonic() + ATTEMPT_SECONDS
            return True

    @property
    def is_unlikely(self) -> bool:
        """Others have just got answers: who got none may have met a busy machine."""
        return not self.is_on and monotonic() - self.heard_at < HEARD_SECONDS

    def begin(self) -> None:
        with self._lock:
            self._next_attempt_at = monotonic() + self._try_again_seconds

    def end(self) -> None:
        """There was an answer."""
        self._next_attempt_at = None
        self.heard_at = monotonic()


_outages: dict[Hashable, Outage] = {}


def outage_of(server: Hashable, *, try_again_seconds: float = TRY_AGAIN_SECONDS) -> Outage:
    return _outages.setdefault(server, Outage(try_again_seconds))
