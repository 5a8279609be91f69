"""The shared memory of all processes: the Redis or Valkey behind REDIS_URL."""

from __future__ import annotations

from functools import cache
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import TimeoutError as RedisSilent
from redis.retry import Retry

from config.outage import Outage, outage_of

KEY_PREFIX = "daybook:"
# An attempt to sign in waits for it, so it waits briefly.
TIMEOUT_SECONDS = 1.0
# How long an outage is believed before one caller looks again.
AWAY_SECONDS = 3.0


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
