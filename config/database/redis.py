"""The memory that all processes share: the Redis or Valkey behind REDIS_URL, and its outages."""

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
from redis.exceptions import ConnectionError as RedisUnreachable
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisSilent
from redis.retry import Retry

log = structlog.get_logger(__name__)
TRY_AGAIN_SECONDS = 0.2

# Longer than an attempt takes; if one never returns, the next one follows.
ATTEMPT_SECONDS = 10.0
ANSWERED_SECONDS = 2.0
Result = TypeVar("Result")
Faults = tuple[type[Exception], ...]
KEY_PREFIX = "daybook:"

# Short, because a sign-in attempt waits for it.
TIMEOUT_SECONDS = 1.0

# After a failure, one caller tries again after this time.
OUTAGE_SECONDS = 3.0


class Outage:
    """An outage of a server: one attempt at a time checks whether it is over; others fail at once.

    Otherwise every request during an outage would block its thread until the connection attempt
    times out, and requests that need no database would queue behind them.
    """

    def __init__(self, try_again_seconds: float = TRY_AGAIN_SECONDS) -> None:
        self._try_again_seconds = try_again_seconds
        self._lock = threading.Lock()
        self._next_attempt_at: float | None = None
        self.answered_at = 0.0  # of the last response to any caller, on time.monotonic()

    @property
    def is_on(self) -> bool:
        return self._next_attempt_at is not None

    def may_try(self) -> bool:
        """Return whether the caller may connect; it then reports the result by `begin` or `end`."""
        with self._lock:
            if self._next_attempt_at is None:
                return True
            if monotonic() < self._next_attempt_at:
                return False
            self._next_attempt_at = monotonic() + ATTEMPT_SECONDS
            return True

    @property
    def is_unlikely(self) -> bool:
        """Return whether others just got responses, so that a timeout may mean a busy machine."""
        return not self.is_on and monotonic() - self.answered_at < ANSWERED_SECONDS

    def begin(self) -> None:
        with self._lock:
            self._next_attempt_at = monotonic() + self._try_again_seconds

    def end(self) -> None:
        """Record a response."""
        self._next_attempt_at = None
        self.answered_at = monotonic()

    def attempt(
        self,
        work: Callable[[], Result],
        *,
        otherwise: Callable[[], Result],
        faults: Faults,
        event: str,
        **about: object,
    ) -> Result:
        """Return the result of `work`, or of `otherwise` during an outage.

        One of `faults` begins the outage and is logged once, as `event`.
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


class FailFastPool(redis.ConnectionPool):
    """Connections with short timeouts and no retries, which fail at once during an outage."""

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
            raise RedisUnreachable("the server was unreachable a moment ago")
        try:
            found = super().get_connection(*arguments, **options)
        except (RedisUnreachable, RedisSilent):
            self.outage.begin()
            raise
        self.outage.end()
        return found


class SharedMemory:
    """The shared memory for one purpose that has a fallback during an outage.

    An error response, because the memory is full or a read-only replica, counts as an outage of
    this purpose only, as others may just read.
    """

    def __init__(self, event: str) -> None:
        """Outages are logged as `event`."""
        self._event = event
        self._outages: defaultdict[str, Outage] = defaultdict(partial(Outage, OUTAGE_SECONDS))

    def ask(
        self, command: Callable[[redis.Redis], Result], *, otherwise: Callable[[], Result]
    ) -> Result:
        """Return the result of `command`, or of `otherwise` during an outage."""
        return self._outages[settings.REDIS_URL].attempt(
            lambda: command(redis_connection()),
            otherwise=otherwise,
            faults=(RedisError,),
            event=self._event,
        )


def redis_connection() -> redis.Redis:
    """Return a client with a pool per process. Its calls raise redis.RedisError."""
    return _connection(settings.REDIS_URL)


def redis_outage() -> Outage:
    """Return this process's state of an outage of the server behind REDIS_URL."""
    return _outage_at(parse_url(settings.REDIS_URL))  # type: ignore[no-untyped-call]


@cache
def _connection(url: str) -> redis.Redis:
    return redis.Redis(connection_pool=FailFastPool.from_url(url))


def _outage_at(place: Any) -> Outage:
    names = ("path", "host", "port")
    server = ("redis", *(place.get(name) for name in names))
    return outage_of(server, try_again_seconds=OUTAGE_SECONDS)
