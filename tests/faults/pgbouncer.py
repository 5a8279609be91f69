"""Debian's pgbouncer in transaction mode, with the interface of the embedded servers."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import psycopg

from config.desk.embedded.place import Place
from config.desk.embedded.programs import DATABASE, ROLE
from tests.parts import PGBOUNCER, require

# https://www.pgbouncer.org/config.html
SETTINGS = {
    "listen_addr": "127.0.0.1",
    "unix_socket_dir": "",
    "pool_mode": "transaction",
    "auth_type": "scram-sha-256",
    "max_client_conn": "200",
    "default_pool_size": "10",
    "server_login_retry": "1",
    "query_wait_timeout": "5",
}


class Pgbouncer:
    title = "pgbouncer"
    program = "pgbouncer"
    stop_signal = signal.SIGTERM  # at once, without waiting for its clients

    def __init__(self, place: Place, password: str, postgres_port: Callable[[], int]) -> None:
        self.place = place
        self.folder = place.home / "pgbouncer"
        self._password = password
        self._postgres_port = postgres_port

    def prepare(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.place.give(self.folder)

    def command(self, port: int) -> list[str]:
        users = self._write("users.txt", f'"{ROLE}" "{self._password}"\n')
        settings = SETTINGS | {"listen_port": str(port), "auth_file": str(users)}
        lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
        database = f"* = host=127.0.0.1 port={self._postgres_port()}\n"
        path = self._write("pgbouncer.ini", f"[databases]\n{database}[pgbouncer]\n{lines}")
        return [program(), str(path)]

    def answers(self, port: int) -> bool:
        try:
            psycopg.connect(self.url(port), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, port: int) -> str:
        return f"postgresql://{ROLE}:{self._password}@127.0.0.1:{port}/{DATABASE}?sslmode=disable"

    def _write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(text)
        self.place.give(path)
        return path


def program() -> str:
    return str(require(PGBOUNCER))
