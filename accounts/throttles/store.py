"""Where attempts are counted: in the shared memory, by one script, so that no race passes a limit.

While that memory is away each process counts for itself, more strictly. So an outage neither
opens the door to guessing, whose rate stays bounded by the number of processes, nor closes it
to people, who sign in once and rightly.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

import redis

from config.database.redis import SharedMemory

LOCAL_WINDOW_SECONDS = 60
LOCAL_ATTEMPTS = 10
LOCAL_KEYS = 10_000

# A bucket that refills (GCRA) for the address; and for an account from an address, tries with a
# growing pause. Checks all before it counts any, and tells (milliseconds to wait, which limit).
# The server's clock is the only one, so clocks of web machines may differ.
_ADMIT = """
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local arrival = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local wait = arrival + interval - burst * interval - now
if wait > 0 then return {wait, 'address'} end
if KEYS[2] then
  local known, threshold = ARGV[3] == '1', tonumber(ARGV[4])
  local strangers = known and 0 or tonumber(redis.call('GET', KEYS[3]) or 0)
  local most = tonumber(ARGV[12])
  if most > 0 and strangers >= most then return {redis.call('PTTL', KEYS[3]), 'account'} end
  local attacked = not known and strangers >= threshold
  local at = attacked and 8 or 5
  local free, first, longest = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  local pair = redis.call('HMGET', KEYS[2], 'tries', 'last')
  local tries, last = tonumber(pair[1] or 0), tonumber(pair[2] or 0)
  local pause = 0
  if tries >= free then pause = math.min(first * 2 ^ math.min(tries - free, 30), longest) end
  if last + pause > now then return {math.ceil(last + pause - now), attacked and 'account' or 'pair'} end
  redis.call('HSET', KEYS[2], 'tries', tries + 1, 'last', now)
  redis.call('PEXPIRE', KEYS[2], ARGV[11])
  if not known and redis.call('INCR', KEYS[3]) == 1 then redis.call('PEXPIRE', KEYS[3], ARGV[11]) end
end
redis.call('SET', KEYS[1], string.format('%d', arrival + interval), 'PX', burst * interval + 1000)
return {0, ''}
"""  # noqa: E501

_GIVE_BACK = """
local arrival = tonumber(redis.call('GET', KEYS[1]) or 0)
if arrival > 0 then
  redis.call('SET', KEYS[1], string.format('%d', arrival - ARGV[1]), 'KEEPTTL')
end
if KEYS[2] then
  redis.call('DEL', KEYS[2])
  if ARGV[2] == '0' and tonumber(redis.call('GET', KEYS[3]) or 0) > 0 then
    redis.call('DECR', KEYS[3])
  end
end
"""


@dataclass(frozen=True, slots=True)
class Bucket:
    """`burst` attempts at once, and one more each `interval_seconds`."""

    interval_seconds: float
    burst: int


@dataclass(frozen=True, slots=True)
class Pauses:
    """`free` tries, then a pause that doubles from `first_seconds` up to `longest_seconds`."""

    free: int
    first_seconds: float
    longest_seconds: float

    @property
    def arguments(self) -> tuple[int, int, int]:
        return self.free, int(self.first_seconds * 1000), int(self.longest_seconds * 1000)


@dataclass(frozen=True, slots=True)
class AccountRule:
    """How tries at one account are slowed, by what is known of the address they come from.

    `most_strangers` bounds the tries of all unknown places together within `memory_seconds`;
    0 for no bound.
    """

    usual: Pauses
    attacked: Pauses
    attack_threshold: int
    memory_seconds: int
    most_strangers: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    wait_seconds: float
    limit: str  # address, pair or account


ADMITTED = Decision(0, "")


class ThrottleStore:
    """Counts in the shared memory; falls back on this process while that is away."""

    def __init__(self) -> None:
        self._memory = SharedMemory("throttle_store_away")
        self._local = LocalCounts()

    def admit(
        self, keys: list[str], bucket: Bucket, rule: AccountRule | None, *, known: bool
    ) -> Decision:
        """Counts the attempt, or tells how long to wait. `keys`: address, and pair and account."""
        return self._memory.ask(
            lambda memory: _admit(memory, keys, bucket, rule, known),
            otherwise=lambda: self._local.admit(keys[:2]),
        )

    def give_back(self, keys: list[str], bucket: Bucket, *, known: bool) -> None:
        """Takes the attempt back: it succeeded, or its failure was not the asker's."""
        arguments = (int(bucket.interval_seconds * 1000), int(known))
        self._memory.ask(
            lambda memory: memory.eval(_GIVE_BACK, len(keys), *keys, *arguments),
            otherwise=lambda: None,
        )


def _admit(
    memory: redis.Redis, keys: list[str], bucket: Bucket, rule: AccountRule | None, known: bool
) -> Decision:
    arguments: list[int] = [int(bucket.interval_seconds * 1000), bucket.burst]
    if rule is not None:
        arguments += [int(known), rule.attack_threshold, *rule.usual.arguments]
        arguments += [*rule.attacked.arguments, rule.memory_seconds * 1000]
        arguments.append(rule.most_strangers)
    wait, limit = memory.eval(_ADMIT, len(keys), *keys, *arguments)
    return Decision(wait / 1000, limit.decode())


class LocalCounts:
    """Attempts of the last minute in this process, by key; the oldest keys are forgotten."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: OrderedDict[tuple[str, int], int] = OrderedDict()

    def admit(self, keys: list[str]) -> Decision:
        now = time.time()
        window = int(now // LOCAL_WINDOW_SECONDS)
        with self._lock:
            counts = [self._windows.get((key, window), 0) for key in keys]
            if max(counts) >= LOCAL_ATTEMPTS:
                return Decision((window + 1) * LOCAL_WINDOW_SECONDS - now, "pair")
            for key, count in zip(keys, counts, strict=True):
                self._windows[key, window] = count + 1
            while len(self._windows) > LOCAL_KEYS:
                self._windows.popitem(last=False)
        return ADMITTED
