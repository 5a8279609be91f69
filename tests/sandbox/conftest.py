"""Fixtures for the sandbox, which is independent of the product: one server, no database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.control import Control
from sandbox.server import SandboxServer
from tests.sandbox.client import ALICE, BOB, CHARLIE, Google, signed_in


@pytest.fixture(autouse=True)
def test_settings() -> None:
    """Do nothing: the product's settings don't matter here."""


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """Do nothing: neither does its cache."""


@pytest.fixture(scope="session")
def server() -> Iterator[SandboxServer]:
    with SandboxServer() as running:
        yield running


@pytest.fixture
def control(server: SandboxServer) -> Control:
    """Return the sandbox, reset, with the accounts of Alice, Bob and Charlie."""
    control = Control(server.url)
    control.reset()
    control.create_account(ALICE, name="Alice", time_zone="Europe/Berlin")
    control.create_account(BOB, name="Bob", time_zone="America/New_York")
    control.create_account(CHARLIE, name="Charlie", time_zone="Asia/Tokyo")
    return control


@pytest.fixture
def alice(control: Control) -> Google:
    """The owner of what the test is about."""
    return signed_in(control, ALICE)


@pytest.fixture
def bob(control: Control) -> Google:
    """A reader of Alice's calendar."""
    control.share_calendar(ALICE, BOB, "reader")
    return signed_in(control, BOB)


@pytest.fixture
def charlie(control: Control) -> Google:
    """An account without access to it."""
    return signed_in(control, CHARLIE)
