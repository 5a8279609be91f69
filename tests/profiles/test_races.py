"""A hundred phones write one profile at once, through real server processes."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import urllib3

from accounts.models import User
from profiles.models import Profile, ProfileChange
from profiles.services import read_profile
from tests.accounts.serving import Server, serving
from tests.factories import bearer, make_session
from tests.profiles.conftest import URL

RACERS = 100
FIELDS = [
    *("first_name", "last_name", "display_name", "bio", "job_title", "company", "department"),
    *("personal_address.street", "personal_address.street2", "personal_address.city"),
    *("personal_address.state", "work_address.street", "work_address.street2"),
    *("work_address.city", "work_address.state", "emergency_contact.name"),
    *("emergency_contact.relationship", "work_email", "emergency_contact.email", "github"),
]
pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def server(alice: User) -> Iterator[Server]:
    read_profile(owner=alice)
    with serving(processes=2) as server:
        yield server


def value_of(field: str, number: int) -> str:
    if field.endswith("email"):
        return f"ada{number}@example.org"
    return f"https://github.com/ada{number}" if field == "github" else f"Ada {number}"


def body_of(field: str, number: int) -> dict[str, object]:
    name, _, part = field.partition(".")
    value = value_of(field, number)
    return {name: {part: value}} if part else {name: value}


def patch_at_once(
    server: Server, user: User, bodies: list[dict[str, object]], **more: str
) -> list[urllib3.BaseHTTPResponse]:
    url = f"http://127.0.0.1:{server.port}{URL}"
    pool = urllib3.PoolManager(maxsize=len(bodies), retries=False, timeout=100)
    headers = bearer(make_session(user)) | {"Connection": "close"}
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    start = threading.Barrier(len(bodies))

    def patch(body: dict[str, object]) -> urllib3.BaseHTTPResponse:
        start.wait()
        return pool.request("PATCH", url, json=body, headers=headers)

    with ThreadPoolExecutor(len(bodies)) as racers:
        return list(racers.map(patch, bodies))


def test_changes_of_different_fields_all_survive(server: Server, alice: User) -> None:
    """Each field is written five times: all writes are in the history, each follows the previous
    one, and the last one is stored."""
    sent = [(field, number) for number in range(RACERS // len(FIELDS)) for field in FIELDS]
    answers = patch_at_once(server, alice, [body_of(*one) for one in sent])
    assert Counter(answer.status for answer in answers) == {200: RACERS}
    profile = Profile.objects.get(owner=alice)
    assert profile.version == 1 + RACERS
    changes = list(ProfileChange.objects.filter(owner=alice).order_by("version"))
    assert Counter((change.field, change.after) for change in changes) == Counter(
        (field, value_of(field, number)) for field, number in sent
    )
    for field in FIELDS:
        of_field = [change for change in changes if change.field == field]
        assert [c.before for c in of_field] == ["", *(c.after for c in of_field[:-1])]
        assert profile.value(field) == of_field[-1].after


def test_of_changes_of_one_field_one_wins_and_the_others_are_told(
    server: Server, alice: User
) -> None:
    etag = f'"{alice.public_id}.1"'
    bodies: list[dict[str, object]] = [{"first_name": f"Ada {n}"} for n in range(RACERS)]
    answers = patch_at_once(server, alice, bodies, If_Match=etag)
    assert Counter(answer.status for answer in answers) == {200: 1, 412: RACERS - 1}
    [winner] = [answer for answer in answers if answer.status == 200]
    assert Profile.objects.get(owner=alice).first_name == winner.json()["first_name"]
    assert ProfileChange.objects.filter(owner=alice).count() == 1
    for answer in answers:
        assert answer.headers["ETag"] == winner.headers["ETag"]
        if answer.status == 412:
            assert answer.json()["current"] == winner.json()
