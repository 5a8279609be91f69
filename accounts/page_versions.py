"""The version of what a person's pages show: an open page asks whether it still shows the newest.

Versions live in the cache alone, so that asking costs the database nothing. A version is a random
word, replaced after each transaction that acts for its person; one that was lost, by an empty cache
or a process that died before it said so, is replaced when its time is over. So a page asks the
database once more than it must, and never once less for longer than LIFETIME_SECONDS.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from functools import partial
from typing import NamedTuple, cast

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


def follow(request: HttpRequest, *, owner_id: int, others: Collection[int] = ()) -> str:
    """The version as it stands before a page is rendered; empty while the cache is away.

    The page's browser may ask for later ones: its session was looked up for this request. `others`
    are people of whom the page shows something; all pages of a browser follow the same ones, so
    that none of them reloads because of another.
    """

    def take(memory: redis.Redis) -> str:
        key = _follower_key(request)
        followed = [owner_id, *others] if others else _followed(memory, key)
        if followed[:1] != [owner_id]:
            followed = [owner_id]
        memory.set(key, ",".join(map(str, followed)), ex=LIFETIME_SECONDS)
        return _newest_of(memory, followed).version

    return _memory.ask(take, otherwise=lambda: "")


class Newest(NamedTuple):
    version: str
    bell: str


def followed_version(request: HttpRequest) -> Newest | None:
    """The newest version for a browser that a page was rendered for, with what rings; None for any
    other, and when it has to show that it is still signed in. Raises RedisError."""
    memory = redis_connection()
    followed = _followed(memory, _follower_key(request))
    return _newest_of(memory, followed) if followed else None


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


def _followed(memory: redis.Redis, key: str) -> list[int]:
    """Return whose versions a browser follows, its own person's first."""
    stored = cast(bytes | None, memory.get(key))
    return [int(each) for each in stored.split(b",")] if stored else []


def _newest_of(memory: redis.Redis, owner_ids: Sequence[int]) -> Newest:
    """All that ask at once for a version that is gone get the same new one."""
    keys = [_version_key(owner_id) for owner_id in owner_ids]
    with memory.pipeline() as asked:
        for key in keys:
            asked.set(key, _new_version(), ex=LIFETIME_SECONDS, nx=True)
        asked.mget(*keys, _bell_key(owner_ids[0]))
        *versions, bell = asked.execute()[-1]
    version = ".".join(each.decode() for each in versions)
    return Newest(version, bell.decode() if bell else "")


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
