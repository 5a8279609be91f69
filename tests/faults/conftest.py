"""Daybook's programs on servers that a test may stop: worker and beat, as `up` runs them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from accounts.models import User
from config.database import Pooler, database_entry, parse_database_url
from sandbox.control import Control
from sandbox.server import SandboxServer
from tests.calendars.conftest import CLIENT_ID, CLIENT_SECRET, connect, google, sandbox_server
from tests.factories import make_user
from tests.faults.programs import running_programs
from tests.faults.servers import OwnServers, own_servers

__all__ = ["connect", "google", "sandbox_server"]


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    """Do nothing: the programs have their own cache."""


@pytest.fixture(scope="session")
def all_own_servers() -> Iterator[OwnServers]:
    with own_servers() as own:
        yield own


@pytest.fixture
def own(all_own_servers: OwnServers, django_db_blocker: DjangoDbBlocker) -> Iterator[OwnServers]:
    """Start all servers, and connect the test itself to that database without pgbouncer."""
    all_own_servers.start()
    before = dict(connection.settings_dict)
    connection.close()
    url = parse_database_url(all_own_servers.postgres.url)
    connection.settings_dict.update(database_entry(url, pooler=Pooler.NONE))
    with django_db_blocker.unblock():
        User.objects.all().delete()
        yield all_own_servers
        connection.close()
    connection.settings_dict.update(before)


@pytest.fixture
def alice(own: OwnServers) -> User:
    return make_user("alice@example.org")


@pytest.fixture(scope="module")
def programs(all_own_servers: OwnServers, sandbox_server: SandboxServer) -> Iterator[None]:
    """Run a worker with two processes and beat; they outlive whatever the tests stop."""
    environment = google_environment(Control(sandbox_server.url))
    with running_programs(all_own_servers, ("worker", "beat"), environment=environment):
        yield


def google_environment(google: Control) -> dict[str, str]:
    """Return the sandbox's settings for separate programs."""
    client = {"GOOGLE_CLIENT_ID": CLIENT_ID, "GOOGLE_CLIENT_SECRET": CLIENT_SECRET}
    return {**google.environment, **client}
