"""The logs of several programs in one stream, each line with its program's name before it."""

import os
import threading
from collections.abc import Callable, Sequence
from itertools import cycle
from typing import TextIO

COLOURS = (36, 32, 33, 35, 34)  # cyan, green, yellow, magenta, blue (ECMA-48, SGR)
LONGEST_LINE_BYTES = 65_536


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
