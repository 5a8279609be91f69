"""A supervised program: its process, its failures, when to restart it, and its output."""

from __future__ import annotations

import os
import signal
import subprocess  # nosec B404 # starts our own programs
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import TextIO

from config.desk.supervisor.guard import signal_group

COLOURS = (36, 32, 33, 35, 34)  # cyan, green, yellow, magenta, blue (ECMA-48, SGR)
LONGEST_LINE_BYTES = 65_536
STABLE_SECONDS = 5  # a program that ran that long can start; one that didn't may be misconfigured
EARLY_DEATHS_ALLOWED = 5
FIRST_DELAY_SECONDS = 0.25
LONGEST_DELAY_SECONDS = 15.0


class Console:
    """Writes whole lines from any thread. `closed` is set once the reader is gone."""

    def __init__(self, names: Sequence[str], output: TextIO) -> None:
        self.closed = False
        self._output = output
        self._lock = threading.Lock()
        width = max(map(len, names), default=0)
        self._prefixes = {name: f"{name:<{width}} | " for name in names}
        if is_coloured(output):
            pairs = zip(self._prefixes.items(), cycle(COLOURS), strict=False)
            self._prefixes = {name: f"\x1b[{n}m{text}\x1b[0m" for (name, text), n in pairs}

    def line(self, name: str, text: str) -> None:
        self.write(f"{self._prefixes[name]}{text}\n")

    def write(self, text: str) -> None:
        with self._lock:
            try:
                self._output.write(text)
                self._output.flush()
            except BrokenPipeError:
                self.closed = True
                # Redirect the buffered rest, or Python would fail again when it exits:
                # https://docs.python.org/3/library/signal.html#note-on-sigpipe
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._output.fileno())


class LineWriter:
    """Splits a program's output into lines for the console, and passes each to `watch`.

    Empty lines are dropped.
    """

    def __init__(self, console: Console, name: str, watch: Callable[[str], None]) -> None:
        self._console = console
        self._name = name
        self._watch = watch
        self._rest = b""

    def feed(self, received: bytes) -> None:
        *lines, self._rest = (self._rest + received).split(b"\n")
        if len(self._rest) > LONGEST_LINE_BYTES:
            lines, self._rest = [*lines, self._rest], b""
        for line in filter(None, (raw.decode(errors="replace").strip("\r\n") for raw in lines)):
            self._watch(line)
            self._console.line(self._name, line)

    def finish(self) -> None:
        if self._rest:
            self.feed(b"\n")


def is_coloured(output: TextIO) -> bool:
    """Return whether to use colours: on a terminal, unless disabled (https://no-color.org/)."""
    return output.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@dataclass(frozen=True)
class Program:
    """A program to run under a short name. `environment` is added to ours.

    It is ready after a line with `ready_words`; without them, once it has started.
    """

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_words: str = ""


class Child:
    """A program with its restarts. `deaths` counts consecutive early ones."""

    def __init__(self, program: Program) -> None:
        self.name = program.name
        self.deaths = 0
        self.is_ready = not program.ready_words
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._was_stable = False
        self._started_at = 0.0
        self._due_at = 0.0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def seconds_until_due(self) -> float | None:
        """Return when to start it, or None while it runs."""
        return None if self._process else max(0.0, self._due_at - time.monotonic())

    @property
    def cannot_start(self) -> bool:
        return not self._was_stable and self.deaths >= EARLY_DEATHS_ALLOWED

    def start(self) -> int:
        """Start the program, and return the reading end of a pipe with its output.

        It gets its own session, so that Ctrl-C in the terminal doesn't reach it: the supervisor
        ends it. Raises OSError if the program doesn't exist.
        """
        output, its_output = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603  # nosec B603 # our own programs
                self._program.argv,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self._program.environment},
                stdin=subprocess.DEVNULL,
                stdout=its_output,
                stderr=its_output,
                start_new_session=True,
            )
        except OSError:
            os.close(output)
            raise
        finally:
            os.close(its_output)
        self._started_at = time.monotonic()
        return output

    def notice(self, line: str) -> None:
        """Set `is_ready` if the line contains the ready words."""
        self.is_ready = self.is_ready or self._program.ready_words in line

    def reap(self) -> int | None:
        """Return the exit status if the program has ended (minus the signal, if killed), else None.

        Kills what remains in its process group.
        """
        if self._process is None or self._process.poll() is None:
            return None
        signal_group(self._process.pid, signal.SIGKILL)
        status = self._process.returncode
        self._process = None
        self._note_death(time.monotonic() - self._started_at)
        return status

    def terminate(self) -> None:
        """Send SIGTERM to the program only: gunicorn and Celery end their own processes."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        if self._process:
            signal_group(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _note_death(self, lived_seconds: float) -> None:
        if lived_seconds >= STABLE_SECONDS:
            self._was_stable, self.deaths = True, 0
        delay = min(FIRST_DELAY_SECONDS * 2**self.deaths, LONGEST_DELAY_SECONDS)
        self._due_at = time.monotonic() + delay
        self.deaths += 1
