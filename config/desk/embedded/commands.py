"""What manage.py needs: the embedded servers for the time of one command."""

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

# Commands that work without any server; every other one has them, since it may well ask.
SERVERLESS = frozenset(
    {
        "check", "collectstatic", "compilemessages", "diffsettings", "findstatic", "help",
        "makemessages", "spectacular", "startapp", "startproject", "version",
    }
)  # fmt: skip

# They run until they are ended, and tell each step on their way.
TITLES = {"DATABASE_URL": "PostgreSQL", "REDIS_URL": "Valkey"}
ANNOUNCED = (["up"], ["demo"])

# They say more of a DATABASE_URL that is given, and nothing of the embedded one.
OF_A_GIVEN_DATABASE = ("DATABASE_DIRECT_URL", "DATABASE_POOLER", "DATABASE_CERTS_DIR")
ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def for_command(base_dir: Path, arguments: Sequence[str]) -> Iterator[None]:
    """Puts what is missing of DATABASE_URL and REDIS_URL into the environment for one command.

    Without DATABASE_URL this is a desk, and DAYBOOK_EMBEDDED=1 tells settings so.
    Raises EmbeddedError.
    """
    read_dotenv(base_dir)
    missing = {
        name for name in TITLES if not (os.environ.get(name) or os.environ.get(file_variable(name)))
    }
    if "DATABASE_URL" in missing:
        os.environ["DAYBOOK_EMBEDDED"] = "1"
        os.environ.update(dict.fromkeys(OF_A_GIVEN_DATABASE, ""))
        os.environ.pop(file_variable("DATABASE_DIRECT_URL"), None)
    if not missing or is_serverless(arguments):
        yield
        return
    titles = " and ".join(title for name, title in TITLES.items() if name in missing)
    say = write_step if words_of(arguments)[:1] in ANNOUNCED else pass_over
    say(f"Starting {titles} ...")
    with (
        endable(),
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
            hold_interrupts()


def write_step(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def pass_over(text: str) -> None:
    """The output of other commands is their own."""


def read_dotenv(base_dir: Path) -> None:
    """As settings do, with the same parser; what the environment already has stays."""
    if (base_dir / ".env").is_file():
        environ.Env.read_env(base_dir / ".env")


def is_serverless(arguments: Sequence[str]) -> bool:
    if {"-h", "--help", "--version"} & set(arguments):
        return True
    if any(argument.startswith("--database") for argument in arguments):
        return False  # `check --database default` asks it
    words = words_of(arguments)
    return not words or words[0] in SERVERLESS


def words_of(arguments: Sequence[str]) -> list[str]:
    return [argument for argument in arguments if not argument.startswith("-")]


@contextmanager
def endable() -> Iterator[None]:
    """SIGTERM and a closed terminal end the command as Ctrl-C does, and so stop the servers."""
    if threading.current_thread() is threading.main_thread():
        for number in ENDING_SIGNALS:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, exit_on_signal)
    yield


def exit_on_signal(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def hold_interrupts() -> None:
    """A second, impatient Ctrl-C must not keep the servers from being stopped."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, *ENDING_SIGNALS):
            signal.signal(number, signal.SIG_IGN)


class EmbeddedWatch:
    """Called each second by the supervisor; yields what is worth a line.

    It looks after the servers that this command uses, and after none where addresses of others
    were given.
    """

    def __init__(self, base_dir: Path) -> None:
        self._base_dir = base_dir
        found = endpoints(base_dir)
        used = {
            "postgres": found and found.database_url == os.environ.get("DATABASE_URL"),
            "valkey": found and found.redis_url == os.environ.get("REDIS_URL"),
        }
        self._names = [name for name, is_used in used.items() if is_used]
        self._told = ""

    def __call__(self) -> Iterator[str]:
        if not self._names:
            return
        try:
            for title in restart_dead(self._base_dir, self._names):
                yield f"{title} died and is started again."
        except EmbeddedError as error:
            if str(error) != self._told:
                yield str(error)
            self._told = str(error)
