"""Ends what a supervisor leaves behind when it is killed and can end nothing itself.

Runs as a script of its own, in a session of its own. The supervisor writes `+PID` for each
program that it starts and `-PID` for each that has ended; the end of that pipe is its death.
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
    """Asks each program and all that it started to end; what is left 8 s later is killed."""
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
