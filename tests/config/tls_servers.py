"""PostgreSQL with ssl=on, and pgbouncer with TLS in front of it, with a test's certificates.

They are Debian's, because the wheel's PostgreSQL is built without TLS.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from config.desk.embedded.place import Place, find_place, make_var
from config.desk.embedded.programs import DATABASE, ROLE, Postgres
from tests.config.authority import Authority, Issued
from tests.faults.pgbouncer import Pgbouncer
from tests.faults.servers import OwnServer
from tests.parts import POSTGRESQL, require

# PostgreSQL's readiness checks connect without TLS; over TLS a client certificate is required.
HOST_BASED_AUTHENTICATION = f"""
local all {ROLE} scram-sha-256
hostnossl all {ROLE} 127.0.0.1/32 scram-sha-256
hostssl all {ROLE} 127.0.0.1/32 scram-sha-256 clientcert=verify-ca
"""


class TlsPostgres(Postgres):
    def __init__(self, place: Place, password: str, shown: Issued, clients: Authority) -> None:
        super().__init__(place, password, password_is_new=False, durable=False)
        self._shown, self._clients = shown, clients

    def prepare(self) -> None:
        super().prepare()
        (self.folder / "pg_hba.conf").write_text(HOST_BASED_AUTHENTICATION)
        put_certificates(self.place, self.folder, self._shown, self._clients)

    def _fill(self, data: Path) -> None:
        initdb = [self._binary("initdb"), "-D", str(data), "--username=postgres", "--no-sync"]
        self._succeed(self.place.run([*initdb, "--locale=C.UTF-8", "--auth=reject"]))
        role = f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{self._password}';\n"
        self._run_single_user(data, f"{role}CREATE DATABASE {DATABASE} OWNER {ROLE};\n")

    def _binary(self, name: str) -> str:
        return str(debians_postgresql() / name)

    def command(self, port: int) -> list[str]:
        names = {"ssl": "on", "ssl_cert_file": "tls.crt", "ssl_key_file": "tls.key",
                 "ssl_ca_file": "clients.crt", "unix_socket_directories": "."}  # fmt: skip
        return [*super().command(port), *(f"--{name}={value}" for name, value in names.items())]


def debians_postgresql() -> Path:
    """Return the program folder of the newest installed version."""
    return require(POSTGRESQL)


class TlsPgbouncer(Pgbouncer):
    """A pgbouncer; `mode` is its client_tls_sslmode; verify-full requires a client certificate."""

    def __init__(
        self,
        place: Place,
        password: str,
        postgres_port: Callable[[], int],
        *,
        shown: Issued,
        clients: Authority,
        mode: str = "allow",
    ) -> None:
        super().__init__(place, password, postgres_port)
        self._shown, self._clients, self._mode = shown, clients, mode

    def prepare(self) -> None:
        super().prepare()
        put_certificates(self.place, self.folder, self._shown, self._clients)

    def command(self, port: int) -> list[str]:
        command = super().command(port)
        with Path(command[-1]).open("a") as settings:
            settings.write(
                f"client_tls_sslmode = {self._mode}\n"
                f"client_tls_cert_file = {self.folder / 'tls.crt'}\n"
                f"client_tls_key_file = {self.folder / 'tls.key'}\n"
                f"client_tls_ca_file = {self.folder / 'clients.crt'}\n"
            )
        return command

    def answers(self, port: int) -> bool:
        if self._mode != "verify-full":
            return super().answers(port)
        try:
            psycopg.connect(self.url(port).replace("=disable", "=require"))
        except psycopg.OperationalError as error:
            return "certificate required" in str(error) or "alert" in str(error)
        return True


def put_certificates(place: Place, folder: Path, shown: Issued, clients: Authority) -> None:
    contents = {
        "tls.crt": shown.pem,
        "tls.key": shown.key_pem(),
        "clients.crt": clients.own.pem,
    }
    for name, content in contents.items():
        path = folder / name
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(content)
        place.give(path)


@contextmanager
def tls_place() -> Iterator[Place]:
    """Return a temporary folder for servers."""
    folder = Path(tempfile.mkdtemp(prefix="daybook-tls-")).resolve()
    folder.chmod(0o755)
    try:
        yield find_place(folder, make_var(folder, "var"), None)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def started(server: OwnServer) -> Iterator[OwnServer]:
    server.start()
    try:
        yield server
    finally:
        server.stop()


def new_password() -> str:
    return secrets.token_hex(16)
