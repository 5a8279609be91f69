"""The entry in DATABASES with and without a pooler."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from config.database import (
    InvalidDatabaseURL,
    Pooler,
    database_entry,
    detect_pooler,
    parse_database_url,
)
from tests.config.sessions import REPOSITORY

DETECTED = {
    "postgresql://alice@db/daybook": Pooler.NONE,
    "postgresql://alice@db:5432/daybook": Pooler.NONE,
    "postgresql://alice@db:6432/daybook": Pooler.PGBOUNCER,
    "postgresql://alice@one:5432,two:6432/daybook": Pooler.PGBOUNCER,
    "postgresql://alice@/daybook?host=/run&port=6432": Pooler.PGBOUNCER,
    "postgresql://alice@pgbouncer/daybook": Pooler.PGBOUNCER,
    "postgresql://alice@PgBouncer.internal:5432/daybook": Pooler.PGBOUNCER,
    "postgresql://alice@/daybook?host=/run/pgbouncer": Pooler.PGBOUNCER,
    "postgresql://pgbouncer@db/pgbouncer": Pooler.NONE,
}


@pytest.mark.parametrize(("url", "pooler"), DETECTED.items())
def test_a_pooler_is_known_by_port_and_host(url: str, pooler: Pooler) -> None:
    assert detect_pooler(parse_database_url(url)) is pooler


@pytest.mark.parametrize("wanted", [Pooler.PGBOUNCER, Pooler.NONE])
@pytest.mark.parametrize("url", DETECTED)
def test_what_is_said_outright_holds(url: str, wanted: Pooler) -> None:
    assert detect_pooler(parse_database_url(url), wanted) is wanted


@pytest.mark.parametrize(
    ("url", "direct", "pooler"),
    [
        ("postgresql://a@db:7000/daybook", "postgresql://a@db:5432/daybook", Pooler.PGBOUNCER),
        ("postgresql://a@pool/daybook", "postgresql://a@db/daybook", Pooler.PGBOUNCER),
        ("postgresql://a@db/daybook", "postgresql://owner@db:5432/daybook", Pooler.NONE),
        ("postgresql://a@/x?host=/run", "postgresql://owner@/x?host=/run", Pooler.NONE),
    ],
)
def test_a_way_past_it_tells_of_a_pooler(url: str, direct: str, pooler: Pooler) -> None:
    found = detect_pooler(parse_database_url(url), direct_url=parse_database_url(direct))
    assert found is pooler


def entry(url: str, **given: Any) -> dict[str, Any]:
    return database_entry(parse_database_url(url), **given)


def test_through_pgbouncer() -> None:
    assert entry("postgresql://alice:secret@pgbouncer:6432/daybook?sslmode=require") == {
        "ENGINE": "config.database.backend",
        "NAME": "daybook",
        "USER": "alice",
        "PASSWORD": "secret",
        "HOST": "pgbouncer",
        "PORT": "6432",
        "OPTIONS": {
            "connect_timeout": "5",
            "sslmode": "require",
        },
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "POOLER": "pgbouncer",
        "DIRECT": {
            "NAME": "daybook",
            "USER": "alice",
            "PASSWORD": "secret",
            "HOST": "pgbouncer",
            "PORT": "6432",
            "OPTIONS": {
                "connect_timeout": "5",
                "sslmode": "require",
            },
            "DISABLE_SERVER_SIDE_CURSORS": True,
            "INSTEAD_OF": "daybook",
        },
    }


def test_straight_to_the_server() -> None:
    found = entry("postgresql://alice:secret@db/daybook")
    assert found["OPTIONS"] == {
        "connect_timeout": "5",
        "options": "-c statement_timeout=30s -c lock_timeout=10s",
    }
    assert found["POOLER"] == "none"
    assert found["DISABLE_SERVER_SIDE_CURSORS"] is False
    assert (found["CONN_MAX_AGE"], found["CONN_HEALTH_CHECKS"]) == (60, True)


def test_the_way_past_pgbouncer() -> None:
    direct = parse_database_url("postgresql://owner:key@db/real?sslmode=verify-ca")
    found = entry("postgresql://alice:secret@db:6432/daybook", direct_url=direct)["DIRECT"]
    assert found == {
        "NAME": "real",
        "USER": "owner",
        "PASSWORD": "key",
        "HOST": "db",
        "PORT": "",
        "OPTIONS": {
            "connect_timeout": "5",
            "sslmode": "verify-ca",
            "options": "-c statement_timeout=0 -c lock_timeout=10s",
        },
        "DISABLE_SERVER_SIDE_CURSORS": False,
        "INSTEAD_OF": "daybook",
    }


def test_a_direct_url_is_direct_whatever_its_port() -> None:
    direct = parse_database_url("postgresql://owner:key@db:6432/daybook")
    found = entry("postgresql://a@db:6432/daybook", direct_url=direct, pooler=Pooler.PGBOUNCER)
    assert "options" in found["DIRECT"]["OPTIONS"]
    assert "options" not in found["OPTIONS"]


def test_options_of_the_url_stand_last_and_so_win() -> None:
    found = entry("postgresql://alice@db/daybook?options=-c%20statement_timeout%3D60s")
    assert found["OPTIONS"]["options"].endswith("lock_timeout=10s -c statement_timeout=60s")


def test_options_do_not_pass_pgbouncer() -> None:
    with pytest.raises(InvalidDatabaseURL, match="ALTER ROLE"):
        entry("postgresql://alice@db:6432/daybook?options=-c%20statement_timeout%3D60s")


def test_an_asgi_server_keeps_no_connection() -> None:
    """Its threads end with their requests."""
    show = (
        "import config.asgi; from django.db import connections;"
        "print(connections['default'].settings_dict['CONN_MAX_AGE'])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", show], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert ended.stdout == "0\n"


def test_several_hosts_are_libpqs_lists() -> None:
    found = entry("postgresql://alice@one:5433,[::1]/daybook")
    assert (found["HOST"], found["PORT"]) == ("one,::1", "5433,5432")


TLS = {"sslmode": "verify-full", "sslrootcert": "/certs/ca.pem"}


def test_certificates_that_were_found_give_way_to_what_is_said() -> None:
    found = entry("postgresql://alice@db/daybook?sslmode=require", tls=TLS)
    assert found["OPTIONS"]["sslmode"] == "require"
    assert found["OPTIONS"]["sslrootcert"] == "/certs/ca.pem"


def test_a_unix_socket_has_no_tls() -> None:
    found = entry("postgresql://alice@/daybook?host=/run", tls=TLS)
    assert not TLS.keys() & found["OPTIONS"].keys()
