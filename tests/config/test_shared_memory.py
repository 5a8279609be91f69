"""During an outage of the shared memory callers use their fallback, and return afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic, sleep

import pytest
import redis
from pytest_django import Settings
from redis.exceptions import ResponseError

from config.database.redis import OUTAGE_SECONDS, SharedMemory, redis_outage


def ping(memory: redis.Redis) -> str:
    memory.ping()
    return "asked"


def count_calls(command: Callable[[redis.Redis], str]) -> tuple[list[int], Callable[..., str]]:
    calls: list[int] = []

    def counted(memory: redis.Redis) -> str:
        calls.append(1)
        return command(memory)

    return calls, counted


def refuse(memory: redis.Redis) -> str:
    memory.eval("return redis.error_reply('full')", 0)
    raise AssertionError("it was not refused")


def test_it_answers_while_it_is_there() -> None:
    assert SharedMemory("away").ask(ping, otherwise=lambda: "alone") == "asked"


def test_during_an_outage_one_caller_at_a_time_tries(settings: Settings) -> None:
    there = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    redis_outage().end()
    memory = SharedMemory("away")
    calls, counted = count_calls(ping)

    began = monotonic()
    answers = [memory.ask(counted, otherwise=lambda: "alone") for _ in range(50)]

    assert answers == ["alone"] * 50
    assert len(calls) == 1
    assert monotonic() - began < OUTAGE_SECONDS
    settings.REDIS_URL = there
    assert memory.ask(ping, otherwise=lambda: "alone") == "asked", (
        "another server is another outage"
    )


def test_what_it_refuses_is_an_outage_of_the_purpose_alone(settings: Settings) -> None:
    memory, other = SharedMemory("full"), SharedMemory("other")
    calls, counted = count_calls(refuse)
    with pytest.raises(ResponseError):
        refuse(redis.Redis.from_url(settings.REDIS_URL))

    assert memory.ask(counted, otherwise=lambda: "alone") == "alone"
    assert memory.ask(counted, otherwise=lambda: "alone") == "alone"

    assert len(calls) == 1
    assert other.ask(ping, otherwise=lambda: "alone") == "asked"


def test_the_outage_ends_when_one_caller_gets_a_response() -> None:
    memory = SharedMemory("away")
    assert memory.ask(refuse, otherwise=lambda: "alone") == "alone"
    sleep(OUTAGE_SECONDS)
    answers: list[str] = []
    threads = [
        threading.Thread(target=lambda: answers.append(memory.ask(ping, otherwise=lambda: "alone")))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert "asked" in answers
    assert memory.ask(ping, otherwise=lambda: "alone") == "asked"


def test_a_fault_of_our_own_is_raised() -> None:
    def broken(memory: redis.Redis) -> str:
        raise ZeroDivisionError

    memory = SharedMemory("away")
    with pytest.raises(ZeroDivisionError):
        memory.ask(broken, otherwise=lambda: "alone")
    assert memory.ask(ping, otherwise=lambda: "alone") == "asked"
