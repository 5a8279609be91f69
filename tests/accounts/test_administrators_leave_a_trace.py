"""What administrators do to an account is in its log and in theirs, each named to the right one."""

from __future__ import annotations

import json
import re
import zipfile
from io import BytesIO

import pytest
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.db import DatabaseError, transaction
from django.test import Client as Browser

from accounts.account.personal_data import delete_account
from accounts.models import AuditEvent, User
from tests.accounts.second_steps import set_up_app
from tests.audit import audit_log
from tests.factories import bearer, make_session, make_user
from tests.http import Response

pytestmark = pytest.mark.django_db
PEOPLE, EVENTS = "/admin/accounts/user/", "/api/v1/auth/events"


@pytest.fixture
def admin(client: Browser) -> User:
    user = make_user("admin@example.org", is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


def act(client: Browser, action: str, *people: User) -> Response:
    chosen = [str(person.pk) for person in people]
    return client.post(PEOPLE, {"action": action, "_selected_action": chosen}, follow=True)


def save(client: Browser, person: User, **changes: object) -> Response:
    form = {"is_active": "on", "legacy_allowed": "on"} | changes
    sent = {name: value for name, value in form.items() if value is not None}
    return client.post(f"{PEOPLE}{person.pk}/change/", sent)


def entries(event: str) -> list[tuple[User | None, User | None, str]]:
    return [(row.user, row.actor, row.by) for row in audit_log(event)]


def told(person: User) -> list[dict[str, object]]:
    person.refresh_from_db()
    answer = Browser().get(EVENTS, headers=bearer(make_session(person))).json()
    results: list[dict[str, object]] = answer["results"]
    return results


@pytest.mark.parametrize(
    ("action", "event"),
    [
        ("deactivate", "account_deactivated"),
        ("end_sessions", "session_ended"),
        ("remove_second_factors", "mfa_changed"),
        ("bar_legacy", "legacy_barred"),
    ],
)
def test_an_action_names_both(
    client: Browser, admin: User, alice: User, action: str, event: str
) -> None:
    make_session(alice)
    set_up_app(alice)
    User.objects.filter(pk=alice.pk).update(legacy_allowed=True)

    act(client, action, alice)

    assert entries(event) == [(alice, admin, "administrator")]


def test_activating_names_both(client: Browser, admin: User, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)

    act(client, "activate", alice)
    act(client, "activate", alice)

    assert entries("account_activated") == [(alice, admin, "administrator")]


def test_the_page_of_a_person_names_both(client: Browser, admin: User, alice: User) -> None:
    group = Group.objects.create(name="Helpers")

    assert save(client, alice, is_active=None, is_staff="on", groups=group.pk).status_code == 302

    assert entries("account_deactivated") == [(alice, admin, "administrator")]
    assert entries("rights_changed") == [(alice, admin, "administrator")]
    (row,) = audit_log("rights_changed")
    assert row.details == {"changed": "is_staff, groups"}


def test_saving_without_a_change_records_nothing(client: Browser, admin: User, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(legacy_allowed=True)

    save(client, alice)

    assert not AuditEvent.objects.filter(user=alice).exists()


def test_a_groups_permissions_are_its_members_rights(
    client: Browser, admin: User, alice: User, bob: User
) -> None:
    group = Group.objects.create(name="Helpers")
    alice.groups.add(group)
    permission = Permission.objects.get(codename="view_user")

    address = f"/admin/auth/group/{group.pk}/change/"
    client.post(address, {"name": "Helpers", "permissions": permission.pk})
    client.post(f"/admin/auth/group/{group.pk}/delete/", {"post": "yes"})

    assert entries("rights_changed") == [(alice, admin, "administrator")] * 2


def test_the_person_reads_that_it_was_an_administrator_and_not_from_where(
    client: Browser, admin: User, alice: User
) -> None:
    make_session(alice)
    act(client, "end_sessions", alice)

    (ended,) = [row for row in told(alice) if row["event"] == "session_ended"]

    assert ended["title"] == "Session ended by an administrator"
    assert (ended["by"], ended["about"]) == ("administrator", None)
    assert (ended["ip"], ended["user_agent"]) == (None, "")
    assert admin.email not in json.dumps(told(alice))
    browser = Browser()
    browser.force_login(alice)
    assert (
        "Session ended by an administrator"
        in browser.get("/settings/security/log/").content.decode()
    )
    archive = browser.get("/settings/data/export/")
    files = zipfile.ZipFile(BytesIO(b"".join(archive.streaming_content)))  # type: ignore[attr-defined]
    (exported,) = [
        row
        for row in json.loads(files.read("audit_events.json"))
        if row["event"] == "session_ended"
    ]
    assert (exported["by"], exported["ip"]) == ("administrator", None)


def test_the_administrator_reads_whom_it_was_about(
    client: Browser, admin: User, alice: User, charlie: User
) -> None:
    make_session(alice)
    act(client, "end_sessions", alice)

    (ended,) = [row for row in told(admin) if row["event"] == "session_ended"]

    assert (ended["about"], ended["ip"]) == (alice.email, "127.0.0.1")
    assert f": {alice.email}" in client.get("/settings/security/log/").content.decode()
    assert [row["event"] for row in told(charlie)] == []


def test_what_administrators_do_to_themselves_is_their_own(client: Browser, admin: User) -> None:
    act(client, "end_sessions", admin)

    assert {(by, actor) for _user, actor, by in entries("session_ended")} == {("", None)}


def test_an_administrator_who_leaves_is_forgotten_and_the_deed_is_not(
    client: Browser, admin: User, alice: User
) -> None:
    make_session(alice)
    act(client, "end_sessions", alice)

    delete_account(user=User.objects.get(pk=admin.pk), request=None)

    (ended,) = audit_log("session_ended")
    assert (ended.user, ended.actor, ended.by) == (alice, None, "administrator")
    assert (ended.ip, ended.user_agent) == (None, "")
    assert ended.title == "Session ended by an administrator"


def test_no_actor_can_be_changed(client: Browser, admin: User, alice: User) -> None:
    act(client, "deactivate", alice)

    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEvent.objects.update(actor=None)


def test_staff_choose_nobodys_password(client: Browser, admin: User, alice: User) -> None:
    before, address = alice.password, f"{PEOPLE}{alice.pk}/password/"
    password = "a walk along the canal"

    page = client.get(address).content.decode()
    answer = client.post(address, {"password1": password, "password2": password})

    assert "password1" not in page
    assert answer.status_code == 302
    alice.refresh_from_db()
    assert alice.password == before
    (sent,) = mail.outbox
    assert sent.to == [alice.email]
    assert entries("password_reset_asked") == [(alice, admin, "administrator")]
    assert choose_password(str(sent.body), password).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(password)


def choose_password(body: str, password: str) -> Response:
    """Follows the link of a mail, as its reader does."""
    (path,) = re.findall(r"https?://[^/]+(/\S+)", body)
    browser = Browser()
    form = browser.get(path, follow=True)
    last = form.redirect_chain[-1][0] if form.redirect_chain else path
    return browser.post(last, {"password1": password, "password2": password})


def test_a_person_who_is_made_chooses_the_password(client: Browser, admin: User) -> None:
    answer = client.post(f"{PEOPLE}add/", {"email": "Dora@Example.org", "password1": "x"})

    assert answer.status_code == 302
    dora = User.objects.get(email="dora@example.org")
    assert not dora.has_usable_password()
    assert entries("account_made") == [(dora, admin, "administrator")]
    (sent,) = mail.outbox
    assert choose_password(str(sent.body), "a walk along the canal").status_code == 302
    body = {"email": dora.email, "password": "a walk along the canal"}
    assert Browser().post("/api/v1/auth/token", body, "application/json").status_code == 200


def test_a_link_that_is_asked_for_is_in_the_log(alice: User) -> None:
    Browser().post("/accounts/password/reset/", {"email": alice.email})
    Browser().post("/accounts/password/reset/", {"email": "nobody@example.org"})

    asked = entries("password_reset_asked")
    assert sorted(asked, key=lambda row: row[0] is None) == [(alice, None, ""), (None, None, "")]
