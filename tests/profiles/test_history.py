"""The history of a profile: recorded with each change, readable only by its owner, undone one by
one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import pytest
from django.test import Client

from accounts.models import User
from profiles.history import Author
from profiles.models import Door, Profile, ProfileChange
from profiles.services import change_profile
from tests.profiles.conftest import URL, Phone, faults_of
from tests.profiles.test_page import typed


def test_each_changed_field_is_told(phone: Phone, alice: User) -> None:
    phone.patch({"first_name": "Ada", "date_of_birth": "1990-12-10"})
    phone.patch({"first_name": "Augusta", "date_of_birth": "1990-12-10", "last_name": ""})
    newest, *older = phone.history()
    moment = newest.pop("changed_at")
    assert datetime.fromisoformat(moment).tzinfo is not None
    assert newest == {
        "id": str(ProfileChange.objects.get(version=3).pk),
        "version": 3,
        "field": "first_name",
        "before": "Ada",
        "after": "Augusta",
        "door": "api",
        "actor": "owner",
        "undoable": True,
    }
    assert [(c["field"], c["after"], c["undoable"]) for c in older] == [
        ("date_of_birth", "1990-12-10", True),
        ("first_name", "Ada", False),
    ]


def test_what_is_refused_is_not_told(phone: Phone) -> None:
    phone.patch({"first_name": "Ada", "work_email": "nobody"})
    assert phone.history() == []


def test_it_names_the_door_and_no_administrator(phone: Phone, alice: User, bob: User) -> None:
    doors = [(Door.PAGE, alice), (Door.ADMIN, bob), (Door.IMPORT, None)]
    for number, (door, actor) in enumerate(doors):
        change_profile(
            owner=alice, changes={"first_name": f"Ada {number}"}, author=Author(actor, door)
        )
    told = [(change["door"], change["actor"]) for change in phone.history()]
    assert told == [("import", "nobody"), ("admin", "administrator"), ("page", "owner")]
    assert "bob" not in str(phone.history())


def test_the_page_writes_as_the_page(client: Client, alice: User, phone: Phone) -> None:
    client.force_login(alice, "accounts.password_backend.PasswordBackend")
    client.post("/settings/profile/", typed(alice, first_name="Ada"))
    assert [change["door"] for change in phone.history()] == ["page"]


def test_its_pages_go_on_where_they_ended(phone: Phone) -> None:
    for number in range(70):
        phone.patch({"first_name": f"Ada {number}"})
    address: str | None = f"{URL}/history"
    versions: list[int] = []
    while address:
        answer = phone.client.get(address, headers=phone.headers).json()
        if not versions:
            phone.patch({"last_name": "Lovelace"})  # a concurrent change doesn't shift the pages
        versions += [change["version"] for change in answer["results"]]
        address = answer["next"]
    assert versions == list(range(71, 1, -1))


def test_a_broken_cursor_is_refused(phone: Phone) -> None:
    answer = phone.client.get(f"{URL}/history?cursor=%00x", headers=phone.headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor-not-valid")


def test_another_persons_is_neither_seen_nor_undone(
    phone: Phone, alice: User, charlie: User
) -> None:
    phone.patch({"first_name": "Ada"})
    other = Phone(charlie)
    assert other.history() == []
    assert other.undo(phone.history()[0]).status_code == 404
    assert Profile.objects.get(owner=alice).first_name == "Ada"


def test_a_change_is_undone_by_a_change(phone: Phone, alice: User) -> None:
    phone.patch({"first_name": "Ada", "date_of_birth": "1990-12-10"})
    phone.patch({"first_name": "Augusta", "date_of_birth": None})
    for change in phone.history()[:2]:
        answer = phone.undo(change)
        assert answer.status_code == 200
        assert answer["ETag"] == phone.get()["ETag"]
    profile = Profile.objects.get(owner=alice)
    assert (profile.first_name, str(profile.date_of_birth)) == ("Ada", "1990-12-10")
    newest = phone.history()[0]
    assert (newest["door"], newest["before"], newest["after"]) == ("undo", "Augusta", "Ada")
    assert phone.undo(newest).json()["first_name"] == "Augusta"


def test_a_field_that_changed_since_is_left_alone(phone: Phone, alice: User) -> None:
    phone.patch({"first_name": "Ada"})
    first = phone.history()[0]
    phone.patch({"first_name": "Augusta"})
    answer = phone.undo(first)
    assert (answer.status_code, answer.json()["code"]) == (409, "changed-since")
    assert "“Augusta”" in answer.json()["detail"]
    assert Profile.objects.get(owner=alice).first_name == "Augusta"


def test_a_value_that_is_no_longer_valid_stays_gone(phone: Phone, alice: User) -> None:
    phone.patch({"work_email": "ada@example.org"})
    ProfileChange.objects.update(before="not an address")
    assert faults_of(phone.undo(phone.history()[0])) == {"work_email": "invalid_email"}
    assert Profile.objects.get(owner=alice).work_email == "ada@example.org"


def test_what_never_was_is_not_undone(phone: Phone) -> None:
    assert phone.undo({"id": uuid4()}).status_code == 404


def test_the_page_shows_it_and_undoes(client: Client, alice: User) -> None:
    change_profile(owner=alice, changes={"preferred_contact_method": "email", "bio": "<b>"})
    client.force_login(alice, "accounts.password_backend.PasswordBackend")
    html = client.get("/settings/profile/history/").content.decode()
    assert "Preferred contact method" in html
    assert "Email" in html
    assert "&lt;b&gt;" in html
    change = ProfileChange.objects.get(field="bio")
    undone = client.post(f"/settings/profile/history/{change.pk}/undo/", follow=True)
    assert "The change was undone." in undone.content.decode()
    assert Profile.objects.get(owner=alice).bio == ""
    again = client.post(f"/settings/profile/history/{change.pk}/undo/", follow=True)
    assert "This field was changed later: it&#x27;s now empty." in again.content.decode()


@pytest.mark.parametrize(
    "address", ["/settings/profile/history/", f"/settings/profile/history/{UUID(int=0)}/undo/"]
)
def test_nobody_is_sent_to_sign_in(db: None, address: str) -> None:
    assert Client().post(address).status_code == 302
