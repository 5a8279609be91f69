"""`manage.py up` runs web, worker and beat on the given servers, or says why it can't."""

import os
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest

from config.desk.secrets import load_local_secrets
from tests.checkouts import copy_checkout
from tests.config.sessions import PATIENCE_SECONDS, Interpreter, wait_until
from tests.config.tls_servers import started, tls_place
from tests.faults.pgbouncer import Pgbouncer
from tests.faults.servers import OwnServer

SECRET = "never-shown"
# The supervisor gives its programs 8 s; the rest is for their last lines and its own end.
ENDS_SECONDS = 30
Command = subprocess.Popen[str]


@pytest.fixture
def database_url() -> Iterator[str]:
    """Return the URL of a new, empty database."""
    server, _, run = os.environ["DATABASE_URL"].rpartition("/")
    name = f"{run.partition('?')[0]}_up_{os.getpid()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}".encode())
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield f"{server}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the checkout: it runs one `up` at a time, and other tests run beside these."""
    return copy_checkout(tmp_path_factory.mktemp("copy"))


@pytest.fixture
def manage(copy: Path) -> Iterator[Callable[..., Command]]:
    """Start manage.py commands, and end those that still run."""
    started: list[Command] = []

    def run(*arguments: str, **environment: str) -> Command:
        started.append(Interpreter(cwd=copy).popen("manage.py", *arguments, **environment))
        return started[-1]

    yield run
    for command in started:
        if command.poll() is None:
            command.kill()
            command.communicate()


def refusal(command: Command) -> str:
    """Return the single line with which a command failed at once, with exit code 1."""
    output, _ = command.communicate(timeout=PATIENCE_SECONDS)
    assert command.returncode == 1
    [line] = output.splitlines()
    return line


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_taken_port(manage: Callable[..., Command]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        line = refusal(manage("up", "--port", str(port)))
    assert f"Port {port} is in use" in line
    assert "--port N" in line


@pytest.mark.parametrize("port", ["0", "65536", "eight"])
def test_an_invalid_port(manage: Callable[..., Command], port: str) -> None:
    output, _ = manage("up", "--port", port).communicate(timeout=PATIENCE_SECONDS)
    assert f"{port} is not a whole number from 1 to 65535" in output


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_a_server_that_is_not_there(
    manage: Callable[..., Command], database_url: str, name: str
) -> None:
    scheme = {"DATABASE_URL": "postgresql", "REDIS_URL": "redis"}[name]
    url = f"{scheme}://someone:{SECRET}@127.0.0.1:{free_port()}/0"
    given = {"DATABASE_URL": database_url, name: url}
    line = refusal(manage("up", "--port", str(free_port()), **given))
    assert f"(Connection refused): check that it is running and that {name}" in line
    assert SECRET not in line
    assert "someone" not in line


def test_a_server_that_never_answers(manage: Callable[..., Command]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"postgresql://someone:{SECRET}@127.0.0.1:{silent.getsockname()[1]}/name"
        line = refusal(manage("up", "--port", str(free_port()), DATABASE_URL=url))
    assert "Can't connect to PostgreSQL" in line
    assert SECRET not in line


def test_a_password_that_is_wrong(manage: Callable[..., Command]) -> None:
    address = os.environ["DATABASE_URL"].rpartition("@")[2]
    url = f"postgresql://daybook:{SECRET}@{address}"
    line = refusal(manage("up", "--port", str(free_port()), DATABASE_URL=url))
    assert "Can't connect to PostgreSQL (authentication failed)" in line
    assert SECRET not in line


def test_a_pooler_that_is_taken_for_a_server(manage: Callable[..., Command]) -> None:
    server = urlsplit(os.environ["DATABASE_URL"])
    with tls_place() as place:
        pooler = OwnServer(Pgbouncer(place, str(server.password), lambda: int(server.port or 0)))
        with started(pooler):
            line = refusal(manage("up", "--port", str(free_port()), DATABASE_URL=pooler.url))
    assert "a connection pooler answered, so set DATABASE_POOLER=pgbouncer." in line


def test_the_demo_refuses_a_database_that_was_given(
    manage: Callable[..., Command], checkout: Path
) -> None:
    given = {"DAYBOOK_EMBEDDED": "", **load_local_secrets(checkout)}
    line = refusal(manage("demo", "--port", str(free_port()), **given))
    assert "Unset DATABASE_URL" in line


def test_a_calendar_file_that_is_not_there(manage: Callable[..., Command]) -> None:
    line = refusal(manage("demo", "--port", str(free_port()), "--ics", "no/such.ics"))
    assert "Can't read no/such.ics" in line


def test_everything_runs_until_it_is_ended(
    manage: Callable[..., Command], database_url: str
) -> None:
    port = free_port()
    command = manage("up", "--port", str(port), "--workers", "1", DATABASE_URL=database_url)
    output = read_until(command, "Press Ctrl-C to stop.")
    assert f"Daybook runs at http://127.0.0.1:{port}/\n" in output
    steps = ["Applying", "Collecting static files", "Starting web, worker, beat", "Daybook runs at"]
    assert sorted(steps, key=output.index) == steps
    assert "INFO" not in output
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
        assert answer.status == 200
    line = refusal(manage("up", "--port", str(free_port()), DATABASE_URL=database_url))
    assert f"already runs in this checkout: http://127.0.0.1:{port}, process {command.pid}" in line
    family = psutil.Process(command.pid).children(recursive=True)
    [web] = [p for p in family if "gunicorn" in p.cmdline() and p.ppid() == command.pid]
    web.kill()
    output += read_until(command, "web died (SIGKILL), restarting it")
    wait_until(lambda: answers(port))
    family = psutil.Process(command.pid).children(recursive=True)
    command.send_signal(signal.SIGINT)
    output += command.communicate(timeout=ENDS_SECONDS)[0]
    assert command.returncode == 0
    assert "Stopping web, worker, beat ... Press Ctrl-C again to kill them." in output
    assert "received" not in output
    assert not [process for process in family if is_alive(process)]
    assert "Traceback" not in output
    assert database_url not in output


def read_until(command: Command, words: str) -> str:
    assert command.stdout is not None
    lines: list[str] = []
    while not lines or words not in lines[-1]:
        lines.append(command.stdout.readline())
        assert lines[-1], "".join(lines)
    return "".join(lines)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
