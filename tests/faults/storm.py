"""A series of database faults under constant load, and how requests were answered."""

from __future__ import annotations

import math
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from config.desk.embedded.servers import processes_of
from tests.faults.servers import OwnServer, OwnServers
from tests.faults.wire import Answer, Person

SETTLES_SECONDS = 4.0
PAUSE_SECONDS = 0.05
Fault = tuple[str, Callable[[], None]]


@dataclass(frozen=True)
class Outcome:
    """The outcome of a fault; `ended_at` is when the server answered again."""

    name: str
    began_at: float
    ended_at: float
    answers: Sequence[Answer]

    @property
    def recovery_seconds(self) -> float:
        """Return the time from the end of the fault to the last response other than 200, or 0."""
        failed = [each.ended_at for each in self.answers if each.status != 200]
        return max([0.0, *(ended - self.ended_at for ended in failed)])

    @property
    def longest_seconds(self) -> float:
        return max(each.seconds for each in self.answers)

    def __str__(self) -> str:
        statuses = Counter(each.status for each in self.answers)
        return (
            f"{self.name:<20} away {self.ended_at - self.began_at:5.2f} s,"
            f" full service after {self.recovery_seconds:4.2f} s,"
            f" slowest answer {self.longest_seconds:5.2f} s, answers {dict(statuses)}"
        )


def faults_of(
    own: OwnServers, *, poolers: int, restarts: int, kills: int, cut_seconds: float
) -> list[Fault]:
    return [
        *[("pgbouncer restarted", lambda: restart(own.pgbouncer))] * poolers,
        *[("PostgreSQL restarted", lambda: restart(own.postgres))] * restarts,
        *[("PostgreSQL killed", lambda: kill(own.postgres))] * kills,
        ("network cut", lambda: cut(own.pgbouncer, cut_seconds)),
    ]


def restart(server: OwnServer) -> None:
    server.stop()
    server.start()


def kill(server: OwnServer) -> None:
    server.kill()
    server.start()


def cut(server: OwnServer, seconds: float) -> None:
    """Cut the network: packets are lost without an error, because the process is suspended."""
    (process,) = processes_of(server.server)
    process.send_signal(signal.SIGSTOP)
    time.sleep(seconds)
    process.send_signal(signal.SIGCONT)


def run_storm(people: Sequence[Person], faults: Sequence[Fault]) -> list[Outcome]:
    over = threading.Event()
    threads = [thread for one in people for thread in one.ask_until(over, PAUSE_SECONDS)]
    try:
        time.sleep(SETTLES_SECONDS)
        spans = [_weather(fault) for fault in faults]
    finally:
        over.set()
        for thread in threads:
            thread.join()
    answers = sorted((each for one in people for each in one.answers), key=_began)
    return [
        Outcome(name, began, ended, [each for each in answers if began <= each.ended_at < until])
        for name, began, ended, until in spans
    ]


def summary(people: Sequence[Person], outcomes: Sequence[Outcome]) -> str:
    answers = [each for one in people for each in one.answers]
    seconds = sorted(each.seconds for each in answers)
    statuses = Counter(each.status for each in answers)
    acknowledged = sum(one.acknowledged for one in people)
    wrong = sum(len(one.wrong) for one in people)
    p99 = seconds[math.floor(len(seconds) * 0.99)]
    lines = [
        *map(str, outcomes),
        f"{len(answers)} answers of {len(people)} people: {dict(statuses)}",
        f"median {seconds[len(seconds) // 2]:.3f} s, p99 {p99:.2f} s, longest {seconds[-1]:.2f} s",
        f"{acknowledged} writes acknowledged, {wrong} answers wrong",
    ]
    return "\n".join(lines)


def _weather(fault: Fault) -> tuple[str, float, float, float]:
    name, strike = fault
    began_at = time.monotonic()
    strike()
    ended_at = time.monotonic()
    time.sleep(SETTLES_SECONDS)
    return name, began_at, ended_at, time.monotonic()


def _began(answer: Answer) -> float:
    return answer.began_at
