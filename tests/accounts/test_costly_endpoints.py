"""What costs the machine much is bounded for each person, whatever address they ask from."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from accounts.throttles import limits
from accounts.throttles.store import Bucket
from calendars.models import Connection, SyncState
from tests.calendars.rows import make_connection
from tests.factories import bearer, make_session
from tests.http import Response
from tests.profiles.conftest import Phone
from tests.profiles.pictures import picture

pytestmark = pytest.mark.django_db
EXPORT = "/api/v1/account/export"


def burst(action: str) -> int:
    return limits.BUCKETS[action].burst


def phone_of(person: User) -> Client:
    return Client(headers=bearer(make_session(person)))


def assert_slowed_down(answer: Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (429, "too-many-attempts")
    assert int(answer["Retry-After"]) > 0


def test_the_export(alice: User, bob: User) -> None:
    for _ in range(burst(limits.EXPORT)):
        assert phone_of(alice).get(EXPORT).status_code == 200

    assert_slowed_down(phone_of(alice).get(EXPORT, REMOTE_ADDR="198.51.100.7"))
    assert phone_of(bob).get(EXPORT).status_code == 200


def test_the_export_on_its_page_counts_with_it(client: Client, alice: User) -> None:
    client.force_login(alice)
    for _ in range(burst(limits.EXPORT)):
        assert client.get("/settings/data/export/").status_code == 200

    page = client.get("/settings/data/export/")

    assert page.status_code == 429
    assert int(page["Retry-After"]) > 0
    assert_slowed_down(phone_of(alice).get(EXPORT))


def test_one_that_is_refused_costs_nothing(client: Client, alice: User) -> None:
    for _ in range(burst(limits.EXPORT) + 1):
        assert client.get(EXPORT).status_code == 401
    assert phone_of(alice).get(EXPORT).status_code == 200


@pytest.fixture
def collection(alice: User) -> SyncState:
    connection: Connection = make_connection(alice)
    return connection.sync_states.create(owner=alice, wanted=1, done=1)


def sync(person: User, connection: Connection, *, full: bool) -> Response:
    path = f"/api/v1/connections/{connection.pk}/sync"
    return phone_of(person).post(path, {"full": full}, "application/json")


def test_a_full_sync(alice: User, collection: SyncState) -> None:
    connection = collection.connection
    for _ in range(burst(limits.FULL_SYNC)):
        assert sync(alice, connection, full=True).status_code == 202
    collection.refresh_from_db()
    wanted = collection.wanted

    assert_slowed_down(sync(alice, connection, full=True))
    collection.refresh_from_db()
    assert collection.wanted == wanted
    assert sync(alice, connection, full=False).status_code == 202


def test_a_full_sync_of_anothers_is_not_found_and_counts_for_nobody(
    alice: User, charlie: User, collection: SyncState
) -> None:
    connection = collection.connection
    for _ in range(burst(limits.FULL_SYNC) + 1):
        assert sync(charlie, connection, full=True).status_code == 404
    assert sync(alice, connection, full=True).status_code == 202


def test_pictures(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    few = Bucket(interval_seconds=20, burst=2)
    monkeypatch.setitem(limits.BUCKETS, limits.PICTURE, few)
    phone = Phone(alice)
    for _ in range(2):
        assert phone.put_picture(picture()).status_code == 200

    answer = phone.put_picture(picture())

    assert_slowed_down(answer)
    assert phone.client.post("/settings/profile/avatar/").status_code == 302, (
        "a stranger's is not counted"
    )
