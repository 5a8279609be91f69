"""If root starts the servers, they run as another user, wherever the checkout is."""

import json
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config.desk import embedded
from tests.config.sessions import BOTH, query, servers_in


@pytest.fixture
def closed_checkout(checkout: Path) -> Iterator[Path]:
    """Return a checkout below a folder that only its owner can enter."""
    inner = checkout / "private" / "inner"
    inner.mkdir(parents=True)
    (checkout / "private").chmod(0o700)
    yield inner
    home = json.loads((inner / "var" / "embedded.json").read_text())["home"]
    if home:
        assert not servers_in(Path(home))
        shutil.rmtree(home)


def test_no_server_runs_as_root(checkout: Path) -> None:
    with embedded.running(checkout, durable=False):
        for pid in servers_in(checkout).values():
            assert psutil.Process(pid).uids().real != 0


def test_a_checkout_that_only_its_owner_may_enter(closed_checkout: Path) -> None:
    with embedded.running(closed_checkout, durable=False) as found:
        query(found.database_url, "CREATE TABLE kept AS SELECT 42 AS number")
        state = json.loads((closed_checkout / "var" / "embedded.json").read_text())
        home = Path(state["home"] or closed_checkout / "var")
        assert servers_in(home).keys() == BOTH
        assert (home == closed_checkout / "var") == (os.geteuid() != 0)
        assert stat.S_IMODE((home / "postgres").stat().st_mode) == 0o700
    with embedded.running(closed_checkout, durable=False) as found:
        assert query(found.database_url, "SELECT number FROM kept") == [(42,)]
    assert not servers_in(home)
    assert stat.S_IMODE(closed_checkout.parent.stat().st_mode) == 0o700
