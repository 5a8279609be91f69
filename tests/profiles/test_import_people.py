"""`import_people`: what it imports, what it refuses and reports, and that a second run changes
nothing."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError
from django.test import Client

from accounts.models import User
from profiles.models import Door, Profile, ProfileChange
from profiles.people_file import MAX_LINE_BYTES
from profiles.services import change_profile
from tests.factories import PASSWORD
from tests.product import call_command
from tests.profiles.old_people import PROFILE, old_person, write_people

pytestmark = pytest.mark.django_db


class Run:
    """The output of the command."""

    def __init__(self, file: Path) -> None:
        out, err = io.StringIO(), io.StringIO()
        call_command("import_people", str(file), stdout=out, stderr=err)
        self.summary = out.getvalue().strip()
        self.refused = err.getvalue().splitlines()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.jsonl"


def everything() -> list[Any]:
    models = (User, EmailAddress, Profile, ProfileChange)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def test_a_person_comes_whole_in_normal_forms(file: Path) -> None:
    run = Run(write_people(file, [old_person()]))
    assert run.refused == []
    assert run.summary == ("1 people imported, 0 already existed; 0 people and 0 values refused")
    profile = Profile.objects.get(owner__legacy_id=7)
    assert {path: value for path, value in profile.values().items() if value} == {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "date_of_birth": profile.date_of_birth,
        "phone_number": "+14155552671",
        "alternate_phone": "+442079460958",
        "personal_address.street": "1 Market St",
        "personal_address.city": "San Francisco",
        "personal_address.state": "CA",
        "personal_address.postal_code": "94103",
        "personal_address.country": "US",
        "job_title": "Analyst",
        "company": "Engines",
        "work_phone": "+14155552672",
        "work_phone_extension": "12",
        "work_email": "Ada@example.com",
        "preferred_contact_method": "phone",
        "emergency_contact.name": "Charles",
        "emergency_contact.relationship": "friend",
        "emergency_contact.phone": "+14155552673",
        "emergency_contact.email": "charles@example.org",
        "bio": "One.\nTwo.",
        "website": "https://example.com/ada",
        "linkedin": "https://www.linkedin.com/in/ada-lovelace",
        "twitter": "https://x.com/ada",
        "github": "https://github.com/ada",
        "timezone": "America/Los_Angeles",
        "language": "en-US",
    }
    assert str(profile.date_of_birth) == "1990-12-10"


def test_they_sign_in_with_the_password_they_had(file: Path, client: Client) -> None:
    Run(write_people(file, [old_person()]))
    body = {"email": "person7@example.org", "password": PASSWORD}
    answer = client.post("/api/v1/auth/token", json.dumps(body), content_type="application/json")
    assert answer.status_code == 200
    headers = {"Authorization": f"Bearer {answer.json()['access']}"}
    assert client.get("/api/v1/profile", headers=headers).json()["first_name"] == "Ada"


def test_role_and_status_come_along(file: Path) -> None:
    people = [
        old_person(1, role="admin"),
        old_person(2, status="pending"),
        old_person(3, status="suspended"),
    ]
    assert Run(write_people(file, people)).refused == []
    admin, pending, suspended = User.objects.order_by("legacy_id")
    assert (admin.is_active, admin.is_staff) == (True, True)
    assert (pending.is_active, pending.pending_since is not None) == (False, True)
    assert (suspended.is_active, suspended.pending_since) == (False, None)
    assert not pending.is_staff
    assert EmailAddress.objects.filter(verified=True, primary=True).count() == 3


def test_an_old_administrator_is_staff_and_no_superuser(file: Path, client: Client) -> None:
    run = Run(write_people(file, [old_person(1, role="admin"), old_person(2)]))
    admin = User.objects.get(legacy_id=1)
    assert "1 imported people are staff in the group Administrators; no superuser" in run.summary
    assert not User.objects.filter(is_superuser=True).exists()
    assert User.objects.get(groups__name="Administrators") == admin
    client.force_login(admin, "accounts.password_backend.PasswordBackend")
    assert "person2@example.org" in client.get("/admin/accounts/user/").content.decode()


def test_history_tells_where_the_values_came_from(file: Path) -> None:
    Run(write_people(file, [old_person()]))
    changes = ProfileChange.objects.filter(owner__legacy_id=7)
    assert {change.door for change in changes} == {Door.IMPORT}
    assert changes.get(field="phone_number").after == "+14155552671"


def test_refused_values_are_listed_and_the_rest_is_imported(file: Path) -> None:
    profile = {
        **PROFILE,
        "date_of_birth": "99/99/2024",
        "phone_number": "(123) 456-7890",
        "website": "javascript:alert(1)",
        "shoe_size": 44,
        "work_address": "London",
        "timezone": 5,
    }
    run = Run(write_people(file, [old_person(1), old_person(2, profile=profile, role="owner")]))
    refused = {line.split(": ")[1]: line.rpartition("(")[2].rstrip(")") for line in run.refused}
    assert all(line.startswith("line 2: ") for line in run.refused)
    assert refused == {
        "role": "unknown_role",
        "date_of_birth": "invalid_date",
        "phone_number": "phone_invalid",
        # The phone number that the method needs was refused.
        "preferred_contact_method": "not_filled_in",
        "website": "url_scheme",
        "shoe_size": "unknown_field",
        "work_address": "not_an_object",
        "timezone": "not_text",
    }
    assert run.summary == ("2 people imported, 0 already existed; 0 people and 8 values refused")
    stored = Profile.objects.get(owner__legacy_id=2)
    assert (stored.phone_number, stored.date_of_birth, stored.website) == ("", None, "")
    assert (stored.first_name, stored.github) == ("Ada", "https://github.com/ada")


def test_a_line_that_names_nobody_is_refused_as_a_whole(file: Path) -> None:
    lines: list[Any] = [
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"email": ' + b"[" * 100_000,
        b"",
        old_person(email=None),
        old_person(email="Ada <ada@example.org>"),
        b'{"email": "' + b"a" * (MAX_LINE_BYTES * 2) + b'"}',
        b"\xef\xbb\xbf" + json.dumps(old_person(9)).encode(),
    ]
    run = Run(write_people(file, lines))
    assert [(line.split(":")[0], line.rpartition("(")[2]) for line in run.refused] == [
        ("line 1", "unreadable)"),
        ("line 2", "unreadable)"),
        ("line 3", "unreadable)"),
        ("line 4", "unreadable)"),
        ("line 6", "no_email)"),
        ("line 7", "invalid_email)"),
        ("line 8", "too_long)"),
    ]
    assert all(": not imported: " in line for line in run.refused)
    assert User.objects.get().legacy_id == 9


@pytest.mark.parametrize(
    ("password_hash", "code"),
    [
        ("$2b$12$abcdefghijklmnopqrstuv", "invalid_password_hash"),
        ("$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ", "invalid_password_hash"),
        ("$argon2id$v=19$m=x,t=1,p=1$c2FsdHNhbHQ$aGFzaA", "invalid_password_hash"),
        ("$argon2id$v=19$m=9999999,t=1,p=1$c2FsdHNhbHQ$aGFzaA", "password_hash_too_large"),
        ("$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$" + "a" * 128, "password_hash_too_large"),
        (PASSWORD, "invalid_password_hash"),
    ],
)
def test_a_hash_that_cannot_be_kept_leaves_the_person_without(
    file: Path, password_hash: str, code: str
) -> None:
    run = Run(write_people(file, [old_person(password_hash=password_hash)]))
    assert [line.rpartition("(")[2] for line in run.refused] == [f"{code})"]
    assert password_hash not in run.refused[0]
    assert not User.objects.get().has_usable_password()


@pytest.mark.parametrize("legacy_id", ["12a", -1, 1.5, True, 2**63, [7]])
def test_an_old_id_that_is_none_is_refused(file: Path, legacy_id: object) -> None:
    run = Run(write_people(file, [old_person(legacy_id=legacy_id)]))
    assert [line.rpartition("(")[2] for line in run.refused] == ["invalid_legacy_id)"]
    assert User.objects.get().legacy_id is None


def test_twice_changes_nothing(file: Path) -> None:
    write_people(file, [old_person(1), old_person(2, legacy_id=None), old_person(3)])
    Run(file)
    before = everything()
    run = Run(file)
    assert run.refused == []
    assert run.summary == ("0 people imported, 3 already existed; 0 people and 0 values refused")
    assert everything() == before


def test_who_is_there_keeps_what_they_changed(file: Path) -> None:
    write_people(file, [old_person()])
    Run(file)
    user = User.objects.get()
    change_profile(owner=user, changes={"first_name": "Augusta", "phone_number": None,
                                        "preferred_contact_method": None})  # fmt: skip
    User.objects.update(email="augusta@example.org")
    EmailAddress.objects.update(email="augusta@example.org")
    Run(file)
    assert User.objects.get().email == "augusta@example.org"
    assert Profile.objects.get().first_name == "Augusta"


def test_a_person_twice_in_a_file_comes_once(file: Path) -> None:
    run = Run(write_people(file, [old_person(1), old_person(1), old_person(2)]))
    assert run.summary.startswith("2 people imported, 1 already existed")


def test_an_address_that_is_somebody_elses_is_refused(file: Path, alice: User, bob: User) -> None:
    EmailAddress.objects.create(user=bob, email="second@example.org", verified=True)
    people = [
        old_person(1, email="ALICE@example.org"),
        old_person(2, email="second@example.org"),
        old_person(3, email="new@example.org"),
        old_person(4, email="new@example.org"),
    ]
    run = Run(write_people(file, people))
    assert [line.rpartition("(")[2] for line in run.refused] == ["email_taken)"] * 3
    assert set(User.objects.values_list("legacy_id", flat=True)) == {None, 3}
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_whom_only_the_database_refuses_costs_nobody_else(
    file: Path, profile_refuses_first_names: None
) -> None:
    nameless = {**PROFILE, "first_name": ""}
    people = [old_person(1, profile=nameless), old_person(2), old_person(3, profile=nameless)]
    run = Run(write_people(file, people))
    assert [line.rpartition("(")[2] for line in run.refused] == ["refused_by_database)"]
    assert set(User.objects.values_list("legacy_id", flat=True)) == {1, 3}


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nobody\.jsonl can't be read"):
        Run(tmp_path / "nobody.jsonl")
