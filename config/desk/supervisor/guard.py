"""End the programs of a supervisor that was killed.

This script runs in its own session. The supervisor writes `+PID` for each program that it starts
and `-PID` for each that has ended; the end of that pipe means that the supervisor is dead.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress

GRACE_SECONDS = 8
POLL_SECONDS = 0.1


def main() -> None:
    leaders: set[int] = set()
    for line in sys.stdin:
        change = leaders.add if line.startswith("+") else leaders.discard
        change(int(line[1:]))
    end(leaders)


def end(leaders: Iterable[int]) -> None:
    """Send SIGTERM to each program's process group, and SIGKILL to what remains after 8 s."""
    for leader in leaders:
        signal_group(leader, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while any(map(group_exists, leaders)) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    for leader in leaders:
        signal_group(leader, signal.SIGKILL)


def group_exists(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


def signal_group(leader: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(leader, number)


if __name__ == "__main__":
    main()
