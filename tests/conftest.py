"""What every test stands on: quick hashes, plain static files, and three people."""

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

# For a night, or a change of the rules: pytest --hypothesis-profile=thorough --timeout=1800 FILE
hypothesis_settings.register_profile("thorough", max_examples=20_000, deadline=None)


@pytest.fixture(scope="session", autouse=True)
def quick_emptying() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty_tables)
        yield


@pytest.fixture(scope="session", autouse=True)
def mailbox() -> Iterator[None]:
    """`mail.outbox` holds what a worker would have sent by the time that the test looks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SimpleTestCase, "_pre_setup", classmethod(prepare_mailbox))
        yield


@pytest.fixture(autouse=True)
def privilege() -> Iterator[None]:
    """What the test itself does, row-level security shows and lets; see tests/privilege.py."""
    with tests_privilege():
        yield


@pytest.fixture(autouse=True)
def test_settings(settings: Settings) -> None:
    """Pages render without collectstatic, and passwords do not slow the run down."""
    settings.MIDDLEWARE = ["tests.privilege.ProductMiddleware", *settings.MIDDLEWARE]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.EMAIL_BACKEND = "accounts.mail.queue.EmailBackend"  # Django's runner replaced it
    settings.MAIL_TRANSPORT = "django.core.mail.backends.locmem.EmailBackend"
    settings.PASSWORD_HASHERS = ["tests.hashers.QuickArgon2"]
    # Else each client of a test reads a folder that another worker may just be collecting into.
    settings.WHITENOISE_AUTOREFRESH = True
    forget_findings()


@pytest.fixture(autouse=True)
def fresh_cache(test_settings: None) -> None:
    """Rate limits and caches begin anew: each worker has a Valkey database of its own."""
    cache.clear()


@pytest.fixture
def alice(db: None) -> User:
    """Owns what the test is about."""
    return make_user("alice@example.org")


@pytest.fixture
def bob(db: None) -> User:
    """May read what Alice shares with him."""
    return make_user("bob@example.org")


@pytest.fixture
def charlie(db: None) -> User:
    """Must see nothing of it."""
    return make_user("charlie@example.org")
