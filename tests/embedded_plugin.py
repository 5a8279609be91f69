"""Start the embedded servers for a test run, before pytest-django reads the settings.

Several runs in one checkout share the servers of `var/test`. Each run takes a slot, which numbers
its database and its range of Valkey databases; each xdist worker takes one of the range.
`--database` selects how to connect to PostgreSQL.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from config.desk import embedded
from config.desk.embedded.state import open_lock, try_exclusive
from tests.database_setups import SETUPS

CHECKOUT = Path(__file__).resolve().parent.parent
FOLDER = "var/test"
VALKEY_DATABASES_PER_RUN = 64


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database", choices=tuple(SETUPS), default="direct", help="how to connect to PostgreSQL"
    )
    parser.addoption("--storm", choices=("short", "full"), default="short", help="of tests/faults")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect tests that need one session: behind a pooler it changes with each transaction."""
    if config.option.database == "direct":
        return
    left_out = [item for item in items if item.get_closest_marker("direct")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not item.get_closest_marker("direct")]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        give_servers(early_config)
    elif os.environ.get("DAYBOOK_TEST_VALKEY"):
        os.environ["REDIS_URL"] = valkey_database(1 + int(worker.removeprefix("gw")))
    return (yield)


def give_servers(config: pytest.Config) -> None:
    """Set DATABASE_URL and REDIS_URL, if they are missing, until the run ends."""
    missing = [name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name)]
    if not missing:
        return
    stack = ExitStack()
    config.add_cleanup(stack.close)
    try:
        found = stack.enter_context(
            embedded.running(
                CHECKOUT,
                want_postgres="DATABASE_URL" in missing,
                want_redis="REDIS_URL" in missing,
                durable=False,
                folder=FOLDER,
            )
        )
    except embedded.EmbeddedError as error:
        pytest.exit(str(error), returncode=1)
    slot = take_slot(stack)
    announce(found, slot)
    if found.database_url:
        setup = SETUPS[config.known_args_namespace.database]
        try:
            os.environ.update(stack.enter_context(setup(f"{found.database_url}_{slot}")))
        except pytest.skip.Exception as missing:  # no test can run without its database
            pytest.exit(str(missing), returncode=1)


def announce(found: embedded.Endpoints, slot: int) -> None:
    """Set environment variables, which the xdist workers and all started programs inherit."""
    if found.database_url:
        os.environ["DAYBOOK_EMBEDDED"] = "1"
    if found.redis_url:
        server = found.redis_url.rpartition("/")[0]
        os.environ["DAYBOOK_TEST_VALKEY"] = f"{server}/{slot * VALKEY_DATABASES_PER_RUN}"
        os.environ["REDIS_URL"] = valkey_database(0)


def take_slot(stack: ExitStack) -> int:
    """Take the lowest number that no other run of this checkout has, until this run ends."""
    slot = 0
    while not try_exclusive(lock := open_lock(slot_file(slot), CHECKOUT)):
        os.close(lock)
        slot += 1
    stack.callback(os.close, lock)
    return slot


def slot_file(slot: int) -> Path:
    return CHECKOUT / FOLDER / f"slot-{slot}.lock"


def valkey_database(offset: int) -> str:
    server, _, first = os.environ["DAYBOOK_TEST_VALKEY"].rpartition("/")
    return f"{server}/{int(first) + offset}"
