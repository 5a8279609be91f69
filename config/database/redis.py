"""The shared memory of all processes: the Redis or Valkey behind REDIS_URL."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Hashable
from functools import cache, partial
from time import monotonic
from typing import Any, TypeVar

import redis
import structlog
from django.conf import settings
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisSilent
from redis.retry import Retry

log = structlog.get_logger(__name__)
TRY_AGAIN_SECONDS = 0.2

# Longer than an attempt takes; one that never came back is then followed by the next.
ATTEMPT_SECONDS = 10.0
HEARD_SECONDS = 2.0
Result = TypeVar("Result")
Faults = tuple[type[Exception], ...]
KEY_PREFIX = "daybook:"

# An attempt to sign in waits for it, so it waits briefly.
TIMEOUT_SECONDS = 1.0

# How long an outage is believed before one caller looks again.
AWAY_SECONDS = 3.0


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

    def attempt(
        self,
        work: Callable[[], Result],
        *,
        otherwise: Callable[[], Result],
        faults: Faults,
        event: str,
        **about: object,
    ) -> Result:
        """Return what `work` returns, or what `otherwise` does while the server is away.

        One of `faults` begins the outage and is logged once, under the name `event`.
        """
        if not self.may_try():
            return otherwise()
        try:
            result = work()
        except faults as error:
            self.begin()
            log.warning(event, error=type(error).__name__, **about)
            return otherwise()
        self.end()
        return result


_outages: dict[Hashable, Outage] = {}


def outage_of(server: Hashable, *, try_again_seconds: float = TRY_AGAIN_SECONDS) -> Outage:
    return _outages.setdefault(server, Outage(try_again_seconds))


class AlertPool(redis.ConnectionPool):
    """Connections that wait briefly, try once, and do not wait again for a server that is away."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{
                "socket_connect_timeout": TIMEOUT_SECONDS,
                "socket_timeout": TIMEOUT_SECONDS,
                "retry": Retry(NoBackoff(), 0),
                **options,
            }
        )
        self.outage = _outage_at(self.connection_kwargs)

    def get_connection(self, *arguments: Any, **options: Any) -> Any:
        if not self.outage.may_try():
            raise RedisAway("it was away a moment ago")
        try:
            found = super().get_connection(*arguments, **options)
        except (RedisAway, RedisSilent):
            self.outage.begin()
            raise
        self.outage.end()
        return found


class SharedMemory:
    """The shared memory for one purpose that goes on, in some way, while it is away.

    It is away too if it answers but refuses: because it is full, or a replica. That is a fault of
    the purpose alone, as others may only read.
    """

    def __init__(self, event: str) -> None:
        """`event` is the name under which an outage is logged."""
        self._event = event
        self._outages: defaultdict[str, Outage] = defaultdict(partial(Outage, AWAY_SECONDS))

    def ask(
        self, command: Callable[[redis.Redis], Result], *, otherwise: Callable[[], Result]
    ) -> Result:
        """Return what `command` returns, or what `otherwise` does while the memory is away."""
        return self._outages[settings.REDIS_URL].attempt(
            lambda: command(redis_connection()),
            otherwise=otherwise,
            faults=(RedisError,),
            event=self._event,
        )


def redis_connection() -> redis.Redis:
    """A client with a pool of this process. Its calls raise redis.RedisError."""
    return _connection(settings.REDIS_URL)


def redis_outage() -> Outage:
    """What this process knows of an outage of the server behind REDIS_URL."""
    return _outage_at(parse_url(settings.REDIS_URL))  # type: ignore[no-untyped-call]


@cache
def _connection(url: str) -> redis.Redis:
    return redis.Redis(connection_pool=AlertPool.from_url(url))


def _outage_at(place: Any) -> Outage:
    names = ("path", "host", "port")
    server = ("redis", *(place.get(name) for name in names))
    return outage_of(server, try_again_seconds=AWAY_SECONDS)
