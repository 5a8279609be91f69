"""Several programs run as one: restarted when they die, ended together, never left behind."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.config.sessions import PATIENCE_SECONDS, REPOSITORY, Interpreter, wait_until

# Each program writes its process id to a file, one per line, then does what its name says.
NOTE = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); "
SERVE = NOTE + (
    "from http.server import *; HTTPServer(('127.0.0.1', int(sys.argv[2])),"
    " SimpleHTTPRequestHandler).serve_forever()"
)
SLEEP = NOTE + "print('good morning'); time.sleep(600)"
FAIL = NOTE + "print('my configuration is wrong'); sys.exit(3)"
STUBBORN = NOTE + (
    "import signal; signal.signal(15, lambda *_: print('I stay'));"
    " print('good morning'); time.sleep(600)"
)
PARENT = NOTE + (
    "import subprocess; child = subprocess.Popen(['sleep', '600']);"
    " open(sys.argv[1], 'a').write(f'{child.pid}\\n'); time.sleep(600)"
)

# Programs have 8 s, plus the delays of a loaded machine.
ENDS_SECONDS = 30

Supervised = subprocess.Popen[str]
Start = Callable[..., Supervised]


class Notes:
    """The process ids that the programs of a test wrote."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def argv(self, name: str, code: str, *arguments: str) -> list[str]:
        return [sys.executable, "-c", code, str(self._folder / name), *arguments]

    def of(self, name: str) -> list[int]:
        file = self._folder / name
        return list(map(int, file.read_text().split())) if file.exists() else []

    def all(self) -> list[int]:
        return [pid for file in self._folder.iterdir() for pid in self.of(file.name)]


def lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def notes(tmp_path: Path) -> Iterator[Notes]:
    """Fail if a recorded process still runs after the test."""
    found = Notes(tmp_path)
    yield found
    wait_until(lambda: not any(map(lives, found.all())))


@pytest.fixture
def start(notes: Notes) -> Iterator[Start]:
    """Start a supervisor for {name: argv}."""
    started: list[Supervised] = []

    def start_one(programs: dict[str, list[str]], port: int = 0) -> Supervised:
        url = f"http://127.0.0.1:{port or free_port()}/"
        process = Interpreter().popen("-m", "tests.config.run_supervisor", url)
        started.append(process)
        assert process.stdin is not None
        process.stdin.write(json.dumps(programs))
        process.stdin.close()
        process.stdin = None
        return process

    yield start_one
    for process in started:
        if process.poll() is None:
            process.kill()
            process.communicate()


def end(process: Supervised, number: signal.Signals = signal.SIGTERM) -> str:
    """Send the signal and return the output until the supervisor's end."""
    process.send_signal(number)
    return process.communicate(timeout=ENDS_SECONDS)[0]


def test_lines_carry_the_name_of_their_program(start: Start, notes: Notes) -> None:
    process = start({"worker": notes.argv("a", SLEEP), "beat": notes.argv("b", SLEEP)})
    assert process.stdout is not None
    lines = sorted(process.stdout.readline() for _ in range(2))
    assert lines == ["beat    | good morning\n", "worker  | good morning\n"]
    assert end(process) == "daybook | Stopping worker, beat ... Press Ctrl-C again to kill them.\n"
    assert process.returncode == 0


def test_readiness_is_announced_once_the_page_answers(start: Start, notes: Notes) -> None:
    port = free_port()
    process = start({"web": notes.argv("a", SERVE, str(port))}, port)
    assert process.stdout is not None
    while (line := process.stdout.readline()) != "all is ready\n":
        assert line.startswith("web     | ")
    assert "all is ready" not in end(process)


def test_readiness_waits_for_the_words_of_each_program(start: Start, notes: Notes) -> None:
    port = free_port()
    slow = NOTE + "time.sleep(1); print('good morning'); time.sleep(600)"
    programs = {"web": notes.argv("a", SERVE, str(port)), "worker": notes.argv("b", slow)}
    process = start(programs, port)
    assert process.stdout is not None
    lines: list[str] = []
    while "all is ready\n" not in lines:
        lines.append(process.stdout.readline())
    assert "worker  | good morning\n" in lines
    end(process)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_program_that_dies_is_started_again(
    start: Start, notes: Notes, number: signal.Signals
) -> None:
    process = start({"web": notes.argv("a", SLEEP), "beat": notes.argv("b", SLEEP)})
    wait_until(lambda: notes.of("a") and notes.of("b"))
    os.kill(notes.of("a")[0], number)
    wait_until(lambda: len(notes.of("a")) == 2)
    output = end(process)
    assert f"daybook | web died ({number.name}), restarting it.\n" in output
    assert len(notes.of("b")) == 1


def test_what_a_dead_program_started_is_ended(start: Start, notes: Notes) -> None:
    process = start({"worker": notes.argv("a", PARENT)})
    wait_until(lambda: len(notes.of("a")) == 2)
    parent, child = notes.of("a")
    os.kill(parent, signal.SIGKILL)
    wait_until(lambda: not lives(child))
    wait_until(lambda: len(notes.of("a")) == 4)
    end(process)


def test_a_program_that_cannot_start_ends_everything(start: Start, notes: Notes) -> None:
    process = start({"web": notes.argv("a", FAIL), "beat": notes.argv("b", SLEEP)})
    output = process.communicate(timeout=PATIENCE_SECONDS)[0]
    assert process.returncode == 1
    assert output.count("web     | my configuration is wrong\n") == 5
    assert output.splitlines()[-1] == "daybook | web died 5 times. See its output above."


def test_a_program_that_is_not_there_ends_everything(start: Start, notes: Notes) -> None:
    process = start({"beat": notes.argv("b", SLEEP), "web": ["/no/such/program"]})
    output = process.communicate(timeout=PATIENCE_SECONDS)[0]
    assert process.returncode == 1
    reason = "No such file or directory: /no/such/program"
    assert output.splitlines()[-1] == f"daybook | Can't start web: {reason}"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_in_good_order(
    start: Start, notes: Notes, number: signal.Signals
) -> None:
    process = start({"web": notes.argv("a", SLEEP), "worker": notes.argv("b", PARENT)})
    wait_until(lambda: notes.of("a") and len(notes.of("b")) == 2)
    end(process, number)
    assert process.returncode == 0
    assert not any(map(lives, notes.all()))


def test_under_nohup_it_outlives_its_terminal(start: Start, notes: Notes) -> None:
    ignored = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.config.run_supervisor", "http://127.0.0.1:1/"],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    finally:
        signal.signal(signal.SIGHUP, ignored)
    assert process.stdin is not None
    process.stdin.write(json.dumps({"web": notes.argv("a", SLEEP)}))
    process.stdin.close()
    process.stdin = None
    wait_until(lambda: notes.of("a"))
    process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    end(process)
    assert process.returncode == 0


def test_a_program_that_will_not_end_is_killed_in_time(start: Start, notes: Notes) -> None:
    process = start({"worker": notes.argv("a", STUBBORN)})
    assert process.stdout is not None
    assert process.stdout.readline() == "worker  | good morning\n"
    end(process)
    assert not any(map(lives, notes.all()))


def test_a_second_signal_ends_all_at_once(start: Start, notes: Notes) -> None:
    process = start({"worker": notes.argv("a", STUBBORN)})
    assert process.stdout is not None
    assert process.stdout.readline() == "worker  | good morning\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline().startswith("daybook | Stopping worker ...")
    assert process.stdout.readline() == "worker  | I stay\n"
    end(process, signal.SIGINT)
    assert not any(map(lives, notes.all()))


def test_nothing_outlives_a_supervisor_that_is_killed(start: Start, notes: Notes) -> None:
    process = start({"web": notes.argv("a", SLEEP), "worker": notes.argv("b", PARENT)})
    wait_until(lambda: notes.of("a") and len(notes.of("b")) == 2)
    process.kill()
    process.wait()
    wait_until(lambda: not any(map(lives, notes.all())))


def test_a_reader_that_goes_away_ends_all(start: Start, notes: Notes) -> None:
    process = start({"web": notes.argv("a", SLEEP), "beat": notes.argv("b", FAIL)})
    assert process.stdout is not None
    process.stdout.close()
    assert process.wait(timeout=PATIENCE_SECONDS) == 0
