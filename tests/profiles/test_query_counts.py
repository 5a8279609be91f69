"""Statements of a request, authentication included, by the answer that people wait for."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from profiles.services import change_profile, read_profile, time_zone_of
from profiles.validators import FIELDS
from tests.profiles.conftest import Phone

EVERY_LINE = {path: "x" for path, rule in FIELDS.items() if getattr(rule, "code", "") == "invalid"}


def statements(captured: CaptureQueriesContext) -> list[str]:
    """What reaches a table; the savepoints here are the test's stand-in for BEGIN and COMMIT."""
    return [q["sql"] for q in captured if "SAVEPOINT" not in q["sql"]]


def test_reading_takes_two(phone: Phone) -> None:
    phone.get()
    with CaptureQueriesContext(connection) as captured:
        assert phone.get().status_code == 200
    assert len(statements(captured)) <= 2, statements(captured)


def test_changing_takes_five_however_much_changes(phone: Phone) -> None:
    phone.get()
    for body in ({"first_name": "Ada"}, {"company": "x", "department": "x", "bio": "x"}):
        with CaptureQueriesContext(connection) as captured:
            assert phone.patch(body).status_code == 200
        assert len(statements(captured)) <= 5, statements(captured)


def test_the_service_locks_writes_and_tells_history_once(alice: User) -> None:
    read_profile(owner=alice)
    with CaptureQueriesContext(connection) as captured:
        change_profile(owner=alice, changes=EVERY_LINE)
    assert [sql.split()[0] for sql in statements(captured)] == ["SELECT", "UPDATE", "INSERT"]


def test_the_page_takes_three(alice: User, client: Client) -> None:
    client.force_login(alice, "accounts.password_backend.PasswordBackend")
    client.get("/profile/")
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/profile/").status_code == 200
    assert len(statements(captured)) <= 3, statements(captured)


def test_a_time_zone_takes_one_or_none(alice: User) -> None:
    change_profile(owner=alice, changes={"timezone": "Asia/Kathmandu"})
    fresh = User.objects.get(pk=alice.pk)
    with CaptureQueriesContext(connection) as captured:
        assert time_zone_of(fresh).key == "Asia/Kathmandu"
        assert time_zone_of(fresh).key == "Asia/Kathmandu"
    assert len(captured) == 1
    read_profile(owner=alice)
    with CaptureQueriesContext(connection) as captured:
        assert time_zone_of(alice).key == "Asia/Kathmandu"
    assert len(captured) == 0
