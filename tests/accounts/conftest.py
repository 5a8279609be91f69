"""What several files of tests about accounts stand on."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from tests.factories import LEGACY_SECRET, make_user


@pytest.fixture
def legacy(settings: Settings) -> Settings:
    """Settings as they are with a LEGACY_JWT_SECRET; the sunset is a month away."""
    # Daybook's addresses are made once, by the settings of the process and not by these.
    import_module("config.urls")
    enhanced, *others = settings.AUTHENTICATION_BACKENDS
    settings.AUTHENTICATION_BACKENDS = [
        enhanced,
        "accounts.authentication.LegacyTokenBackend",
        *others,
    ]
    settings.LEGACY_JWT_SECRET = LEGACY_SECRET
    settings.LEGACY_JWT_SUNSET = timezone.now() + timedelta(days=30)
    return settings


@pytest.fixture
def olga(db: None) -> User:
    """Came over from the old system."""
    return make_user("olga@example.org", legacy_id=7)
