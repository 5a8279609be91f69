"""Code that works on all users' rows declares it for that time; none does by default."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.db import ProgrammingError, transaction

from accounts.models import User
from accounts.security_context import acting_as, acting_as_system
from calendars.models import Calendar
from profiles.models import Profile
from tests.privilege import as_product

pytestmark = pytest.mark.django_db(transaction=True)
CHECKOUT = Path(__file__).resolve().parents[2]
# Each entry is a decision: it may read and write the rows of all users.
WORK_FOR_ALL = {
    "accounts/account/personal_data.py",
    "accounts/admin_site.py",
    "accounts/mail/delivery.py",
    "accounts/tasks.py",
    "accounts/sealed_rows.py",
    "calendars/checks.py",
    "calendars/google/oauth.py",
    "calendars/connections/held_consents.py",
    "calendars/management/commands/sync.py",
    "calendars/management/commands/undo_sync.py",
    "calendars/connections/disconnecting.py",
    "calendars/tasks.py",
    "calendars/connections/revocation.py",
    "calendars/reminders/delivery.py",
    "calendars/reminders/devices.py",
    "calendars/reminders/handing.py",
    "calendars/reminders/popups.py",
    "calendars/reminders/rolling.py",
    "calendars/reminders/settling.py",
    "calendars/sharing/local_calendars.py",
    "calendars/sync/audit.py",
    "calendars/sync/channels.py",
    "calendars/events/history.py",
    "calendars/sync/due.py",
    "calendars/sync/notifications.py",
    "calendars/sync/outbox.py",
    "calendars/timeline/category_choices.py",
    "calendars/timeline/horizon.py",
    "calendars/timeline/search_index.py",
    "calendars/sync/runs.py",
    "profiles/importing.py",
    "profiles/tasks.py",
}


@pytest.fixture(autouse=True)
def profiles(alice: User, bob: User) -> None:
    for person in (alice, bob):
        Profile.objects.create(owner=person)


def owners() -> set[int]:
    return set(Profile.objects.values_list("owner_id", flat=True))


def test_it_sees_and_writes_everybodys_rows_and_nobody_does_afterwards(
    alice: User, bob: User
) -> None:
    with as_product():
        with acting_as_system(reason="a test"):
            assert owners() == {alice.pk, bob.pk}
            assert Profile.objects.update(company="Harbour") == 2
        assert owners() == set()
        assert Profile.objects.update(company="") == 0


def test_inside_a_persons_it_ends_where_it_says_so(alice: User, bob: User) -> None:
    with as_product(), acting_as(user_id=alice.pk):
        with acting_as_system(reason="a test"):
            assert owners() == {alice.pk, bob.pk}
        assert owners() == {alice.pk}


def test_who_acts_for_a_person_inside_it_has_no_more_than_theirs(alice: User, bob: User) -> None:
    with as_product(), acting_as_system(reason="a test"):
        with acting_as(user_id=bob.pk):
            assert owners() == {bob.pk}
        assert owners() == {alice.pk, bob.pk}


def test_it_ends_with_an_exception_too(alice: User) -> None:
    with as_product(), acting_as(user_id=alice.pk):
        with pytest.raises(ZeroDivisionError), acting_as_system(reason="a test"):
            _ = 1 / (len(owners()) - 2)
        assert owners() == {alice.pk}


def test_what_comes_first_carries_it_whatever_it_is(alice: User, bob: User) -> None:
    with as_product(), acting_as_system(reason="a test"):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            _ = 1 / 0
        assert [each.pk for each in Profile.objects.order_by("pk").iterator()] == [alice.pk, bob.pk]


def test_it_needs_a_reason() -> None:
    with pytest.raises(ValueError), acting_as_system(reason=""):
        pass


def test_nobody_writes_anything(alice: User) -> None:
    with as_product(), pytest.raises(ProgrammingError):
        Calendar.objects.create(owner=alice, name="Nobody's")


def test_only_these_modules_work_for_all() -> None:
    found = {
        str(path.relative_to(CHECKOUT))
        for app in ("accounts", "calendars", "config", "profiles")
        for path in (CHECKOUT / app).rglob("*.py")
        if any(
            isinstance(node, ast.ImportFrom)
            and {alias.name for alias in node.names} & {"acting_as_system", "enter_as_system"}
            for node in ast.walk(ast.parse(path.read_text()))
        )
    }
    assert found == WORK_FOR_ALL
