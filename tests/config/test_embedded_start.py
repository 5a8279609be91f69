"""The embedded servers start empty, start again with their data, and stop."""

import json
import stat
from collections.abc import Callable
from pathlib import Path

import psycopg
import redis

from config.desk import embedded
from tests.config.sessions import BOTH, Interpreter, Session, query, servers_in


def test_a_first_start_serves_both(
    checkout: Path, interpreter: Interpreter, open_session: Callable[..., Session]
) -> None:
    session = open_session(interpreter)
    answer = session.answer()
    locale = "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding) FROM pg_database"
    found = query(answer["database_url"], f"{locale} WHERE datname = 'daybook'")
    assert found == [("b", "C.UTF-8", "UTF8")]
    with redis.Redis.from_url(answer["redis_url"]) as client:
        assert client.ping()
    assert servers_in(checkout).keys() == BOTH
    assert session.release() == 0
    assert not servers_in(checkout)


def test_the_application_role_cannot_pass_row_level_security(checkout: Path) -> None:
    with embedded.running(checkout, want_redis=False, durable=False) as found:
        assert found.database_url is not None
        assert found.redis_url is None
        role = query(
            found.database_url,
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin"
            " FROM pg_roles WHERE rolname = current_user",
        )
        assert role == [(False, False, False, True, True)]
        assert servers_in(checkout).keys() == {"postgres"}


def test_a_later_start_finds_what_was_stored(checkout: Path) -> None:
    with embedded.running(checkout) as first:
        query(first.database_url, "CREATE TABLE kept AS SELECT 42 AS number")
        with redis.Redis.from_url(str(first.redis_url)) as client:
            client.set("kept", "42")
    assert not servers_in(checkout)
    with embedded.running(checkout) as second:
        assert query(second.database_url, "SELECT number FROM kept") == [(42,)]
        with redis.Redis.from_url(str(second.redis_url)) as client:
            assert client.get("kept") == b"42"


def test_only_the_owner_can_read_the_state(checkout: Path) -> None:
    with embedded.running(checkout, durable=False) as found:
        state = checkout / "var" / "embedded.json"
        assert stat.S_IMODE(state.stat().st_mode) == 0o600
        pids = {entry["pid"] for entry in json.loads(state.read_text())["listeners"].values()}
        assert pids == set(servers_in(checkout).values())
        assert embedded.endpoints(checkout) == found
    assert embedded.endpoints(checkout) is None


def test_no_password_is_in_a_command_line_or_in_a_printed_value(checkout: Path) -> None:
    with embedded.running(checkout, durable=False) as found:
        password = str(found.redis_url).partition(":")[2].partition("@")[0].lstrip("/:")
        assert len(password) > 20
        for pid in servers_in(checkout).values():
            assert password not in Path(f"/proc/{pid}/cmdline").read_text()
        assert password not in repr(found)
        for log in (checkout / "var").glob("*.log"):
            assert password not in log.read_text()


def test_another_password_or_user_is_refused(checkout: Path) -> None:
    with embedded.running(checkout, durable=False) as found:
        address = str(found.database_url).rpartition("@")[2]
        for credentials in ("daybook:wrong", "postgres:wrong", "postgres"):
            try:
                psycopg.connect(f"postgresql://{credentials}@{address}").close()
            except psycopg.OperationalError:
                continue
            raise AssertionError(f"{credentials} was let in")


def test_a_lost_state_file_costs_no_data(checkout: Path) -> None:
    with embedded.running(checkout, want_redis=False, durable=False) as first:
        query(first.database_url, "CREATE TABLE kept AS SELECT 42 AS number")
    (checkout / "var" / "embedded.json").unlink()
    with embedded.running(checkout, want_redis=False, durable=False) as second:
        assert second != first
        assert query(second.database_url, "SELECT number FROM kept") == [(42,)]
