"""Fixtures for all tests: fast hashes, plain static files, and three users."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.test import SimpleTestCase, TransactionTestCase
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

from accounts.models import User
from config.web.health import forget_findings
from tests.chromium import browser
from tests.emptying import empty_tables
from tests.factories import make_user
from tests.mailbox import prepare_mailbox
from tests.privilege import tests_privilege

__all__ = ["browser"]  # a fixture for all folders

# Times belong to the benchmarks: on a loaded machine a deadline of 200 ms fails by chance.
hypothesis_settings.register_profile("default", deadline=None)
# For a long run, or after a change of the rules: pytest --hypothesis-profile=thorough
# --timeout=1800 FILE
hypothesis_settings.register_profile("thorough", max_examples=20_000, deadline=None)


@pytest.fixture(scope="session", autouse=True)
def quick_emptying() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_tables)
        yield


@pytest.fixture(scope="session", autouse=True)
def mailbox() -> Iterator[None]:
    """Make `mail.outbox` hold what a worker would have sent by the time that the test looks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SimpleTestCase, "_pre_setup", classmethod(prepare_mailbox))
        yield


@pytest.fixture(autouse=True)
def privilege() -> Iterator[None]:
    """Give the test's own statements access under row-level security; see tests/privilege.py."""
    with tests_privilege():
        yield


@pytest.fixture(autouse=True)
def test_settings(settings: Settings) -> None:
    """Render pages without collectstatic, and hash passwords quickly."""
    settings.MIDDLEWARE = ["tests.privilege.ProductMiddleware", *settings.MIDDLEWARE]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.EMAIL_BACKEND = "accounts.mail.queue.EmailBackend"  # Django's runner replaced it
    settings.MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
    settings.PASSWORD_HASHERS = ["tests.hashers.QuickArgon2"]
    # Otherwise each test client scans a folder that another worker may be collecting into.
    settings.WHITENOISE_AUTOREFRESH = True
    forget_findings()


@pytest.fixture(autouse=True)
def fresh_cache(test_settings: None) -> None:
    """Clear rate limits and caches; each worker has its own Valkey database."""
    cache.clear()


@pytest.fixture
def alice(db: None) -> User:
    """The owner of what the test is about."""
    return make_user("alice@example.org")


@pytest.fixture
def bob(db: None) -> User:
    """A user with whom Alice shares it."""
    return make_user("bob@example.org")


@pytest.fixture
def charlie(db: None) -> User:
    """A user who must not see it."""
    return make_user("charlie@example.org")
