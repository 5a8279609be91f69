"""The waits after failures and the limits of retries, for every kind of work.

Waits double with each consecutive failure, up to a maximum. The jitter keeps rows that failed
together from being retried together.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

_MOST_DOUBLINGS = 16  # limits the product; every longest wait is reached earlier


@dataclass(frozen=True, slots=True)
class Backoff:
    """`jitter` is the range of factors for each wait. Without a limit, work is retried forever."""

    first: timedelta
    longest: timedelta
    jitter: tuple[float, float] = (1.0, 1.0)
    most_attempts: int = sys.maxsize
    give_up_after: timedelta = timedelta.max

    def wait(self, failures: int) -> timedelta:
        """Return the wait after a failure that followed `failures` others."""
        doubled = self.first * (1 << min(failures, _MOST_DOUBLINGS))
        return min(doubled, self.longest) * random_factor(*self.jitter)

    def is_spent(self, attempts: int, *, since: datetime | None = None) -> bool:
        """Return whether work that failed so often, or has waited since then, is given up."""
        age = timezone.now() - since if since else timedelta()
        return attempts >= self.most_attempts or age > self.give_up_after


def random_factor(lowest: float, highest: float) -> float:
    return random.uniform(lowest, highest)  # noqa: S311  # nosec B311 - jitter, not a secret


JITTER = (0.75, 1.25)
SYNC = Backoff(timedelta(seconds=10), timedelta(hours=1), jitter=(0.5, 1.0))
# A change that a person waits for: soon at first.
OUTBOX = Backoff(timedelta(seconds=2), timedelta(minutes=30), jitter=(0.5, 1.0))
# After a daily limit: https://developers.google.com/workspace/calendar/api/guides/quota
DAILY_LIMIT = Backoff(timedelta(hours=4), timedelta(hours=4), jitter=JITTER)
# Twelve attempts take about a day and a half; after three days the links in an email have expired.
MAIL = Backoff(
    timedelta(minutes=1),
    timedelta(hours=12),
    most_attempts=12,
    give_up_after=timedelta(days=3),
)
MAIL_SERVER = Backoff(timedelta(seconds=5), timedelta(minutes=2))
# A notification is worthless after its event; its row says until when it is sent.
PUSH = Backoff(timedelta(seconds=15), timedelta(minutes=15), jitter=JITTER, most_attempts=10)
# A deleted user's token is kept no longer than its retries need.
REVOCATION = Backoff(timedelta(minutes=1), timedelta(hours=12), give_up_after=timedelta(days=14))
CHANNEL = Backoff(timedelta(seconds=30), timedelta(hours=6), jitter=JITTER)
# Google supports no channels for some collections; that may change.
UNWATCHABLE = Backoff(timedelta(days=30), timedelta(days=30), jitter=JITTER)
CHANNEL_STOP = Backoff(timedelta(minutes=2), timedelta(minutes=2), most_attempts=8)
# Within one call: https://developers.google.com/workspace/calendar/api/guides/quota#backoff
GOOGLE_CALL = Backoff(timedelta(seconds=0.5), timedelta(seconds=8), jitter=(0.0, 1.0))
