"""The sandbox knows nothing of the product, and neither do its tests: one server, no database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.control import Control
from sandbox.server import SandboxServer
from tests.sandbox.client import ALICE, BOB, CHARLIE, Google, signed_in


@pytest.fixture(autouse=True)
def test_settings() -> None:
    """The product's settings are of no concern here."""


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """Nor is its cache."""


@pytest.fixture(scope="session")
def server() -> Iterator[SandboxServer]:
    with SandboxServer() as running:
        yield running


@pytest.fixture
def control(server: SandboxServer) -> Control:
    """An empty sandbox with Alice, Bob and Charlie in it."""
    control = Control(server.url)
    control.reset()
    control.create_account(ALICE, name="Alice", time_zone="Europe/Berlin")
    control.create_account(BOB, name="Bob", time_zone="America/New_York")
    control.create_account(CHARLIE, name="Charlie", time_zone="Asia/Tokyo")
    return control


@pytest.fixture
def alice(control: Control) -> Google:
    """Owns what the test is about."""
    return signed_in(control, ALICE)


@pytest.fixture
def bob(control: Control) -> Google:
    """May read Alice's calendar."""
    control.share_calendar(ALICE, BOB, "reader")
    return signed_in(control, BOB)


@pytest.fixture
def charlie(control: Control) -> Google:
    """Must see nothing of it."""
    return signed_in(control, CHARLIE)
