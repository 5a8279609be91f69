"""Rate limiting below Google's quota: sliding minutes per user and project, for all workers.

https://developers.google.com/workspace/calendar/api/guides/quota

Calls are counted in Redis by one script, so races can't exceed a limit. Background work may use
only a part of a limit; the rest is reserved for users waiting on a page. When the project is at
least half used, no user gets more than an equal share.
"""

from __future__ import annotations

import enum
import math
import threading
import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from calendars.google.errors import RateLimited
from config.backoff import random_factor
from config.database.redis import KEY_PREFIX, SharedMemory

WINDOW_SECONDS = 60
LONGEST_WAIT_SECONDS = 8.0  # longer waits are put off in the row
FIRST_PAUSE_SECONDS = 1.0  # first pause of an account that was refused without a Retry-After
LONGEST_PAUSE_SECONDS = float(WINDOW_SECONDS)
REFUSALS_FORGOTTEN_SECONDS = 5 * 60.0
ALONE_SHARE = 0.1  # of a user's limit, per process, while Redis is unavailable
LOCAL_CALLERS = 10_000

# Returns the milliseconds to wait, or counts the call and returns 0. Only the server's clock is
# used. KEYS: the user's calls, the project's calls, recent users, the user's pause.
_TAKE = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local span, user_limit, project_limit = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
for i = 1, 3 do redis.call('ZREMRANGEBYSCORE', KEYS[i], 0, now - span) end
redis.call('ZADD', KEYS[3], now, ARGV[4])
redis.call('PEXPIRE', KEYS[3], span)
local pause = redis.call('PTTL', KEYS[4])
if pause > 0 then return pause end
local function wait_for(key, limit)
  local count = redis.call('ZCARD', key)
  if count < limit then return 0 end
  local oldest = redis.call('ZRANGE', key, count - limit, count - limit, 'WITHSCORES')
  return math.max(oldest[2] + span - now, 1)
end
local allowed = user_limit
if redis.call('ZCARD', KEYS[2]) * 2 >= project_limit then
  local fair = math.max(1, math.floor(project_limit / redis.call('ZCARD', KEYS[3])))
  allowed = math.min(allowed, fair)
end
local wait = math.max(wait_for(KEYS[1], allowed), wait_for(KEYS[2], project_limit))
if wait > 0 then return wait end
for i = 1, 2 do
  redis.call('ZADD', KEYS[i], now, ARGV[5])
  redis.call('PEXPIRE', KEYS[i], span)
end
return 0
"""


# Sets the user's pause and returns its milliseconds. Calls refused during a pause were sent before
# it began, and don't extend it. KEYS: the user's pause, the number of refusals.
_HOLD_BACK = """
local left = redis.call('PTTL', KEYS[1])
local asked, first, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if asked <= 0 then
  if left > 0 then return left end
  local refusals = redis.call('INCR', KEYS[2])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
  asked = math.min(first * 2 ^ (math.min(refusals, 20) - 1), longest)
end
asked = math.ceil(asked)
if asked <= left then return left end
redis.call('SET', KEYS[1], '', 'PX', string.format('%d', asked))
return asked
"""


class Priority(enum.Enum):
    """The priority of a call; the value is the share of each limit that it may use."""

    PERSON = 1.0  # a user waits on a page
    INCREMENT = 0.9
    BACKFILL = 0.7


@dataclass(frozen=True, slots=True)
class Caller:
    """`account` is Google's id of the user against whose quota a call counts."""

    account: str
    priority: Priority


def take_turn(caller: Caller) -> None:
    """Wait for room in the minute. Raises RateLimited if that would take long."""
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while wait_seconds := _ask(caller):
        if time.monotonic() + wait_seconds > deadline:
            raise RateLimited("own pace", retry_after_seconds=wait_seconds)
        time.sleep(wait_seconds + random_factor(0, 0.05))


def hold_back(caller: Caller, asked_seconds: float | None) -> float:
    """Pause an account whose call Google refused, for all workers; return the seconds. Without a
    Retry-After, each refusal doubles them."""
    asked = asked_seconds or 0.0
    times = (asked, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, REFUSALS_FORGOTTEN_SECONDS)
    milliseconds = [math.ceil(seconds * 1000) for seconds in times]
    pause = _keys(caller)[3]
    return _memory.ask(
        lambda memory: _seconds(
            memory.eval(_HOLD_BACK, 2, pause, f"{pause}:refusals", *milliseconds)
        ),
        otherwise=lambda: asked,
    )


def _ask(caller: Caller) -> float:
    """Return the seconds to wait; 0 if the call is counted and may be made."""
    share = caller.priority.value
    arguments = (
        WINDOW_SECONDS * 1000,
        max(1, int(settings.GOOGLE_QUOTA_PER_USER_MINUTE * share)),
        max(1, int(settings.GOOGLE_QUOTA_PER_PROJECT_MINUTE * share)),
        caller.account,
        uuid.uuid4().hex,
    )
    return _memory.ask(
        lambda memory: _seconds(memory.eval(_TAKE, 4, *_keys(caller), *arguments)),
        otherwise=lambda: _alone.ask(caller),
    )


def _seconds(milliseconds: Any) -> float:
    return int(milliseconds) / 1000


def _keys(caller: Caller) -> list[str]:
    """Return the keys. Braces keep a project's keys on one node of a cluster, as a script
    requires."""
    project = f"{KEY_PREFIX}quota:{{{settings.GOOGLE_CLIENT_ID}}}"
    user = f"{project}:user:{caller.account}"
    return [user, f"{project}:calls", f"{project}:askers", f"{user}:pause"]


class _Alone:
    """Evenly spaced calls per user in one process, while Redis is unavailable."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next_at: OrderedDict[str, float] = OrderedDict()

    def ask(self, caller: Caller) -> float:
        per_minute = settings.GOOGLE_QUOTA_PER_USER_MINUTE * caller.priority.value * ALONE_SHARE
        now = time.monotonic()
        with self._lock:
            wait = self._next_at.get(caller.account, now) - now
            if wait > 0:
                return wait
            self._next_at[caller.account] = now + WINDOW_SECONDS / max(per_minute, 1.0)
            while len(self._next_at) > LOCAL_CALLERS:
                self._next_at.popitem(last=False)
        return 0.0


_memory = SharedMemory("quota_memory_away")
_alone = _Alone()
