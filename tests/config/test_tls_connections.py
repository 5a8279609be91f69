"""TLS to a real PostgreSQL and a real pgbouncer: refusals and their findings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from config.database import Pooler, database_entry, parse_database_url
from config.desk.embedded.place import Place
from config.doctor.endpoint import examine_encryption
from tests.config.authority import DAY, Authority, Issued
from tests.config.sessions import PATIENCE_SECONDS, REPOSITORY
from tests.config.tls_servers import (
    TlsPgbouncer,
    TlsPostgres,
    new_password,
    started,
    tls_place,
)
from tests.faults.servers import OwnServer

CA = Authority("Daybook test CA")
ANOTHER_CA = Authority("Somebody else's CA")
HOST = "127.0.0.1"
GOOD = CA.issue(HOST)
Entry = dict[str, Any]


@dataclass(frozen=True)
class World:
    """A PostgreSQL that requires TLS with a client certificate, and a folder for servers."""

    place: Place
    postgres: OwnServer
    password: str = field(repr=False)

    def pgbouncer(self, shown: Issued, mode: str = "allow") -> OwnServer:
        server = TlsPgbouncer(
            self.place,
            self.password,
            lambda: self.postgres.port,
            shown=shown,
            clients=CA,
            mode=mode,
        )
        return OwnServer(server)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with ExitStack() as stack:
        place = stack.enter_context(tls_place())
        password = new_password()
        postgres = OwnServer(TlsPostgres(place, password, GOOD, CA))
        yield World(place, stack.enter_context(started(postgres)), password)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    return {
        "sslrootcert": CA.write(tmp_path / "ca.pem"),
        **CA.issue("daybook").write(tmp_path, "client.crt", "client.key"),
    }


def url_of(server: OwnServer, parameters: dict[str, str], host: str = HOST) -> str:
    address = server.url.partition("?")[0].replace(HOST, host)
    return address + "?" + "&".join(f"{name}={value}" for name, value in parameters.items())


def entry_of(server: OwnServer, parameters: dict[str, str], host: str = HOST) -> Entry:
    return database_entry(
        parse_database_url(url_of(server, parameters, host)), pooler=Pooler.PGBOUNCER
    )


def codes(entry: Entry) -> list[str]:
    found = examine_encryption(entry, datetime.now(UTC)).findings
    assert all(finding.fix for finding in found if finding.code != "tls-file")
    return [finding.code for finding in found if finding.code != "tls-file"]


def opened(entry: Entry) -> psycopg.Connection[Any]:
    """Open a connection with libpq, as Django's backend does."""
    return psycopg.connect(
        dbname=entry["NAME"],
        user=entry["USER"],
        password=entry["PASSWORD"],
        host=entry["HOST"],
        port=entry["PORT"],
        **entry["OPTIONS"],
    )


def connect(entry: Entry) -> bool:
    """Connect, and return whether the connection is encrypted."""
    with opened(entry) as link:
        link.execute("SELECT 1")
        return bool(link.pgconn.ssl_in_use)


def test_postgresql_with_a_ca_and_a_clients_certificate(
    world: World, files: dict[str, str]
) -> None:
    entry = entry_of(world.postgres, files)
    assert entry["OPTIONS"]["sslmode"] == "verify-full"
    assert codes(entry) == []
    assert connect(entry) is True


def test_a_unix_socket_by_each_way_to_write_it(world: World, files: dict[str, str]) -> None:
    folder = str(world.postgres.server.folder)
    encoded, port = folder.replace("/", "%2F"), world.postgres.port
    for url in (
        f"postgresql://daybook:{world.password}@{encoded}:{port}/daybook",
        f"postgresql+psycopg://daybook:{world.password}@/daybook?host={folder}&port={port}",
        f"postgresql://daybook:{world.password}@localhost/daybook?host={encoded}&port={port}",
    ):
        entry = database_entry(parse_database_url(url), tls=files, pooler=Pooler.PGBOUNCER)
        assert codes(entry) == []
        assert connect(entry) is False


def test_several_hosts_of_which_one_answers(world: World, files: dict[str, str]) -> None:
    two = url_of(world.postgres, files).replace(f"@{HOST}", f"@{HOST}:1,{HOST}")
    entry = database_entry(parse_database_url(two), pooler=Pooler.PGBOUNCER)
    assert codes(entry) == []
    assert connect(entry) is True


def test_a_raw_password_opens_what_its_encoding_opens(world: World, files: dict[str, str]) -> None:
    """The role's password is changed for the duration of the test."""
    raw = "p@ss/w?o#r:d %"
    with changed_password(world, raw):
        entry = entry_of(world.postgres, files)
        address = f"{HOST}:{world.postgres.port}/daybook?"
        parameters = "&".join(f"{name}={value}" for name, value in files.items())
        for password in (raw, quote(raw, safe="")):
            url = parse_database_url(f"postgresql://daybook:{password}@{address}{parameters}")
            assert connect(database_entry(url, pooler=Pooler.PGBOUNCER)) is True
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            connect(entry)


@contextmanager
def changed_password(world: World, password: str) -> Iterator[None]:
    with psycopg.connect(f"{world.postgres.url}?sslmode=disable", autocommit=True) as link:
        link.execute(sql.SQL("ALTER ROLE daybook PASSWORD {}").format(password))
        try:
            yield
        finally:
            link.execute(sql.SQL("ALTER ROLE daybook PASSWORD {}").format(world.password))


def test_postgresql_refuses_a_client_without_certificate(
    world: World, files: dict[str, str]
) -> None:
    entry = entry_of(world.postgres, {"sslrootcert": files["sslrootcert"]})
    with pytest.raises(psycopg.OperationalError, match="client certificate"):
        connect(entry)


@pytest.mark.parametrize("mode", ["allow", "verify-full"])
def test_pgbouncer_with_a_ca_and_a_clients_certificate(
    world: World, files: dict[str, str], mode: str
) -> None:
    with started(world.pgbouncer(GOOD, mode)) as pgbouncer:
        entry = entry_of(pgbouncer, files)
        assert codes(entry) == []
        assert connect(entry) is True


SHOWN = {
    "expired": (CA.issue(HOST, begins=-9 * DAY, ends=-DAY), "tls-expired"),
    "not yet valid": (CA.issue(HOST, begins=DAY, ends=9 * DAY), "tls-not-yet-valid"),
    "wrong host": (CA.issue("db.example.com"), "tls-wrong-host"),
    "wrong address": (CA.issue("127.0.0.2"), "tls-wrong-host"),
    "wrong CA": (ANOTHER_CA.issue(HOST), "tls-wrong-authority"),
}


@pytest.mark.parametrize(("shown", "code"), SHOWN.values(), ids=SHOWN)
def test_a_server_with_a_bad_certificate_is_refused_and_reported(
    world: World, files: dict[str, str], shown: Issued, code: str
) -> None:
    with started(world.pgbouncer(shown)) as pgbouncer:
        entry = entry_of(pgbouncer, files)
        assert codes(entry) == [code]
        with pytest.raises(psycopg.OperationalError):
            connect(entry)


def test_a_certificate_near_its_end_is_a_warning(world: World, files: dict[str, str]) -> None:
    with started(world.pgbouncer(CA.issue(HOST, ends=9 * DAY))) as pgbouncer:
        entry = entry_of(pgbouncer, files)
        assert codes(entry) == ["tls-expires-soon"]
        assert connect(entry) is True


def test_what_is_verified_is_never_sent_plain(world: World, files: dict[str, str]) -> None:
    with started(world.pgbouncer(GOOD, "disable")) as pgbouncer:
        entry = entry_of(pgbouncer, files)
        assert codes(entry) == ["tls-not-offered"]
        with pytest.raises(psycopg.OperationalError, match="does not support SSL"):
            connect(entry)


def spoil(files: dict[str, str], how: str) -> None:
    key, certificate = Path(files["sslkey"]), Path(files["sslcert"])
    if how == "mismatched":
        key.write_bytes(CA.issue("daybook").key_pem())
    elif how == "open":
        key.chmod(0o644)
    elif how == "encrypted":
        key.write_bytes(CA.issue("daybook").key_pem("open sesame"))
    elif how == "cut off":
        certificate.write_bytes(certificate.read_bytes()[:100])
    elif how == "missing":
        key.unlink()
    else:
        CA.issue("daybook", begins=-9 * DAY, ends=-DAY).write(
            certificate.parent, certificate.name, key.name
        )


SPOILED = {
    "mismatched": "tls-key-mismatch",
    "open": "tls-key-open",
    "encrypted": "tls-key-encrypted",
    "cut off": "tls-file-damaged",
    "missing": "tls-file-missing",
    "expired": "tls-expired",
}


@pytest.mark.parametrize(("how", "code"), SPOILED.items())
def test_invalid_client_files_are_refused_and_reported(
    world: World, files: dict[str, str], how: str, code: str
) -> None:
    spoil(files, how)
    entry = entry_of(world.postgres, files)
    assert codes(entry) == [code]
    with pytest.raises(psycopg.OperationalError):
        connect(entry)


def backends(entry: Entry) -> tuple[int, int]:
    """Return the announced server process and the one that answers."""
    with opened(entry) as link:
        row = link.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        return link.info.backend_pid, row[0]


def test_a_pooler_is_detected_by_its_announced_process_id(
    world: World, files: dict[str, str]
) -> None:
    """That is how the doctor detects a pooler, whatever its port, its name and our role."""
    announced, answering = backends(entry_of(world.postgres, files))
    assert announced == answering
    with started(world.pgbouncer(GOOD)) as pgbouncer:
        announced, answering = backends(entry_of(pgbouncer, files))
        assert announced != answering


def test_a_client_certificate_of_another_ca_is_refused_and_reported(
    world: World, files: dict[str, str]
) -> None:
    folder = Path(files["sslcert"]).parent
    another = ANOTHER_CA.issue("daybook").write(folder, "another.crt", "another.key")
    entry = entry_of(world.postgres, {**files, **another})
    found = examine_encryption(entry, datetime.now(UTC)).findings
    assert "tls-client-of-another-ca" in [finding.code for finding in found]
    with pytest.raises(psycopg.OperationalError, match="unknown ca"):
        connect(entry)


def doctor(url: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "dbdoctor", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "DAYBOOK_EMBEDDED": "1", "DATABASE_URL": url, **environment},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_the_doctor_finds_certificates_in_a_folder_and_is_content(
    world: World, files: dict[str, str]
) -> None:
    folder = str(Path(files["sslrootcert"]).parent)
    with started(world.pgbouncer(GOOD, "verify-full")) as pgbouncer:
        direct = url_of(world.postgres, {})
        ended = doctor(
            url_of(pgbouncer, {}),
            "--json",
            DATABASE_POOLER="pgbouncer",
            DATABASE_DIRECT_URL=direct,
            DATABASE_CERTS_DIR=folder,
        )
    reported = json.loads(ended.stdout)
    sections = {section["title"]: section for section in reported["sections"]}
    assert (ended.returncode, reported["ok"]) == (0, True), ended.stdout
    assert sections["TLS"]["facts"]["sslmode"] == "verify-full"
    assert "TLSv1.3" in sections["TLS"]["facts"]["peer"]
    assert "CN=Daybook test CA" in sections["TLS"]["facts"]["certificate"]
    assert sections["Server"]["facts"]["round trip"].endswith("ms, encrypted")
    assert sections["Direct"]["findings"] == []
    assert world.password not in ended.stdout + ended.stderr


def test_the_doctor_tells_the_fault_and_ends_with_1(world: World, files: dict[str, str]) -> None:
    spoil(files, "open")
    ended = doctor(url_of(world.postgres, files))
    assert ended.returncode == 1, ended.stderr
    assert f"✗ {files['sslkey']} is accessible to others (mode 0644)" in ended.stdout
    assert f"→ chmod 0600 {files['sslkey']}" in ended.stdout
    assert "Can't connect to the database (group or world access)" in ended.stdout
    assert "\x1b" not in ended.stdout
    assert world.password not in ended.stdout + ended.stderr
