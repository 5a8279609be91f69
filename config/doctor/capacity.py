"""How many connections Daybook's processes hold, against how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from config.findings import Finding, warning

BEAT = 1
COMMANDS = 2  # a migration, a person at a shell


@dataclass(frozen=True)
class Processes:
    """Of one machine. A thread of the web and a worker's process hold one connection each."""

    web_processes: int
    web_threads: int
    workers: int

    @property
    def connections(self) -> int:
        return self.web_processes * self.web_threads + self.workers + BEAT + COMMANDS

    def __str__(self) -> str:
        return (
            f"{self.connections}: web {self.web_processes} of {self.web_threads} threads,"
            f" workers {self.workers}, beat {BEAT}, commands {COMMANDS}"
        )


def examine_capacity(processes: Processes, limit: int, whose: str) -> Iterator[Finding]:
    """`whose` names the limit, as `max_connections`; it is what there is for us of it."""
    if processes.connections > limit:
        yield warning(
            "connections-do-not-fit",
            f"This machine's processes hold up to {processes}; {whose} leaves {limit}.",
            f"Raise {whose}, put pgbouncer in between, or lower WEB_CONCURRENCY, WEB_THREADS or"
            " WORKERS.",
        )
