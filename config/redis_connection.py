"""The shared memory of all processes: the Redis or Valkey behind REDIS_URL."""

from __future__ import annotations

from functools import cache

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

KEY_PREFIX = "daybook:"
# An attempt to sign in waits for it, so it waits briefly.
TIMEOUT_SECONDS = 1.0


def redis_connection() -> redis.Redis:
    """A client with a pool of this process. Its calls raise redis.RedisError."""
    return _connection(settings.REDIS_URL)


@cache
def _connection(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=TIMEOUT_SECONDS,
        socket_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
