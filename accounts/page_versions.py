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
from typing import NamedTuple

import redis
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from config.database.redis import KEY_PREFIX, SharedMemory, redis_connection

LIFETIME_SECONDS = 60
BELL_SECONDS = 3600  # the sweep of reminders sets it again if it is lost
_memory = SharedMemory("page_versions_away")


def announce_change(owner_id: int) -> None:
    """Replaces the person's version when the transaction has committed."""
    transaction.on_commit(partial(replace_version, owner_id))


def replace_version(owner_id: int) -> None:
    _memory.ask(
        lambda memory: memory.set(_version_key(owner_id), _new_version(), ex=LIFETIME_SECONDS),
        otherwise=lambda: None,
    )


def follow(request: HttpRequest, *, owner_id: int) -> str:
    """The version as it stands before a page is rendered; empty while the cache is away.

    The page's browser may ask for later ones: its session was looked up for this request.
    """

    def take(memory: redis.Redis) -> str:
        memory.set(_follower_key(request), owner_id, ex=LIFETIME_SECONDS)
        return _version_of(memory, owner_id)

    return _memory.ask(take, otherwise=lambda: "")


class Newest(NamedTuple):
    version: str
    bell: str


def followed_version(request: HttpRequest) -> Newest | None:
    """The newest version for a browser that a page was rendered for, with what rings; None for any
    other, and when it has to show that it is still signed in. Raises RedisError."""
    memory = redis_connection()
    owner_id = memory.get(_follower_key(request))
    return None if owner_id is None else _newest_of(memory, int(owner_id))


def set_bell(owner_id: int, word: str, *, only_if_missing: bool = False) -> None:
    """Set the word by which open pages see that something rings; empty: nothing does.

    It is answered with the version. A word that changed says that something else rings.
    """

    def write(memory: redis.Redis) -> object:
        if not word:
            return memory.delete(_bell_key(owner_id))
        return memory.set(_bell_key(owner_id), word, ex=BELL_SECONDS, nx=only_if_missing)

    _memory.ask(write, otherwise=lambda: None)


def stop_following(request: HttpRequest) -> None:
    """The browser is signed out: its pages are told nothing more."""
    _memory.ask(lambda memory: memory.delete(_follower_key(request)), otherwise=lambda: 0)


def _version_of(memory: redis.Redis, owner_id: int) -> str:
    return _newest_of(memory, owner_id).version


def _newest_of(memory: redis.Redis, owner_id: int) -> Newest:
    """All that ask at once for a version that is gone get the same new one."""
    key = _version_key(owner_id)
    with memory.pipeline() as asked:
        asked.set(key, _new_version(), ex=LIFETIME_SECONDS, nx=True)
        asked.mget(key, _bell_key(owner_id))
        _made, (version, bell) = asked.execute()
    return Newest(version.decode(), bell.decode() if bell else "")


def _new_version() -> str:
    return secrets.token_urlsafe(9)


def _version_key(owner_id: int) -> str:
    return f"{KEY_PREFIX}pages:{owner_id}"


def _bell_key(owner_id: int) -> str:
    return f"{KEY_PREFIX}bell:{owner_id}"


def _follower_key(request: HttpRequest) -> str:
    """By the session cookie's digest: the cache holds nothing that would open a session."""
    cookie = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return f"{KEY_PREFIX}follower:{hashlib.sha256(cookie.encode()).hexdigest()}"
