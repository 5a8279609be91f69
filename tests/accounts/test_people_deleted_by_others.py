"""An administrator and the operator delete a person as the person could, grants at Google too."""

from __future__ import annotations

from io import StringIO

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError
from django.test import Client as Browser
from django.utils import timezone

from accounts.administrators import administrators_group
from accounts.models import User
from calendars.models import Credential, GrantRevocation
from tests.accounts.second_steps import set_up_app
from tests.audit import audit_log
from tests.calendars.rows import fill_month, make_connection
from tests.factories import bearer, make_session, make_user
from tests.product import call_command

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = "/admin/accounts/user/"


@pytest.fixture
def admin(client: Browser) -> User:
    user = make_user("admin@example.org", is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


def fill(user: User) -> None:
    set_up_app(user)
    fill_month(user, timezone.now().date())
    connection = make_connection(user)
    Credential.objects.create(
        connection=connection,
        owner=user,
        refresh_token=b"\x01sealed",
        access_token=b"\x01sealed",
        access_expires_at=timezone.now(),
    )


def rows_of(user_id: int) -> list[str]:
    return [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.related_model is User
        and model._default_manager.filter(**{field.attname: user_id}).exists()
    ]


def assert_gone(user_id: int, tokens: object) -> None:
    assert rows_of(user_id) == []
    assert not User.objects.filter(pk=user_id).exists()
    assert GrantRevocation.objects.count() == 1
    answer = Browser().get("/api/v1/profile", headers=bearer(tokens))  # type: ignore[arg-type]
    assert answer.status_code == 401


def test_an_administrator_deletes_a_person(client: Browser, admin: User, alice: User) -> None:
    fill(alice)
    user_id, tokens = alice.pk, make_session(alice)
    address = f"{PEOPLE}{user_id}/delete/"
    assert alice.email in client.get(address).content.decode()

    assert client.post(address, {"post": "yes"}).status_code == 302

    assert_gone(user_id, tokens)
    (row,) = audit_log("account_deleted")
    assert (row.user, row.actor, row.by) == (None, admin, "administrator")
    assert not [entry for entry in LogEntry.objects.all() if alice.email in entry.object_repr]


def test_an_administrator_deletes_selected_people(
    client: Browser, admin: User, alice: User, bob: User
) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [alice.pk, bob.pk]}
    assert "Cannot delete" not in client.post(PEOPLE, chosen).content.decode()

    client.post(PEOPLE, chosen | {"post": "yes"})

    assert list(User.objects.all()) == [admin]


def test_staff_of_the_group_delete_people_and_no_superuser(
    client: Browser, admin: User, alice: User, bob: User
) -> None:
    helper = make_user("helper@example.org", is_staff=True)
    helper.groups.add(administrators_group())
    client.force_login(helper)

    assert client.post(f"{PEOPLE}{alice.pk}/delete/", {"post": "yes"}).status_code == 302
    client.post(f"{PEOPLE}{admin.pk}/delete/", {"post": "yes"})

    assert set(User.objects.all()) == {admin, helper, bob}


@pytest.mark.parametrize("way", ["page", "list"])
def test_nobody_deletes_oneself_there(client: Browser, admin: User, alice: User, way: str) -> None:
    if way == "page":
        assert client.post(f"{PEOPLE}{admin.pk}/delete/", {"post": "yes"}).status_code == 403
    else:
        chosen = {"action": "delete_selected", "_selected_action": [alice.pk, admin.pk]}
        client.post(PEOPLE, chosen | {"post": "yes"})

    assert set(User.objects.all()) == {admin, alice}


def test_the_operator_deletes_a_person(alice: User, bob: User) -> None:
    fill(alice)
    user_id, tokens, out = alice.pk, make_session(alice), StringIO()

    call_command("delete_person", "Alice@Example.org", "--yes", stdout=out)

    assert_gone(user_id, tokens)
    assert "alice@example.org was deleted" in out.getvalue()
    assert [(row.actor, row.by) for row in audit_log("account_deleted")] == [(None, "operator")]
    assert User.objects.get() == bob


@pytest.mark.parametrize("typed", ["bob@example.org\n", "\n", ""])
def test_another_address_that_is_typed_deletes_nobody(
    alice: User, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(typed))

    with pytest.raises(CommandError, match="Nothing was deleted"):
        call_command("delete_person", alice.email, stdout=StringIO())

    assert User.objects.get() == alice


def test_the_operator_types_the_address(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("Alice@example.org\n"))

    call_command("delete_person", alice.email, stdout=StringIO())

    assert not User.objects.exists()


def test_an_unknown_address_is_told(alice: User) -> None:
    with pytest.raises(CommandError, match="no account"):
        call_command("delete_person", "nobody@example.org", "--yes")
