"""One write through any door runs the rule of each field once, under the lock."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from profiles.fields.dates import DateRule
from profiles.fields.locale import canonical_zone
from profiles.fields.rules import TextRule
from profiles.fields.validators import FIELDS
from profiles.models import Door, Profile
from profiles.services import adopt_zone, change_profile
from tests.factories import make_user
from tests.product import call_command
from tests.profiles.conftest import Phone
from tests.profiles.test_page import typed
from tests.statements import statements

NATIONAL, STORED = "030 901820", "+4930901820"
CHANGES = {
    "phone_number": f"{NATIONAL} ext. 12",
    "personal_address.postal_code": "10179",
    "date_of_birth": "1990-12-31",
    "first_name": " Ada",
    "website": "EXAMPLE.com/me",
}
# Their rules depend on changed values: they are validated again, also once.
DEPENDENT = {"preferred_contact_method"}
AROUND = {
    "personal_address.country": "DE",
    "phone_number": "+4930901821",
    "preferred_contact_method": "phone",
}
_RULES = {TextRule.clean.__code__, DateRule.clean.__code__}
_PATHS = {id(rule): path for path, rule in FIELDS.items()}
Write = Callable[[User], None]


@contextmanager
def counted_rules() -> Iterator[Counter[str]]:
    """Count how often the rule of each field runs in this thread."""
    runs: Counter[str] = Counter()

    def see(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code in _RULES:
            runs[_PATHS[id(frame.f_locals["self"])]] += 1

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        yield runs
    finally:
        sys.setprofile(before)


def nested(flat: dict[str, str]) -> dict[str, object]:
    document: dict[str, object] = {}
    for path, value in flat.items():
        name, _, part = path.partition(".")
        inner = document.setdefault(name, {}) if part else document
        assert isinstance(inner, dict)
        inner[part or name] = value
    return document


def by_page(owner: User) -> None:
    client = Client()
    client.force_login(owner, "accounts.password_backend.PasswordBackend")
    columns = {path.replace(".", "_"): value for path, value in CHANGES.items()}
    assert client.post("/settings/profile/", typed(owner, **columns)).status_code == 302


def by_patch(owner: User) -> None:
    assert Phone(owner).patch(nested(CHANGES)).status_code == 200


def by_put(owner: User) -> None:
    kept = {path: AROUND[path] for path in AROUND if path not in CHANGES}
    assert Phone(owner).put(nested(kept | CHANGES)).status_code == 200


def by_admin(owner: User) -> None:
    client = Client()
    admin = make_user("root@example.org", is_staff=True, is_superuser=True)
    client.force_login(admin, "accounts.password_backend.PasswordBackend")
    columns = {path.replace(".", "_"): value for path, value in CHANGES.items()}
    sent = typed(owner, **columns)
    page = reverse("admin:profiles_profile_change", args=[owner.pk])
    assert client.post(page, {"seen_version": sent.pop("version"), **sent}).status_code == 302


@pytest.mark.parametrize("write", [by_page, by_patch, by_put, by_admin])
def test_a_write_runs_each_rule_once(alice: User, write: Write) -> None:
    change_profile(owner=alice, changes=AROUND)

    with counted_rules() as runs:
        write(alice)

    assert {path for path, count in runs.items() if count != 1} == set()
    assert runs.keys() >= CHANGES.keys() | DEPENDENT
    profile = Profile.objects.get(owner=alice)
    assert (profile.phone_number, profile.phone_number_extension) == (STORED, "12")
    assert (profile.first_name, profile.website) == ("Ada", "https://example.com/me")


def test_an_import_runs_each_rule_once(db: None, tmp_path: Path) -> None:
    profile = nested({**AROUND, **CHANGES})
    line = {"email": "old@example.org", "status": "active", "profile": profile}
    file = tmp_path / "people.jsonl"
    file.write_text(json.dumps(line))

    with counted_rules() as runs:
        call_command("import_people", str(file))

    assert runs == dict.fromkeys({**AROUND, **CHANGES}, 1)
    assert Profile.objects.get(owner__email="old@example.org").phone_number == STORED


def test_a_zone_of_a_browser_is_read_once(alice: User) -> None:
    read: list[str] = []

    def see(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code is canonical_zone.__code__:
            read.append(frame.f_locals["text"])

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        adopt_zone(owner=alice, name="asia/calcutta", door=Door.SIGN_IN)
    finally:
        sys.setprofile(before)

    assert read == ["asia/calcutta"]
    assert Profile.objects.get(owner=alice).timezone == "Asia/Kolkata"


@pytest.mark.parametrize("write", [by_page, by_patch, by_put, by_admin])
def test_rules_run_when_the_row_is_locked(alice: User, write: Write) -> None:
    """So the values that a rule used are still current when the change is written."""
    change_profile(owner=alice, changes=AROUND)
    locked_at: list[int] = []

    def see(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code in _RULES:
            asked = statements(captured)
            locked_at.append(sum("FOR UPDATE" in sql and "profiles_" in sql for sql in asked))

    before = sys.getprofile()
    with CaptureQueriesContext(connection) as captured:
        sys.setprofile(see)
        try:
            write(alice)
        finally:
            sys.setprofile(before)

    assert locked_at
    assert min(locked_at) >= 1
