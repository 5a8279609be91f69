"""Replaced and removed pictures are listed, can be restored, and are deleted in time."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from profiles.history import KEPT_DAYS
from profiles.models import Profile, ProfileChange
from profiles.pictures.avatars import MOST_KEPT, release_avatar
from profiles.tasks import prune_pictures
from tests.product import call_command
from tests.profiles.conftest import Phone
from tests.profiles.pictures import picture

TWO_DAYS = timedelta(days=2)


def stored(folder: Path) -> set[str]:
    """Return the names of the stored pictures."""
    return {path.name.rpartition("-")[0] for path in folder.rglob("*.webp")}


def age(folder: Path, by: timedelta) -> None:
    for path in folder.rglob("*.webp"):
        moment = path.stat().st_mtime - by.total_seconds()
        os.utime(path, (moment, moment))


def name_of(user: User) -> str:
    return Profile.objects.get(owner=user).avatar


def test_history_tells_of_pictures_and_names_no_file(phone: Phone, alice: User) -> None:
    phone.put_picture(picture())
    names = [name_of(alice)]
    phone.put_picture(picture())
    names.append(name_of(alice))
    phone.delete_picture()
    told = [(change["before"], change["after"]) for change in phone.history()]
    assert told == [("picture", ""), ("picture", "picture"), ("", "picture")]
    assert not any(name in str(phone.history()) for name in names)
    assert [change["undoable"] for change in phone.history()] == [True, False, False]


def test_a_removed_one_is_brought_back(phone: Phone, alice: User) -> None:
    address = phone.put_picture(picture()).json()["avatar"]
    phone.delete_picture()
    answer = phone.undo(phone.history()[0])
    assert (answer.status_code, answer.json()["avatar"]) == (200, address)
    assert phone.client.get(address, headers=phone.headers).status_code == 200
    assert phone.history()[0]["door"] == "undo"


def test_a_replaced_one_is_brought_back_and_that_is_undone(phone: Phone) -> None:
    first = phone.put_picture(picture()).json()["avatar"]
    second = phone.put_picture(picture()).json()["avatar"]
    assert phone.undo(phone.history()[0]).json()["avatar"] == first
    assert phone.undo(phone.history()[0]).json()["avatar"] == second


def test_undoing_the_first_leaves_none(phone: Phone) -> None:
    phone.put_picture(picture())
    assert phone.undo(phone.history()[0]).json()["avatar"] is None


def test_one_that_was_replaced_since_is_not_undone(phone: Phone) -> None:
    phone.put_picture(picture())
    first = phone.history()[0]
    phone.put_picture(picture())
    answer = phone.undo(first)
    assert (answer.status_code, answer.json()["code"]) == (409, "changed-since")
    assert "there's another picture now" in answer.json()["detail"]


def test_the_page_undoes_it(client: Client, phone: Phone, alice: User) -> None:
    phone.put_picture(picture())
    name = name_of(alice)
    phone.delete_picture()
    client.force_login(alice, "accounts.password_backend.PasswordBackend")
    assert name not in client.get("/settings/profile/history/").content.decode()
    change = ProfileChange.objects.get(after="")
    page = client.post(f"/settings/profile/history/{change.pk}/undo/", follow=True).content.decode()
    assert "The change was undone." in page
    assert name_of(alice) == name


def test_what_is_kept_no_longer_is_told_so(
    phone: Phone, alice: User, pictures_of_this_test: Path
) -> None:
    phone.put_picture(picture())
    phone.delete_picture()
    long_ago = timezone.now() - timedelta(days=KEPT_DAYS, hours=1)
    ProfileChange.objects.update(changed_at=long_ago)
    assert not phone.history()[0]["undoable"]
    for path in pictures_of_this_test.rglob("*.webp"):
        path.unlink()
    answer = phone.undo(phone.history()[0])
    assert (answer.status_code, answer.json()["code"]) == (409, "not-undoable")
    assert f"for {KEPT_DAYS} days" in answer.json()["detail"]
    assert name_of(alice) == ""


@pytest.mark.django_db(transaction=True)
def test_only_the_last_few_stay(phone: Phone, alice: User, pictures_of_this_test: Path) -> None:
    names = []
    for _ in range(MOST_KEPT + 3):
        phone.put_picture(picture())
        names.append(name_of(alice))
    assert stored(pictures_of_this_test) == {*names[-MOST_KEPT - 1 :]}


@pytest.mark.django_db(transaction=True)
def test_with_the_account_all_of_them_go(
    phone: Phone, alice: User, bob: User, pictures_of_this_test: Path
) -> None:
    for _ in range(3):
        phone.put_picture(picture())
    Phone(bob).put_picture(picture())
    release_avatar(owner=alice)
    assert stored(pictures_of_this_test) == {name_of(bob)}


def test_prune_leaves_what_is_shown_or_can_be_brought_back(
    phone: Phone, bob: User, pictures_of_this_test: Path
) -> None:
    phone.put_picture(picture())
    phone.delete_picture()
    Phone(bob).put_picture(picture())
    age(pictures_of_this_test, TWO_DAYS)
    before = stored(pictures_of_this_test)
    assert len(before) == 2
    assert prune_pictures() == 0
    assert stored(pictures_of_this_test) == before


def test_prune_takes_what_no_undo_brings_back(
    phone: Phone, alice: User, pictures_of_this_test: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        phone.put_picture(picture())
    age(pictures_of_this_test, TWO_DAYS)
    long_ago = timezone.now() - timedelta(days=KEPT_DAYS + 2)
    ProfileChange.objects.update(changed_at=long_ago)
    call_command("prune")
    assert "pictures: 1 deleted" in capsys.readouterr().out
    assert stored(pictures_of_this_test) == {name_of(alice)}


@pytest.mark.parametrize(("old", "left"), [(TWO_DAYS, 0), (timedelta(0), 1)])
def test_prune_takes_what_was_killed_before_it_was_named(
    phone: Phone, alice: User, pictures_of_this_test: Path, old: timedelta, left: int
) -> None:
    """Recently stored files are kept: their upload may be about to commit."""
    phone.put_picture(picture())
    with connection.cursor() as cursor:  # as if the transaction had never happened
        cursor.execute("DELETE FROM profiles_profilechange")
        cursor.execute("UPDATE profiles_profile SET avatar = ''")
    age(pictures_of_this_test, old)
    assert prune_pictures() == 1 - left
    assert len(stored(pictures_of_this_test)) == left


def test_without_a_picture_there_is_nothing_to_prune(db: None) -> None:
    assert prune_pictures() == 0
