"""The embedded servers during a manage.py command, and their restart under the supervisor."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import environ

from config.desk.embedded.place import EmbeddedError
from config.desk.embedded.sharing import endpoints, restart_dead, running
from config.environment import file_variable

# Commands that need no server; every other command gets them, since it may use them.
SERVERLESS = frozenset(
    {
        "check", "collectstatic", "compilemessages", "diffsettings", "findstatic", "help",
        "makemessages", "spectacular", "startapp", "startproject", "version",
    }
)  # fmt: skip

TITLES = {"DATABASE_URL": "PostgreSQL", "REDIS_URL": "Valkey"}

# These run until they are stopped, and print each step.
PRINTING_STEPS = (["up"], ["demo"])

# These describe a given DATABASE_URL and don't apply to the embedded database.
GIVEN_DATABASE_ONLY = ("DATABASE_DIRECT_URL", "DATABASE_POOLER", "DATABASE_CERTS_DIR")

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def for_command(base_dir: Path, arguments: Sequence[str]) -> Iterator[None]:
    """Start missing servers, and set DATABASE_URL and REDIS_URL to them for one command.

    Without DATABASE_URL this is a desk, and DAYBOOK_EMBEDDED=1 tells the settings so. Raises
    EmbeddedError.
    """
    read_dotenv(base_dir)
    missing = {
        name for name in TITLES if not (os.environ.get(name) or os.environ.get(file_variable(name)))
    }
    if "DATABASE_URL" in missing:
        os.environ["DAYBOOK_EMBEDDED"] = "1"
        os.environ.update(dict.fromkeys(GIVEN_DATABASE_ONLY, ""))
        os.environ.pop(file_variable("DATABASE_DIRECT_URL"), None)
    if not missing or is_serverless(arguments):
        yield
        return
    titles = " and ".join(title for name, title in TITLES.items() if name in missing)
    say = write_step if words_of(arguments)[:1] in PRINTING_STEPS else print_nothing
    say(f"Starting {titles} ...")
    with (
        ending_on_signals(),
        running(
            base_dir,
            want_postgres="DATABASE_URL" in missing,
            want_redis="REDIS_URL" in missing,
            on_stop=lambda: say(f"Stopping {titles} ..."),
        ) as found,
    ):
        urls = {"DATABASE_URL": found.database_url, "REDIS_URL": found.redis_url}
        os.environ.update({name: url for name, url in urls.items() if url})
        try:
            yield
        finally:
            ignore_signals()


def write_step(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def print_nothing(text: str) -> None:
    """Print nothing: other commands have their own output."""


def read_dotenv(base_dir: Path) -> None:
    """Read `.env` with the parser that settings use; existing variables take precedence."""
    if (base_dir / ".env").is_file():
        environ.Env.read_env(base_dir / ".env")


def is_serverless(arguments: Sequence[str]) -> bool:
    if {"-h", "--help", "--version"} & set(arguments):
        return True
    if any(argument.startswith("--database") for argument in arguments):
        return False  # `check --database default` queries it
    words = words_of(arguments)
    return not words or words[0] in SERVERLESS


def words_of(arguments: Sequence[str]) -> list[str]:
    return [argument for argument in arguments if not argument.startswith("-")]


@contextmanager
def ending_on_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the command like Ctrl-C, so that the servers are stopped."""
    if threading.current_thread() is threading.main_thread():
        for number in ENDING_SIGNALS:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, exit_on_signal)
    yield


def exit_on_signal(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def ignore_signals() -> None:
    """Ignore further signals, so that a second Ctrl-C doesn't interrupt stopping the servers."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, *ENDING_SIGNALS):
            signal.signal(number, signal.SIG_IGN)


class EmbeddedWatch:
    """Restarts dead embedded servers; called each second, yields lines to print.

    It watches only the servers that this command uses, not those of a given URL.
    """

    def __init__(self, base_dir: Path) -> None:
        self._base_dir = base_dir
        found = endpoints(base_dir)
        used = {
            "postgres": found and found.database_url == os.environ.get("DATABASE_URL"),
            "valkey": found and found.redis_url == os.environ.get("REDIS_URL"),
        }
        self._names = [name for name, is_used in used.items() if is_used]
        self._last_error = ""

    def __call__(self) -> Iterator[str]:
        if not self._names:
            return
        try:
            for title in restart_dead(self._base_dir, self._names):
                yield f"{title} died and was restarted."
        except EmbeddedError as error:
            if str(error) != self._last_error:
                yield str(error)
            self._last_error = str(error)
