"""How a test run connects to PostgreSQL, by `pytest --database=…`.

The setups are direct, pgbouncer and pgbouncer-tls. Each setup yields the environment that Daybook
gets. Test databases are created directly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tests.config.authority import Authority
from tests.config.tls_servers import (
    TlsPgbouncer,
    TlsPostgres,
    new_password,
    started,
    tls_place,
)
from tests.faults.pgbouncer import Pgbouncer
from tests.faults.servers import OwnServer

HOST = "127.0.0.1"
Setup = Callable[[str], AbstractContextManager[Mapping[str, str]]]


@contextmanager
def direct(url: str) -> Iterator[Mapping[str, str]]:
    yield {"DATABASE_URL": url}


@contextmanager
def pgbouncer(url: str) -> Iterator[Mapping[str, str]]:
    """Run pgbouncer in transaction mode in front of the server of `url`."""
    server = urlsplit(url)
    assert server.port is not None
    port = server.port
    with tls_place() as place:
        pooler = OwnServer(Pgbouncer(place, str(server.password), lambda: port))
        with started(pooler):
            yield _pooled(url.replace(f":{port}/", f":{pooler.port}/"), url)


class VerifyingPgbouncer(TlsPgbouncer):
    """A pgbouncer that verifies the server's certificate and presents its own."""

    def command(self, port: int) -> list[str]:
        command = super().command(port)
        with Path(command[-1]).open("a") as settings:
            settings.write(
                "server_tls_sslmode = verify-full\n"
                f"server_tls_ca_file = {self.folder / 'clients.crt'}\n"
                f"server_tls_cert_file = {self.folder / 'tls.crt'}\n"
                f"server_tls_key_file = {self.folder / 'tls.key'}\n"
            )
        return command


@contextmanager
def pgbouncer_tls(url: str) -> Iterator[Mapping[str, str]]:
    """Run a PostgreSQL with TLS behind a pgbouncer with TLS, both verified with verify-full.

    Both require a client certificate. `url` gives only the database's name.
    """
    authority, password = Authority("The CA of a test run"), new_password()
    shown = authority.issue(HOST)
    with tls_place() as place:
        postgres = OwnServer(TlsPostgres(place, password, shown, authority))
        pooler = OwnServer(
            VerifyingPgbouncer(
                place,
                password,
                lambda: postgres.port,
                shown=shown,
                clients=authority,
                mode="verify-full",
            )
        )
        tls = {
            "sslmode": "verify-full",
            "sslrootcert": authority.write(place.checkout / "ca.crt"),
            **authority.issue("daybook").write(place.checkout, "client.crt", "client.key"),
        }
        with started(postgres), started(pooler):
            name = urlsplit(url).path
            way = f"postgresql://daybook:{password}@{HOST}"
            yield _pooled(
                f"{way}:{pooler.port}{name}?{urlencode(tls)}",
                f"{way}:{postgres.port}{name}?{urlencode(tls)}",
            )


def _pooled(url: str, direct_url: str) -> Mapping[str, str]:
    return {
        "DATABASE_URL": url,
        "DATABASE_DIRECT_URL": direct_url,
        "DATABASE_POOLER": "pgbouncer",
    }


SETUPS: Mapping[str, Setup] = {
    "direct": direct,
    "pgbouncer": pgbouncer,
    "pgbouncer-tls": pgbouncer_tls,
}
