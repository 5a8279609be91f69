"""The end of an account: all rows gone, the audit log without the person, nobody else touched."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import AuditEvent, User
from profiles.services import change_profile
from tests.accounts.second_steps import set_up_app
from tests.calendars.rows import fill_month
from tests.factories import bearer, leave, make_session, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.accounts.urls")]


def fill(user: User) -> None:
    set_up_app(user)
    change_profile(owner=user, changes={"first_name": "Ada", "company": "Analytical Engines"})
    fill_month(user, timezone.now().date())


def rows_of(user_id: int) -> dict[str, int]:
    """How many rows of each table point at the person."""
    counts = {}
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.related_model is User:
                found = model._default_manager.filter(**{field.attname: user_id}).count()
                counts[f"{model._meta.label}.{field.name}"] = found
    return {name: count for name, count in counts.items() if count}


def test_over_the_api_all_rows_go(client: Browser, alice: User, bob: User) -> None:
    for person in (alice, bob):
        fill(person)
    tokens, user_id, others = make_session(alice), alice.pk, rows_of(bob.pk)
    assert len(rows_of(user_id)) > 10

    response = leave(alice)

    assert (response.status_code, response.content) == (204, b"")
    assert rows_of(user_id) == {}
    assert not User.objects.filter(pk=user_id).exists()
    assert rows_of(bob.pk) == others
    assert client.get("/api/v1/whoami", headers=bearer(tokens)).status_code == 401


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "required"),
        ({"confirm": ""}, "blank"),
        ({"confirm": "bob@example.org"}, "other-address"),
        ({"confirm": ["alice@example.org"]}, "invalid"),
    ],
)
def test_over_the_api_the_address_is_asked_for(
    client: Browser, alice: User, body: dict[str, object], code: str
) -> None:
    response = client.delete(
        "/api/v1/account", body, "application/json", headers=bearer(make_session(alice))
    )

    assert response.status_code == 422
    assert [(one["field"], one["code"]) for one in response.json()["errors"]] == [("confirm", code)]
    assert User.objects.filter(pk=alice.pk).exists()


def test_the_audit_log_keeps_what_happened_and_forgets_who(client: Browser, alice: User) -> None:
    client.post(
        "/api/v1/auth/token",
        {"email": alice.email, "password": "a walk along the harbour"},
        "application/json",
    )
    assert AuditEvent.objects.filter(user=alice).exists()
    before = AuditEvent.objects.count()

    leave(alice)

    events = AuditEvent.objects.all()
    assert len(events) > before
    assert "account_deleted" in {event.event for event in events}
    assert {event.user_id for event in events} == {None}
    assert {event.ip for event in events} == {None}
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from accounts_auditevent e where e::text like '%alice%'")
        assert cursor.fetchone() == (0,)


def test_the_administrations_log_forgets_the_address(alice: User, admin_user: User) -> None:
    browser = Browser()
    browser.force_login(admin_user)
    browser.post(f"/admin/accounts/user/{alice.pk}/change/", {"is_active": "on"})
    assert LogEntry.objects.get().object_repr == alice.email

    leave(alice)

    assert LogEntry.objects.get().object_repr == "(deleted account)"


def test_the_page_wants_the_address_typed(client: Browser, alice: User) -> None:
    client.force_login(alice)
    assert alice.email in client.get("/settings/data/delete/").content.decode()

    for typed in ("", "bob@example.org"):
        page = client.post("/settings/data/delete/", {"email": typed})
        assert page.status_code == 200
        assert 'aria-invalid="true"' in page.content.decode()
    assert User.objects.filter(pk=alice.pk).exists()


def test_from_the_page_one_is_gone_and_signed_out(client: Browser, alice: User) -> None:
    client.force_login(alice)

    page = client.post("/settings/data/delete/", {"email": " Alice@Example.org "}, follow=True)

    assert page.redirect_chain == [("/accounts/deleted/", 302)]
    assert "Your account was deleted" in page.content.decode()
    assert not User.objects.exists()
    assert "_auth_user_id" not in client.session


def test_who_deletes_by_a_token_leaves_the_cookie_of_another_alone(
    client: Browser, alice: User, bob: User
) -> None:
    client.force_login(bob)

    client.delete(
        "/api/v1/account",
        {"confirm": alice.email},
        content_type="application/json",
        headers=bearer(make_session(alice)),
    )

    assert client.get("/api/v1/whoami").json()["user"] == str(bob.public_id)


def test_a_cookie_needs_the_csrf_token(alice: User) -> None:
    strict = Browser(enforce_csrf_checks=True)
    strict.force_login(alice)

    assert strict.delete("/api/v1/account").status_code == 403
    assert strict.post("/settings/data/delete/", {"email": alice.email}).status_code == 403
    assert User.objects.filter(pk=alice.pk).exists()


def test_the_address_is_free_again(client: Browser, alice: User) -> None:
    leave(alice)

    assert make_user("alice@example.org").pk != alice.pk


def test_nobody_cannot_delete(client: Browser, alice: User) -> None:
    assert client.delete("/api/v1/account").status_code == 401
