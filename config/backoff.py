"""How long to wait before the next try: doubled with each failure, up to a longest wait."""

from __future__ import annotations

from datetime import timedelta

_MOST_DOUBLINGS = 16  # keeps the product small; every longest wait is reached before


def backoff(failures: int, *, first: timedelta, longest: timedelta) -> timedelta:
    """The wait after so many failures before this one: `first` after none."""
    doublings = min(failures, _MOST_DOUBLINGS)
    return min(first * (1 << doublings), longest)
