"""ETag and If-Match: no device overwrites a change it hasn't seen."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
import urllib3
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from profiles.models import Profile
from tests.factories import bearer, make_session
from tests.profiles.conftest import URL, Phone

RACERS = 8
# Then the live server's thread and its database connection end with the response.
CLOSE = {"Connection": "close"}


def test_a_change_gives_a_new_etag_and_no_change_the_old_one(phone: Phone) -> None:
    first = phone.patch({"first_name": "Ada"})["ETag"]
    assert phone.patch({"first_name": " Ada "})["ETag"] == first
    assert phone.patch({"first_name": "Grace"})["ETag"] != first


@pytest.mark.parametrize("method", ["put", "patch"])
def test_the_etag_that_was_read_lets_the_change_through(phone: Phone, method: str) -> None:
    etag = phone.get()["ETag"]
    response = getattr(phone, method)({"first_name": "Ada"}, If_Match=f'"other", {etag}')
    assert response.status_code == 200
    assert response["ETag"] != etag


@pytest.mark.parametrize("method", ["put", "patch"])
def test_an_etag_that_is_past_is_refused(phone: Phone, alice: User, method: str) -> None:
    etag = phone.get()["ETag"]
    phone.patch({"first_name": "Ada"})
    response = getattr(phone, method)({"first_name": "Grace"}, If_Match=etag)
    assert response.status_code == 412
    assert response.json()["code"] == "precondition-failed"
    assert response.json()["current"] == phone.get().json()
    assert response["ETag"] == phone.get()["ETag"]
    assert Profile.objects.get(owner=alice).first_name == "Ada"


def test_any_state_will_do_for_a_star(phone: Phone) -> None:
    assert phone.patch({"first_name": "Ada"}, If_Match="*").status_code == 200


@pytest.mark.parametrize("tag", ["", "1", '"1"', "W/{etag}", '"{digits}"', "{etag}x{etag"])
def test_what_is_no_current_strong_etag_is_refused(phone: Phone, tag: str) -> None:
    etag = phone.get()["ETag"]
    given = tag.replace("{etag}", etag).replace("{digits}", etag.strip('"') + "9" * 5000)
    assert phone.patch({"first_name": "Ada"}, If_Match=given).status_code == 412


def test_an_etag_of_another_person_is_refused(phone: Phone, charlie: User) -> None:
    phone.get()
    assert phone.patch({"bio": "x"}, If_Match=Phone(charlie).get()["ETag"]).status_code == 412


def patch_at_once(server: LiveServer, user: User, bodies: list[dict[str, str]]) -> Counter[int]:
    """Send each body in its own thread with the same If-Match. Returns the statuses."""
    headers = bearer(make_session(user)) | CLOSE
    url = f"{server.url}{URL}"
    pool = urllib3.PoolManager(maxsize=len(bodies), retries=False)
    headers["If-Match"] = pool.request("GET", url, headers=headers).headers["ETag"]
    barrier = threading.Barrier(len(bodies))

    def patch(body: dict[str, str]) -> int:
        barrier.wait()
        return pool.request("PATCH", url, json=body, headers=headers).status

    with ThreadPoolExecutor(len(bodies)) as racers:
        return Counter(racers.map(patch, bodies))


@pytest.mark.django_db(transaction=True)
def test_of_racing_patches_with_one_etag_one_wins(live_server: LiveServer, alice: User) -> None:
    bodies = [{"first_name": f"Ada {n}"} for n in range(RACERS)]
    assert patch_at_once(live_server, alice, bodies) == {200: 1, 412: RACERS - 1}
    assert Profile.objects.get(owner=alice).version == 2


@pytest.mark.django_db(transaction=True)
def test_racing_patches_of_different_fields_all_survive(
    live_server: LiveServer, alice: User
) -> None:
    fields = ["first_name", "last_name", "display_name", "company", "department", "job_title"]
    headers = bearer(make_session(alice)) | CLOSE
    pool = urllib3.PoolManager(maxsize=len(fields), retries=False)

    def patch(field: str) -> int:
        url = f"{live_server.url}{URL}"
        return pool.request("PATCH", url, json={field: field}, headers=headers).status

    with ThreadPoolExecutor(len(fields)) as racers:
        assert list(racers.map(patch, fields)) == [200] * len(fields)
    profile = Profile.objects.get(owner=alice)
    assert [profile.value(field) for field in fields] == fields
    assert profile.version == 1 + len(fields)
