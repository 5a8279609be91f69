"""Daybook's own programs on servers that a test may end: the worker and beat, as `up` runs them."""

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
    """The programs have a cache of their own."""


@pytest.fixture(scope="session")
def all_own_servers() -> Iterator[OwnServers]:
    with own_servers() as own:
        yield own


@pytest.fixture
def own(all_own_servers: OwnServers, django_db_blocker: DjangoDbBlocker) -> Iterator[OwnServers]:
    """All of them up, and the test itself on that database, past pgbouncer."""
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
    """A worker of two processes and beat, which outlive whatever the tests end."""
    environment = google_environment(Control(sandbox_server.url))
    with running_programs(all_own_servers, ("worker", "beat"), environment=environment):
        yield


def google_environment(google: Control) -> dict[str, str]:
    """The sandbox, for programs of their own."""
    client = {"GOOGLE_CLIENT_ID": CLIENT_ID, "GOOGLE_CLIENT_SECRET": CLIENT_SECRET}
    return {**google.environment, **client}
