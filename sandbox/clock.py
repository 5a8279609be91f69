"""The sandbox's clock: unique timestamps, in Google's formats."""

from __future__ import annotations

import time
from datetime import UTC, datetime

_MICROSECONDS = 1_000_000


class Clock:
    """Returns strictly increasing timestamps, so that no two states share an etag."""

    def __init__(self) -> None:
        self._last = 0

    def stamp(self) -> int:
        """Return microseconds since the epoch, larger than every earlier value."""
        self._last = max(self._last + 1, time.time_ns() // 1000)
        return self._last


def rfc3339(stamp: int) -> str:
    """Format a timestamp like `updated` and `created`: UTC with milliseconds."""
    moment = datetime.fromtimestamp(stamp / _MICROSECONDS, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def etag(stamp: int) -> str:
    """Return the quoted etag that Google uses in bodies and in If-Match."""
    return f'"{stamp}"'
