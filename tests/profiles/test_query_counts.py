"""The number of queries per request, including authentication."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from profiles.services import change_profile, read_profile, time_zone_of
from tests.profiles.conftest import URL, Phone
from tests.statements import statements

LINES = ("first_name", "last_name", "display_name", "job_title", "company", "department", "bio")


def test_reading_takes_two(phone: Phone) -> None:
    phone.get()
    with CaptureQueriesContext(connection) as captured:
        assert phone.get().status_code == 200
    assert len(statements(captured)) <= 2, statements(captured)


def test_changing_takes_four_however_much_changes(phone: Phone) -> None:
    phone.get()
    for body in ({"first_name": "Ada"}, {"company": "x", "department": "x", "bio": "x"}):
        with CaptureQueriesContext(connection) as captured:
            assert phone.patch(body).status_code == 200
        assert len(statements(captured)) <= 4, statements(captured)


def test_the_service_locks_writes_and_tells_history_once(alice: User) -> None:
    read_profile(owner=alice)
    with CaptureQueriesContext(connection) as captured:
        change_profile(owner=alice, changes=dict.fromkeys(LINES, "x"))
    assert [sql.split()[0] for sql in statements(captured)] == ["SELECT", "UPDATE", "INSERT"]


def test_the_history_takes_two_however_long_it_is(phone: Phone) -> None:
    counts = []
    for last in (1, 60):
        for number in range(last):
            phone.patch({"first_name": f"Ada {number}", "last_name": f"Lovelace {number}"})
        with CaptureQueriesContext(connection) as captured:
            answer = phone.client.get(f"{URL}/history", headers=phone.headers)
        assert len(answer.json()["results"]) == min(50, 2 * last)
        counts.append(len(statements(captured)))
    assert counts == [2, 2]


def test_changing_takes_as_many_after_a_long_history(phone: Phone) -> None:
    counts = []
    for last in (1, 30):
        for number in range(last):
            etag = phone.patch({"first_name": f"Ada {number}"})["ETag"]
        with CaptureQueriesContext(connection) as captured:
            assert phone.patch({"first_name": "Grace"}, If_Match=etag).status_code == 200
        counts.append(len(statements(captured)))
    assert counts == [4, 4], statements(captured)


@pytest.mark.parametrize("address", ["/settings/profile/", "/settings/profile/history/"])
def test_a_page_takes_one_or_two_beside_the_sign_in(
    alice: User, client: Client, address: str
) -> None:
    change_profile(owner=alice, changes={"first_name": "Ada", "last_name": "Lovelace"})
    client.force_login(alice, "accounts.password_backend.PasswordBackend")
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    ours = [sql for sql in statements(captured) if "profiles_" in sql]
    assert len(ours) <= 2, ours


def test_a_time_zone_takes_one(alice: User) -> None:
    change_profile(owner=alice, changes={"timezone": "Asia/Kathmandu"})
    fresh = User.objects.get(pk=alice.pk)
    with CaptureQueriesContext(connection) as captured:
        assert time_zone_of(fresh).key == "Asia/Kathmandu"
        assert time_zone_of(fresh).key == "Asia/Kathmandu"
    assert len(captured) == 1
