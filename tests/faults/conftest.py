"""Daybook's own programs on servers that a test may end: the worker and beat, as `up` runs them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker

from accounts.models import User
from config.database import Pooler, database_entry, parse_database_url
from tests.calendars.conftest import connect, google, sandbox_server
from tests.factories import make_user
from tests.faults.programs import running_programs
from tests.faults.servers import OwnServers, own_servers

__all__ = ["connect", "google", "sandbox_server"]
GOOGLE = ("CLIENT_ID", "CLIENT_SECRET", "TOKEN_URI", "REVOKE_URI", "AUTH_URI", "API_ROOT")


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


@pytest.fixture
def programs(own: OwnServers, google: object) -> Iterator[None]:
    """A worker of two processes and beat."""
    with running_programs(own, ("worker", "beat"), environment=google_environment()):
        yield


def google_environment() -> dict[str, str]:
    """The sandbox, for programs of their own."""
    return {f"GOOGLE_{name}": getattr(settings, f"GOOGLE_{name}") for name in GOOGLE}
