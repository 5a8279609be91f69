"""A test's own PostgreSQL, pgbouncer and Valkey, which can be stopped, killed and restarted.

    with own_servers() as own:
        own.postgres.kill()
        own.postgres.start()

Each keeps its port and its data across restarts. They are the wheels' servers, as at a desk, and
Debian's pgbouncer; everything that runs in the folder is stopped at the end of the block.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from config.desk.embedded.place import Place, find_place, make_var
from config.desk.embedded.servers import (
    Server,
    ensure_running,
    processes_of,
    stop,
    wait_gone,
    works_in,
)
from config.desk.embedded.sharing import servers_of
from config.desk.embedded.state import Listener, State
from tests.faults.pgbouncer import Pgbouncer
from tests.parts import PGBOUNCER, require

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass
class OwnServer:
    """One of the wheels' servers, or pgbouncer."""

    server: Server
    listener: Listener | None = None

    @property
    def port(self) -> int:
        assert self.listener is not None, "it was never started"
        return self.listener.port

    @property
    def url(self) -> str:
        return self.server.url(self.port)

    def start(self) -> None:
        before = self.listener
        self.listener = ensure_running(self.server, before, in_use=False)
        assert before is None or before.port == self.port, "another program took its port"

    def stop(self) -> None:
        stop(self.server)

    def freeze(self) -> None:
        """Suspend the server: it accepts connections but doesn't answer."""
        for process in self._processes():
            process.suspend()

    def thaw(self) -> None:
        for process in self._processes():
            process.resume()

    def _processes(self) -> list[psutil.Process]:
        folder = str(self.server.folder.resolve())
        return [p for p in psutil.process_iter() if works_in(p, self.server.program, folder)]

    def kill(self) -> None:
        """Kill the server and its children at once, as if the machine were out of memory."""
        found = self._processes()
        for process in found:
            with suppress(psutil.NoSuchProcess):  # it ended with its parent
                process.kill()
        for process in found:
            wait_gone(process)


@dataclass(frozen=True)
class OwnServers:
    """A migrated PostgreSQL behind a pgbouncer in transaction mode, and a Valkey."""

    folder: Path
    postgres: OwnServer
    pgbouncer: OwnServer
    valkey: OwnServer

    @property
    def environment(self) -> Mapping[str, str]:
        """Return the environment for Daybook's programs, with PostgreSQL behind pgbouncer."""
        return {
            "DATABASE_URL": self.pgbouncer.url,
            "DATABASE_POOLER": "pgbouncer",
            "DATABASE_DIRECT_URL": self.postgres.url,
            "REDIS_URL": self.valkey.url,
            "DAYBOOK_EMBEDDED": "1",
        }

    def start(self) -> None:
        """Start those that aren't running."""
        for server in (self.postgres, self.pgbouncer, self.valkey):
            if not processes_of(server.server):
                server.start()


@contextmanager
def own_servers() -> Iterator[OwnServers]:
    require(PGBOUNCER)
    folder = Path(tempfile.mkdtemp(prefix="daybook-faults-")).resolve()
    folder.chmod(0o755)
    place = find_place(folder, make_var(folder, "var"), None)
    own = _servers(place)
    try:
        own.start()
        _migrate(own)
        yield own
    finally:
        for server in (own.pgbouncer, own.valkey, own.postgres):
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def own_valkey() -> Iterator[OwnServer]:
    """Run only a Valkey, which starts a second faster than all of them."""
    folder = Path(tempfile.mkdtemp(prefix="daybook-valkey-")).resolve()
    folder.chmod(0o755)
    valkey = _servers(find_place(folder, make_var(folder, "var"), None)).valkey
    try:
        valkey.start()
        yield valkey
    finally:
        valkey.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _servers(place: Place) -> OwnServers:
    password = State(place.checkout).password
    state = State(place.checkout, password=password)
    of_a_desk = servers_of(place, state, durable=True)
    postgres = OwnServer(of_a_desk["postgres"])
    pgbouncer = OwnServer(Pgbouncer(place, password, lambda: postgres.port))
    return OwnServers(place.checkout, postgres, pgbouncer, OwnServer(of_a_desk["valkey"]))


def _migrate(own: OwnServers) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=CHECKOUT,
        env={**os.environ, **own.environment},
        check=True,
    )
