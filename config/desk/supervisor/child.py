"""One supervised program: its process, its deaths, and when it may start again."""

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
SETTLED_SECONDS = 5  # who lived that long can be started; who did not may be misconfigured
EARLY_DEATHS_ALLOWED = 5
FIRST_DELAY_SECONDS = 0.25
LONGEST_DELAY_SECONDS = 15.0


class Console:
    """Writes whole lines, from any thread. It is `closed` once nobody reads them any more."""

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
                # What is still buffered must go somewhere, or Python's own end would fail too:
                # https://docs.python.org/3/library/signal.html#note-on-sigpipe
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._output.fileno())


class LineWriter:
    """Cuts what a program writes into lines for the console, and shows each to `watch`.

    Empty lines are left out.
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
    """A terminal, unless its user said otherwise (https://no-color.org/)."""
    return output.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@dataclass(frozen=True)
class Program:
    """What to run under a short name; `environment` is added to ours. A line with `ready_words`
    in it says that the program works; without them its start does."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_words: str = ""


class Child:
    """A program through its lives. `deaths` counts those in a row that came early."""

    def __init__(self, program: Program) -> None:
        self.name = program.name
        self.deaths = 0
        self.is_ready = not program.ready_words
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._has_settled = False
        self._started_at = 0.0
        self._due_at = 0.0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def seconds_until_due(self) -> float | None:
        """None while it runs."""
        return None if self._process else max(0.0, self._due_at - time.monotonic())

    @property
    def cannot_start(self) -> bool:
        return not self._has_settled and self.deaths >= EARLY_DEATHS_ALLOWED

    def start(self) -> int:
        """The reading end of a pipe with its output and errors. Raises OSError when the program
        is not there.

        A session of its own keeps Ctrl-C in the terminal from it: its end is our decision.
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
        """Looks for the words that say that the program works."""
        self.is_ready = self.is_ready or self._program.ready_words in line

    def bury(self) -> int | None:
        """The exit status if it has died (minus the signal, if by one), and None if not.

        What it left running in its process group is killed.
        """
        if self._process is None or self._process.poll() is None:
            return None
        signal_group(self._process.pid, signal.SIGKILL)
        status = self._process.returncode
        self._process = None
        self._note_death(time.monotonic() - self._started_at)
        return status

    def terminate(self) -> None:
        """Asks the program alone: gunicorn and Celery end their own processes in good order."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        if self._process:
            signal_group(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def _note_death(self, lived_seconds: float) -> None:
        if lived_seconds >= SETTLED_SECONDS:
            self._has_settled, self.deaths = True, 0
        delay = min(FIRST_DELAY_SECONDS * 2**self.deaths, LONGEST_DELAY_SECONDS)
        self._due_at = time.monotonic() + delay
        self.deaths += 1
