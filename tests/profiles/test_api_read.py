"""GET of the profile."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import urllib3
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from profiles.models import Profile
from tests.factories import bearer, make_session
from tests.profiles.conftest import URL, Phone

ADDRESS = dict.fromkeys(("street", "street2", "city", "state", "postal_code", "country"), "")
CONTACT = dict.fromkeys(("name", "relationship", "phone", "phone_extension", "email"), "")
EXTENSIONS = ("phone_number_extension", "alternate_phone_extension", "work_phone_extension")


def test_the_first_read_makes_an_empty_profile_of_22_members(phone: Phone, alice: User) -> None:
    response = phone.get()
    assert response.status_code == 200
    body: dict[str, Any] = response.json()
    assert body.pop("avatar") is None
    assert body.pop("completeness") == 0
    assert {body.pop(name) for name in EXTENSIONS} == {""}
    assert body.pop("time_zone") == body["timezone"]
    assert len(body) == 22
    assert body.pop("date_of_birth") is None
    assert (body.pop("personal_address"), body.pop("work_address")) == (ADDRESS, ADDRESS)
    assert body.pop("emergency_contact") == CONTACT
    assert set(body.values()) == {""}
    assert Profile.objects.get().owner == alice


def test_later_reads_give_the_same_row_and_etag(phone: Phone) -> None:
    first, second = phone.get(), phone.get()
    assert first["ETag"] == second["ETag"]
    assert first.json() == second.json()
    assert first["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Cookie"} <= set(first["Vary"].split(", "))
    assert Profile.objects.count() == 1


def test_completeness_counts_members_alike(phone: Phone) -> None:
    phone.patch({"first_name": "Ada", "personal_address": {"city": "London"}})
    assert phone.get().json()["completeness"] == round(100 * 2 / 22)


@pytest.mark.django_db(transaction=True)
def test_first_reads_that_race_share_one_row(live_server: LiveServer, alice: User) -> None:
    headers = bearer(make_session(alice)) | {"Connection": "close"}
    barrier = threading.Barrier(4)
    statuses: list[int] = []

    def read() -> None:
        barrier.wait()
        answer = urllib3.request("GET", f"{live_server.url}{URL}", headers=headers, retries=False)
        statuses.append(answer.status)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert statuses == [200] * 4
    assert Profile.objects.count() == 1
