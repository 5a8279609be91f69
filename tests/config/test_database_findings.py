"""Findings about a server, a role, a pool and the connection."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from io import StringIO

import pytest
from django.core.checks import run_checks
from django.db import connection
from pytest_django import Settings

from config.database import Pooler, database_entry, parse_database_url
from config.database.findings import Finding, Level
from config.database.tls import Target
from config.doctor.endpoint import (
    Console,
    examine_console,
    examine_direct_url,
    examine_mode,
    is_remote,
    targets,
)
from config.doctor.server import (
    Processes,
    ask_server,
    examine_capacity,
    examine_connections,
    examine_direct,
    examine_limits,
    examine_pooling,
    examine_role,
    examine_server,
)
from tests.product import call_command

PROCESSES = Processes(web_processes=2, web_threads=8, workers=4)
CONSOLE = Console(
    version="PgBouncer 1.18.0",
    pool_mode="transaction",
    pool_size=20,
    max_clients=500,
    query_wait_seconds=5,
    login_retry_seconds=1,
)


def levels_of(findings: Iterable[Finding]) -> dict[str, Level]:
    found = list(findings)
    assert all(finding.what and finding.fix for finding in found)
    return {finding.code: finding.level for finding in found}


@pytest.mark.django_db
def test_the_server_of_this_run_is_well() -> None:
    server = ask_server(connection)
    assert server.database == connection.settings_dict["NAME"]
    assert server.major >= 15
    assert levels_of(examine_server(server)) == {}
    assert levels_of(examine_role(server)) == {}


@pytest.mark.django_db
def test_a_standby_and_an_old_server() -> None:
    server = ask_server(connection)
    assert levels_of(examine_server(replace(server, is_standby=True))) == {
        "server-is-standby": Level.FAULT
    }
    assert levels_of(examine_server(replace(server, major=14))) == {"server-is-old": Level.WARNING}


@pytest.mark.django_db
def test_a_role_that_row_security_does_not_hold() -> None:
    server = ask_server(connection)
    for mighty in (
        replace(server, is_superuser=True),
        replace(server, bypasses_row_security=True),
    ):
        (found,) = examine_role(mighty)
        assert (found.code, found.level) == ("role-bypasses-row-security", Level.FAULT)
        assert server.role in found.what


@pytest.mark.django_db
def test_time_limits_that_are_off() -> None:
    server = ask_server(connection)
    unlimited = replace(server, statement_timeout="0", lock_timeout="0")
    assert [finding.level for finding in examine_limits(unlimited)] == [Level.WARNING] * 2
    limited = replace(server, statement_timeout="30s", lock_timeout="10s")
    assert levels_of(examine_limits(limited)) == {}


@pytest.mark.django_db
def test_a_pooler_that_is_there_or_not_against_what_is_said() -> None:
    server = ask_server(connection)
    direct = replace(server, announced_backend=server.backend)
    pooled = replace(server, announced_backend=server.backend + 1)
    assert levels_of(examine_pooling(direct, Pooler.NONE)) == {}
    assert levels_of(examine_pooling(pooled, Pooler.PGBOUNCER)) == {}
    assert levels_of(examine_pooling(pooled, Pooler.NONE)) == {"pooler-not-expected": Level.FAULT}
    assert levels_of(examine_pooling(direct, Pooler.PGBOUNCER)) == {
        "pooler-not-there": Level.WARNING
    }


@pytest.mark.django_db
def test_the_way_past_a_pooler() -> None:
    server = ask_server(connection)
    direct = replace(server, announced_backend=server.backend)
    assert levels_of(examine_direct(direct, server)) == {}
    pooled = replace(direct, announced_backend=1, identity="another")
    assert levels_of(examine_direct(pooled, server)) == {
        "direct-is-pooled": Level.FAULT,
        "direct-is-another": Level.FAULT,
    }


def test_a_pooler_without_a_way_past_it() -> None:
    pooled = parse_database_url("postgresql://alice@pgbouncer/daybook")
    direct = parse_database_url("postgresql://owner@db/daybook")
    assert levels_of(examine_direct_url(database_entry(pooled))) == {"no-direct-url": Level.WARNING}
    assert levels_of(examine_direct_url(database_entry(pooled, direct_url=direct))) == {}


def test_connections_are_threads_and_workers_and_a_few() -> None:
    assert PROCESSES.connections == 2 * 8 + 4 + 1 + 2
    assert levels_of(examine_capacity(PROCESSES, 23, "max_connections")) == {}
    (found,) = examine_capacity(PROCESSES, 22, "max_connections")
    assert found.level is Level.WARNING
    assert "23: web 2 of 8 threads, workers 4" in found.what
    assert "max_connections allows 22" in found.what


@pytest.mark.django_db
def test_the_lowest_limit_counts_and_behind_a_pooler_none_of_the_servers() -> None:
    server = replace(ask_server(connection), slots=97, own_limit=10)
    assert server.limit == 10
    assert levels_of(examine_connections(server, PROCESSES, Pooler.NONE)) == {
        "connections-do-not-fit": Level.WARNING
    }
    assert levels_of(examine_connections(server, PROCESSES, Pooler.PGBOUNCER)) == {}
    assert replace(server, own_limit=None).limit == 97


POOLS = {
    "good": ({}, {}),
    "statements": ({"pool_mode": "statement"}, {"pool-mode-statement": Level.FAULT}),
    "sessions": ({"pool_mode": "session"}, {}),
    "two minutes": ({"query_wait_seconds": 120}, {"pool-waits-long": Level.WARNING}),
    "for ever": ({"query_wait_seconds": 0}, {"pool-waits-long": Level.WARNING}),
    "late": ({"login_retry_seconds": 15}, {"pool-returns-late": Level.WARNING}),
    "few": ({"max_clients": 10}, {"connections-do-not-fit": Level.WARNING}),
}


@pytest.mark.parametrize(("changes", "expected"), POOLS.values(), ids=POOLS)
def test_a_pool(changes: dict[str, object], expected: dict[str, Level]) -> None:
    assert levels_of(examine_console(replace(CONSOLE, **changes), PROCESSES)) == expected  # type: ignore[arg-type]


REMOTE = "postgresql://alice:secret@db.example.com/daybook"
MODES = {
    f"{REMOTE}": {"tls-may-be-off": Level.WARNING},
    f"{REMOTE}?sslmode=disable": {"tls-off": Level.WARNING},
    f"{REMOTE}?sslmode=require": {"tls-unverified": Level.WARNING},
    f"{REMOTE}?sslmode=require&sslrootcert=/ca": {"tls-name-unverified": Level.WARNING},
    f"{REMOTE}?sslmode=verify-ca&sslrootcert=/ca": {"tls-name-unverified": Level.WARNING},
    f"{REMOTE}?sslrootcert=/ca": {},
    f"{REMOTE}?sslmode=verify-full": {"tls-no-authority": Level.FAULT},
    "postgresql://alice@127.0.0.1/daybook": {},
    "postgresql://alice@localhost,[::1]/daybook": {},
    "postgresql://alice@localhost,db/daybook": {"tls-may-be-off": Level.WARNING},
    "postgresql://alice@/daybook?host=/run": {},
}


@pytest.mark.parametrize(("url", "expected"), MODES.items())
def test_what_a_mode_allows(
    url: str,
    expected: dict[str, Level],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path_factory.getbasetemp()))
    assert levels_of(examine_mode(database_entry(parse_database_url(url)))) == expected


def test_where_an_entry_leads() -> None:
    url = "postgresql://a@/daybook?host=one,/run,::1&hostaddr=10.0.0.1&port=5433,5434,5435"
    entry = database_entry(parse_database_url(url))
    assert list(targets(entry)) == [
        Target("one", "10.0.0.1", 5433),
        Target("::1", "::1", 5435),
    ]
    assert is_remote(entry)


@pytest.mark.django_db
def test_the_system_check_warns_of_connections_that_cannot_fit(settings: Settings) -> None:
    settings.WEB_PROCESSES, settings.WEB_THREADS = 1000, 1000
    found = {message.id: message for message in run_checks(databases=["default"])}
    assert found["config.connections-do-not-fit"].level == 30
    assert "max_connections" in found["config.connections-do-not-fit"].msg


@pytest.mark.django_db
def test_the_system_checks_find_no_error_in_this_run() -> None:
    assert [message for message in run_checks(databases=["default"]) if message.is_serious()] == []


@pytest.mark.django_db
def test_the_doctor_is_content_with_this_run() -> None:
    output = StringIO()
    call_command("dbdoctor", stdout=output)
    text = output.getvalue()
    assert re.search(r"\n(No problems found|The database works, with \d warnings?)\.\n\Z", text)
    assert "round trip" in text
    assert connection.settings_dict["PASSWORD"] not in text
