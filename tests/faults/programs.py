"""Daybook's programs as processes, as `up` runs them, on the servers of a test."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from config.desk import serving
from tests.faults.servers import CHECKOUT, OwnServers

NOTHING: Mapping[str, str] = {}


@contextmanager
def running_programs(
    own: OwnServers,
    names: Collection[str],
    *,
    port: int = 0,
    environment: Mapping[str, str] = NOTHING,
    threads: int | None = None,
) -> Iterator[None]:
    """Run the given ones of web, worker and beat, without restarting those that die."""
    log = own.folder / "programs.log"
    serving.empty_metrics_folder(port)
    with log.open("ab") as output:
        started = [
            subprocess.Popen(
                _with_threads(program.argv, threads),
                cwd=CHECKOUT,
                env={**os.environ, **program.environment},
                stdout=output,
                stderr=output,
            )
            for program in serving.programs(port, 2, {**own.environment, **environment})
            if program.name in names
        ]
    try:
        yield
        ended = [process.poll() for process in started]
        assert not any(code is not None for code in ended), (
            f"one of them died:\n{log.read_text()[-3000:]}"
        )
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(60)


def _with_threads(argv: Sequence[str], threads: int | None) -> list[str]:
    given = list(argv)
    if threads is not None and "--threads" in given:
        given[given.index("--threads") + 1] = str(threads)
    return given
