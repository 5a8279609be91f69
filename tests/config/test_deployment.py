"""deploy/roles.sql and deploy/pgbouncer.ini, unchanged except for paths, and Daybook on them."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import pytest

from accounts.demo import PEOPLE
from config.desk.embedded.programs import ROLE
from tests.accounts.serving import serving
from tests.config.authority import Authority
from tests.config.sessions import REPOSITORY
from tests.config.tls_servers import (
    TlsPgbouncer,
    TlsPostgres,
    debians_postgresql,
    new_password,
    started,
    tls_place,
)
from tests.faults.pgbouncer import program
from tests.faults.servers import OwnServer

HOST = "127.0.0.1"
CA = Authority("Daybook test CA")
SERVER = CA.issue(HOST)
CLIENT = CA.issue("daybook")
OWNER, APP = "daybook_owner", "daybook_app"
PASSWORDS = {OWNER: new_password(), APP: new_password(), "postgres": new_password()}
HOST_BASED_AUTHENTICATION = f"""
hostnossl all {ROLE},postgres 127.0.0.1/32 scram-sha-256
hostssl all {OWNER},{APP} 127.0.0.1/32 scram-sha-256 clientcert=verify-ca
"""
PATIENCE_SECONDS = 600


class DeployedPostgres(TlsPostgres):
    """A server that admits an administrator, too, to run deploy/roles.sql."""

    def prepare(self) -> None:
        super().prepare()
        (self.folder / "pg_hba.conf").write_text(HOST_BASED_AUTHENTICATION)
        password = f"ALTER ROLE postgres PASSWORD '{PASSWORDS['postgres']}';\n"
        self._run_single_user(self.folder, f"{password}DROP DATABASE {ROLE};\n")

    def answers(self, port: int) -> bool:
        return self._announces_ready()


class DeployedPgbouncer(TlsPgbouncer):
    """A pgbouncer with deploy/pgbouncer.ini."""

    def prepare(self) -> None:
        super().prepare()
        users = self._write("userlist.txt", f'"{APP}" "{PASSWORDS[APP]}"\n')
        assert users.stat().st_mode & 0o077 == 0

    def command(self, port: int) -> list[str]:
        text = (REPOSITORY / "deploy" / "pgbouncer.ini").read_text()
        own = {
            "listen_port": port,
            "auth_file": self.folder / "userlist.txt",
            "client_tls_key_file": self.folder / "tls.key",
            "client_tls_cert_file": self.folder / "tls.crt",
            "client_tls_ca_file": self.folder / "clients.crt",
            "server_tls_ca_file": self.folder / "clients.crt",
            "server_tls_key_file": self.folder / "tls.key",
            "server_tls_cert_file": self.folder / "tls.crt",
        }
        for name, value in own.items():
            text, changed = re.subn(rf"(?m)^{name} = .*$", f"{name} = {value}", text)
            assert changed == 1, name
        assert text.count("port=5432") == 1
        text = text.replace("port=5432", f"port={self._postgres_port()}")
        return [program(), str(self._write("pgbouncer.ini", text))]

    def answers(self, port: int) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex((HOST, port)) == 0


@dataclass(frozen=True)
class Deployed:
    environment: Mapping[str, str] = field(repr=False)
    administrators_url: str = field(repr=False)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=REPOSITORY,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    certificates = tmp_path_factory.mktemp("certificates")
    CA.write(certificates / "ca.pem")
    CLIENT.write(certificates, "client.crt", "client.key")
    with ExitStack() as stack:
        place = stack.enter_context(tls_place())
        postgres = OwnServer(DeployedPostgres(place, new_password(), SERVER, CA))
        stack.enter_context(started(postgres))
        make_roles(postgres.port)
        pgbouncer = OwnServer(
            DeployedPgbouncer(place, "", lambda: postgres.port, shown=SERVER, clients=CA)
        )
        stack.enter_context(started(pgbouncer))
        yield Deployed(
            {
                "DAYBOOK_EMBEDDED": "1",
                "DATABASE_URL": url_of(APP, pgbouncer.port),
                "DATABASE_DIRECT_URL": url_of(OWNER, postgres.port),
                "DATABASE_POOLER": "pgbouncer",
                "DATABASE_CERTS_DIR": str(certificates),
            },
            administrators_url=url_of("postgres", postgres.port),
        )


def make_roles(port: int) -> None:
    passwords = [f"owner_password={PASSWORDS[OWNER]}", f"app_password={PASSWORDS[APP]}"]
    subprocess.run(
        [
            *(str(debians_postgresql() / "psql"), "-q", "-v", "ON_ERROR_STOP=1"),
            *(part for password in passwords for part in ("-v", password)),
            *("-h", HOST, "-p", str(port), "-U", "postgres", "-f", "deploy/roles.sql", "postgres"),
        ],
        cwd=REPOSITORY,
        env={**os.environ, "PGPASSWORD": PASSWORDS["postgres"], "PGSSLMODE": "disable"},
        check=True,
    )


def url_of(role: str, port: int) -> str:
    return f"postgresql://{role}:{PASSWORDS[role]}@{HOST}:{port}/daybook"


@pytest.mark.timeout(2 * PATIENCE_SECONDS)
def test_daybook_migrates_and_works_as_it_is_deployed(deployed: Deployed) -> None:
    migrated = deployed.run("manage.py", "migrate", "--verbosity", "0")
    assert (migrated.returncode, migrated.stderr) == (0, "")
    assert_content(deployed.run("manage.py", "dbdoctor", "--json"))
    made = deployed.run("-c", MAKE_ALICE)
    assert made.returncode == 0, made.stderr
    with serving(environment=deployed.environment) as server:
        assert server.send("GET", "/readyz").json()["database"] == "ok"
        signed_in = server.send("POST", "/api/v1/auth/token", body=ALICE)
        assert signed_in.status == 200, signed_in.text
        token = signed_in.json()["access"]
        names = {"first_name": "Alice", "display_name": "Al"}
        changed = server.send("PATCH", "/api/v1/profile", token=token, body=names)
        assert changed.status == 200, changed.text
        for _ in range(20):
            read = server.send("GET", "/api/v1/profile", token=token).json()
            assert read["first_name"] == "Alice"


ALICE = {"email": PEOPLE[0], "password": "a password of alice's own"}
MAKE_ALICE = f"""
import django
django.setup()
from accounts.demo import ensure_demo_people
ensure_demo_people({ALICE["password"]!r})
"""


def assert_content(ended: subprocess.CompletedProcess[str]) -> None:
    """Check that dbdoctor reports neither fault nor warning and has examined everything."""
    reported = json.loads(ended.stdout)
    sections = {section["title"]: section for section in reported["sections"]}
    found = [finding for section in reported["sections"] for finding in section["findings"]]
    assert {finding["level"] for finding in found} == {"note"}, found
    assert ended.returncode == 0
    assert sections["Pool"]["facts"]["mode"] == "transaction"
    assert sections["Role"]["facts"]["name"] == APP
    assert sections["Direct"]["facts"]["role"] == OWNER
    assert sections["Time limits"]["facts"] == {
        "statement": "30s",
        "lock": "10s",
        "idle transaction": "1min",
    }
    assert not any(password in ended.stdout for password in PASSWORDS.values())


@pytest.mark.timeout(2 * PATIENCE_SECONDS)
def test_a_superuser_is_a_fault(deployed: Deployed) -> None:
    """Row-level security doesn't apply to it."""
    mighty = {
        "DATABASE_URL": f"{deployed.administrators_url}?sslmode=disable",
        "DATABASE_POOLER": "none",
        "DATABASE_CERTS_DIR": "",
    }
    ended = replace(deployed, environment={**deployed.environment, **mighty}).run(
        "manage.py", "dbdoctor"
    )
    assert ended.returncode == 1
    assert (
        "✗ The role postgres is SUPERUSER, so row-level security doesn't apply to it."
        in ended.stdout
    )
    assert PASSWORDS["postgres"] not in ended.stdout + ended.stderr


@pytest.mark.timeout(2 * PATIENCE_SECONDS)
def test_the_app_can_change_no_table_and_no_policy(deployed: Deployed) -> None:
    for statement in ("CREATE TABLE here (id int)", "ALTER TABLE django_migrations RENAME TO x"):
        ended = deployed.run("-c", EXECUTE.format(statement))
        assert "ProgrammingError" in ended.stderr


EXECUTE = """
import django
django.setup()
from django.db import connection
connection.cursor().execute({!r})
"""
