"""The supervisor's loop: start all programs, restart those that die, and end them together."""

from __future__ import annotations

import os
import selectors
import signal
import socket
import subprocess  # nosec B404 # starts our own script
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.client import HTTPException
from types import FrameType

from config.desk.supervisor import guard
from config.desk.supervisor.child import EARLY_DEATHS_ALLOWED, Child, Console, LineWriter, Program

POLL_SECONDS = 0.1
ANSWER_SECONDS = 5
OWN_NAME = "daybook"
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LAST_LINES_SECONDS = 0.5
WATCH_EVERY_SECONDS = 1.0


def wait_until_ready(
    url: str, programs_are_ready: Callable[[], bool], ended: threading.Event
) -> bool:
    """Wait until the programs are ready and `url` (on loopback) answers 200.

    Returns False if `ended` was set first.
    """
    while not ended.wait(POLL_SECONDS):
        if programs_are_ready() and answers_ok(url):
            return True
    return False


def answers_ok(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=ANSWER_SECONDS) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except (urllib.error.URLError, HTTPException, OSError):
        return False


def no_watch() -> Iterable[str]:
    return ()


class Supervisor:
    """Runs `programs` until SIGINT, SIGTERM or SIGHUP; a second such signal kills them.

    `on_ready` is called in a thread once the programs are ready and `ready_url` answers 200; its
    result is printed. `watch` is called each second in another thread; it checks what the programs
    depend on, and the lines that it yields are printed. `held` is a file that the guard keeps open.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        ready_url: str,
        on_ready: Callable[[], str],
        watch: Callable[[], Iterable[str]] = no_watch,
        held: int | None = None,
    ) -> None:
        self._children = [Child(program) for program in programs]
        self._console = Console([*(p.name for p in programs), OWN_NAME], sys.stdout)
        self._ready_url = ready_url
        self._on_ready = on_ready
        self._watch = watch
        self._held = held
        self._selector = selectors.DefaultSelector()
        self._ending_signals = 0
        self._ended = threading.Event()

    def run(self) -> int:
        """Run all programs; return 0 after a signal, 1 if a program couldn't be started."""
        with guarding(self._held) as self._tell_guard, self._listening_to_signals():
            watcher = threading.Thread(target=self._keep_watch)
            watcher.start()
            threading.Thread(target=self._announce, daemon=True).start()
            try:
                failure = self._run_until_ending()
            finally:
                self._end_all()
                watcher.join()
        if failure:
            self._say(failure)
        return 1 if failure else 0

    def _run_until_ending(self) -> str:
        """Return "" after a signal, else a line with the reason for the failure."""
        while not (self._ending_signals or self._console.closed):
            for child in self._children:
                self._reap(child)
                if child.cannot_start:
                    return f"{child.name} died {EARLY_DEATHS_ALLOWED} times. See its output above."
                if child.seconds_until_due == 0 and (failure := self._start(child)):
                    return failure
            self._handle_events(self._seconds_until_next_start())
        return ""

    def _start(self, child: Child) -> str:
        try:
            output = child.start()
        except OSError as error:
            return f"Can't start {child.name}: {error.strerror}: {error.filename}"
        self._tell_guard(f"+{child.pid}\n")
        writer = LineWriter(self._console, child.name, child.notice)
        self._selector.register(output, selectors.EVENT_READ, lambda: self._pass_on(output, writer))
        return ""

    def _reap(self, child: Child) -> None:
        pid, status = child.pid, child.reap()
        if status is None:
            return
        self._tell_guard(f"-{pid}\n")
        if not self._ending_signals and not child.cannot_start:
            how = signal.Signals(-status).name if status < 0 else f"exit code {status}"
            self._say(f"{child.name} died ({how}), restarting it.")

    def _pass_on(self, output: int, writer: LineWriter) -> None:
        received = os.read(output, 65_536)
        if received:
            writer.feed(received)
            return
        writer.finish()
        self._selector.unregister(output)
        os.close(output)

    def _seconds_until_next_start(self) -> float | None:
        waits = [child.seconds_until_due for child in self._children]
        return min((wait for wait in waits if wait is not None), default=None)

    def _handle_events(self, timeout_seconds: float | None) -> None:
        """Wait for output, a death or a signal, at most for the given time."""
        for key, _ in self._selector.select(timeout_seconds):
            key.data()

    def _end_all(self) -> None:
        """End all programs; reads their output meanwhile, so that none blocks on its last lines."""
        self._ended.set()
        self._ending_signals = self._ending_signals or 1
        names = ", ".join(child.name for child in self._children if child.pid)
        if names:
            self._say(f"Stopping {names} ... Press Ctrl-C again to kill them.")
        for child in self._children:
            child.terminate()
        self._wait(lambda: all(child.pid is None for child in self._children), guard.GRACE_SECONDS)
        for child in self._children:
            child.kill()
            self._reap(child)
        self._wait(lambda: len(self._selector.get_map()) <= 1, LAST_LINES_SECONDS)

    def _wait(self, condition: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not condition() and time.monotonic() < deadline and self._ending_signals < 2:
            self._handle_events(min(0.1, seconds))
            for child in self._children:
                self._reap(child)

    def _announce(self) -> None:
        if wait_until_ready(self._ready_url, self._all_ready, self._ended):
            self._console.write(self._on_ready())

    def _all_ready(self) -> bool:
        return all(child.is_ready for child in self._children)

    def _keep_watch(self) -> None:
        while not self._ended.wait(WATCH_EVERY_SECONDS):
            for line in self._watch():
                self._say(line)

    def _say(self, text: str) -> None:
        self._console.line(OWN_NAME, text)

    @contextmanager
    def _listening_to_signals(self) -> Iterator[None]:
        """Make every signal, SIGCHLD too, write a byte that wakes the loop."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        self._selector.register(ours, selectors.EVENT_READ, lambda: ours.recv(4096))
        before_fd = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        heard = [n for n in (*ENDING_SIGNALS, signal.SIGCHLD) if not is_under_nohup(n)]
        before = {n: signal.signal(n, self._note_signal) for n in heard}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(before_fd)
            ours.close()
            theirs.close()
            self._selector.close()

    def _note_signal(self, number: int, frame: FrameType | None) -> None:
        if number in ENDING_SIGNALS:
            self._ending_signals += 1


def is_under_nohup(number: signal.Signals) -> bool:
    """Return whether the caller wants SIGHUP ignored (POSIX, nohup)."""
    return number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN


@contextmanager
def guarding(held: int | None) -> Iterator[Callable[[str], None]]:
    """Start the guard, which ends our programs if we are killed; yields a function to tell it."""
    its_input, pipe = os.pipe()
    process = subprocess.Popen(  # noqa: S603  # nosec B603 # our own script
        [sys.executable, "-I", "-S", guard.__file__],
        stdin=its_input,
        start_new_session=True,
        pass_fds=() if held is None else (held,),
    )
    os.close(its_input)

    def tell(message: str) -> None:
        with suppress(BrokenPipeError):  # the guard was killed; the programs continue
            os.write(pipe, message.encode())

    try:
        yield tell
    finally:
        os.close(pipe)
        process.wait()
