"""The version of what a person's pages show: an open page asks whether it still shows the newest.

Versions live in the cache alone, so that asking costs the database nothing. A version is a random
word, replaced after each transaction that acts for its person; one that was lost, by an empty cache
or a process that died before it said so, is replaced when its time is over. So a page asks the
database once more than it must, and never once less for longer than LIFETIME_SECONDS.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import partial

import structlog
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from redis.exceptions import RedisError

from config.database.redis import KEY_PREFIX, redis_connection

LIFETIME_SECONDS = 60
log = structlog.get_logger(__name__)


def announce_change(owner_id: int) -> None:
    """Replaces the person's version when the transaction has committed."""
    transaction.on_commit(partial(replace_version, owner_id))


def replace_version(owner_id: int) -> None:
    try:
        redis_connection().set(_version_key(owner_id), _new_version(), ex=LIFETIME_SECONDS)
    except RedisError as error:
        log.warning("page_version_not_replaced", error=type(error).__name__)


def follow(request: HttpRequest, *, owner_id: int) -> str:
    """The version as it stands before a page is rendered; empty while the cache is away.

    The page's browser may ask for later ones: its session was looked up for this request.
    """
    try:
        redis_connection().set(_follower_key(request), owner_id, ex=LIFETIME_SECONDS)
        return _version_of(owner_id)
    except RedisError as error:
        log.warning("page_versions_away", error=type(error).__name__)
        return ""


def followed_version(request: HttpRequest) -> str | None:
    """The newest version for a browser that a page was rendered for; None for any other, and when
    it has to show that it is still signed in. Raises RedisError."""
    owner_id = redis_connection().get(_follower_key(request))
    return None if owner_id is None else _version_of(int(owner_id))


def stop_following(request: HttpRequest) -> None:
    """The browser is signed out: its pages are told nothing more."""
    try:
        redis_connection().delete(_follower_key(request))
    except RedisError as error:
        log.warning("page_versions_away", error=type(error).__name__)


def _version_of(owner_id: int) -> str:
    """All that ask at once for a version that is gone get the same new one."""
    key = _version_key(owner_id)
    with redis_connection().pipeline() as asked:
        asked.set(key, _new_version(), ex=LIFETIME_SECONDS, nx=True)
        asked.get(key)
        _made, version = asked.execute()
    return str(version.decode())


def _new_version() -> str:
    return secrets.token_urlsafe(9)


def _version_key(owner_id: int) -> str:
    return f"{KEY_PREFIX}pages:{owner_id}"


def _follower_key(request: HttpRequest) -> str:
    """By the session cookie's digest: the cache holds nothing that would open a session."""
    cookie = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return f"{KEY_PREFIX}follower:{hashlib.sha256(cookie.encode()).hexdigest()}"
