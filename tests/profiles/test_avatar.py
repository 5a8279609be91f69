"""PUT and DELETE of profile/avatar, and access to the picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from accounts.models import User
from profiles.models import Door, Profile, ProfileChange
from profiles.pictures.rendering import MAX_BYTES
from tests.profiles.conftest import URL, Phone, faults_of
from tests.profiles.pictures import opened, picture

FOREVER = "private, max-age=31536000, immutable"


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_it_is_stored_and_the_profile_says_where(
    phone: Phone, alice: User, pictures_of_this_test: Path
) -> None:
    before = phone.get()["ETag"]
    answer = phone.put_picture(picture("PNG"))
    assert answer.status_code == 200
    assert answer["ETag"] != before
    profile = Profile.objects.get(owner=alice)
    assert answer.json()["avatar"].endswith(f"{URL}/avatar/{profile.avatar}/512.webp")
    assert answer.json() == phone.get().json()
    assert len(profile.avatar) == 43
    assert len(files_in(pictures_of_this_test)) == 2
    change = ProfileChange.objects.get(owner=alice)
    assert (change.field, change.door, change.version) == ("avatar", Door.API, profile.version)


def test_its_owner_reads_it(phone: Phone) -> None:
    address = phone.put_picture(picture()).json()["avatar"]
    for edge in (512, 128):
        answer = phone.client.get(address.replace("512", str(edge)), headers=phone.headers)
        assert answer.status_code == 200
        assert answer["Content-Type"] == "image/webp"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Cache-Control"] == FOREVER
        assert {"Authorization", "Cookie"} <= set(answer["Vary"].split(", "))
        assert opened(answer.getvalue()).size == (edge, edge)


def test_a_client_that_accepts_pictures_only_gets_it_too(phone: Phone) -> None:
    address = phone.put_picture(picture()).json()["avatar"]
    headers = {**phone.headers, "Accept": "image/webp"}
    assert phone.client.get(address, headers=headers).status_code == 200


def test_another_persons_is_not_there(phone: Phone, charlie: User) -> None:
    address = phone.put_picture(picture()).json()["avatar"]
    other = Phone(charlie)
    assert other.client.get(address, headers=other.headers).status_code == 404
    assert Client().get(address).status_code == 401


@pytest.mark.parametrize("name", ["512", "../../settings", "x" * 43, ""])
def test_a_guessed_address_is_not_there(phone: Phone, name: str) -> None:
    phone.put_picture(picture())
    address = f"{URL}/avatar/{name}/512.webp"
    assert phone.client.get(address, headers=phone.headers).status_code == 404


def test_another_size_is_not_there(phone: Phone) -> None:
    address = phone.put_picture(picture()).json()["avatar"].replace("512", "64")
    assert phone.client.get(address, headers=phone.headers).status_code == 404


def test_a_new_one_takes_the_place_of_the_old(phone: Phone) -> None:
    old = phone.put_picture(picture()).json()["avatar"]
    new = phone.put_picture(picture()).json()["avatar"]
    assert new != old
    assert phone.client.get(old, headers=phone.headers).status_code == 404
    assert phone.client.get(new, headers=phone.headers).status_code == 200


def test_removed_it_is_seen_by_nobody(phone: Phone, alice: User) -> None:
    address = phone.put_picture(picture()).json()["avatar"]
    answer = phone.delete_picture()
    assert (answer.status_code, answer.json()["avatar"]) == (200, None)
    assert phone.client.get(address, headers=phone.headers).status_code == 404
    version = Profile.objects.get(owner=alice).version
    assert phone.delete_picture().status_code == 200
    assert Profile.objects.get(owner=alice).version == version


@pytest.mark.django_db(transaction=True)
def test_a_refused_one_leaves_the_old_and_nothing_else(
    phone: Phone, alice: User, pictures_of_this_test: Path
) -> None:
    etag = phone.get()["ETag"]
    phone.put_picture(picture())
    before = Profile.objects.values().get(owner=alice)
    stale = phone.put_picture(picture(), If_Match=etag)
    assert stale.status_code == 412
    assert stale.json()["current"]["avatar"].endswith("512.webp")
    assert phone.put_picture(b"<svg/>").status_code == 422
    assert Profile.objects.values().get(owner=alice) == before
    assert len(files_in(pictures_of_this_test)) == 2


def test_what_is_wrong_is_told_at_the_part(phone: Phone) -> None:
    assert faults_of(phone.put_picture(b"<svg/>")) == {"avatar": "unsupported_image"}
    assert faults_of(phone.put_picture(picture(), part="photo")) == {"avatar": "required"}


@pytest.mark.parametrize("length", [MAX_BYTES, 40 * 1024**2])
def test_a_large_one_is_a_413(phone: Phone, length: int) -> None:
    answer = phone.put_picture(picture() + b"\0" * length)
    assert answer.status_code == 413
    assert faults_of(answer) == {"avatar": "too_large"}


def test_json_is_not_accepted(phone: Phone) -> None:
    answer = phone.client.put(
        f"{URL}/avatar", "{}", content_type="application/json", headers=phone.headers
    )
    assert answer.status_code == 415


def test_nobody_changes_it_without_signing_in(db: None) -> None:
    assert Client().put(f"{URL}/avatar").status_code == 401
    assert Client().post("/settings/profile/avatar/").status_code == 302


def test_the_page_needs_its_token(alice: User, phone: Phone) -> None:
    phone.put_picture(picture())
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, "accounts.password_backend.PasswordBackend")
    assert client.post("/settings/profile/avatar/", {"remove": "yes"}).status_code == 403
    assert Profile.objects.get(owner=alice).avatar
