"""Operators see, and are warned, before Google lets an account's oldest refresh token die."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.checks import run_checks
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from calendars.models import RefreshTokenMeter
from calendars.models.connection import CAP, IDLE_LIFETIME, WARN_AT
from sandbox.control import Control
from tests.calendars.conftest import Connect
from tests.factories import make_user


def warnings() -> list[str]:
    found = run_checks(tags=["database"], databases=["default"])
    return [str(message.msg) for message in found if message.id == "calendars.W001"]


@pytest.mark.django_db
def test_a_database_that_is_still_empty_can_be_checked() -> None:
    """`migrate` runs the checks before it makes the table."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE calendars_refreshtokenmeter RENAME TO gone")

    assert warnings() == []


def age(count: int) -> None:
    """As if the account had given so many tokens before."""
    RefreshTokenMeter.objects.update(issued_at=[timezone.now()] * count)


@pytest.mark.quick
def test_each_consent_counts(google: Control, alice: User, connect: Connect) -> None:
    for _ in range(3):
        connect(alice)

    meter = RefreshTokenMeter.objects.get()
    assert (meter.used, meter.email) == (3, "ada@sandbox.example")
    assert google.accounts()[0]["refresh_tokens"] == 3
    assert warnings() == []


@pytest.mark.parametrize(("before", "warned"), [(WARN_AT - 2, 0), (WARN_AT - 1, 1)])
def test_operators_are_warned_near_the_cap(
    google: Control, alice: User, connect: Connect, before: int, warned: int
) -> None:
    connect(alice)
    age(before)
    connect(alice)

    found = warnings()

    assert len(found) == warned
    assert all("ada@" not in text and f"{WARN_AT} of {CAP}" in text for text in found)


def test_tokens_that_nobody_used_for_half_a_year_do_not_count(
    google: Control, alice: User, connect: Connect
) -> None:
    connect(alice)
    old = timezone.now() - IDLE_LIFETIME - timedelta(days=1)
    RefreshTokenMeter.objects.update(issued_at=[old] * 90)

    connect(alice)

    assert RefreshTokenMeter.objects.get().used == 1


def test_admin_shows_it(google: Control, alice: User, connect: Connect) -> None:
    connect(alice)
    browser = Client()
    browser.force_login(make_user("root@example.org", is_staff=True, is_superuser=True))

    page = browser.get("/admin/calendars/refreshtokenmeter/").content.decode()

    assert "ada@sandbox.example" in page
    assert browser.get("/admin/calendars/channel/").status_code == 200
