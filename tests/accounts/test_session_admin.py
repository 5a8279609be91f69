"""Sessions and second factors in the administration pages: seen, ended, and never exposed."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client as Browser

from accounts.models import AuditEvent, RevocationReason, Session, User
from tests.accounts.second_steps import recovery_codes_of, set_up_app
from tests.factories import bearer, make_session, make_user
from tests.http import Response

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.accounts.urls")]
PEOPLE, SESSIONS = "/admin/accounts/user/", "/admin/accounts/session/"


@pytest.fixture
def admin(client: Browser) -> User:
    user = make_user("admin@example.org", is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


def act(client: Browser, path: str, action: str, *rows: User | Session) -> Response:
    chosen = [str(row.pk) for row in rows]
    return client.post(path, {"action": action, "_selected_action": chosen}, follow=True)


def whoami(tokens: object) -> int:
    return Browser().get("/api/v1/whoami", headers=bearer(tokens)).status_code  # type: ignore[arg-type]


def test_a_session_is_shown_without_its_key(client: Browser, admin: User, alice: User) -> None:
    tokens = make_session(alice, device_label="Alice's phone")

    listed = client.get(SESSIONS, {"q": "alice@"}).content.decode()
    page = client.get(f"{SESSIONS}{tokens.session_id}/change/").content.decode()

    assert "Alice&#x27;s phone" in listed
    assert str(tokens.session_id) in page
    assert "sealed" not in page.lower()
    assert tokens.refresh.split(".")[1] not in page


def test_nothing_of_a_session_can_be_changed(client: Browser, admin: User, alice: User) -> None:
    tokens = make_session(alice)
    path = f"{SESSIONS}{tokens.session_id}"

    assert client.post(f"{path}/change/", {"user": admin.pk}).status_code == 403
    assert client.post(f"{path}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{SESSIONS}add/").status_code == 403
    assert Session.objects.get(pk=tokens.session_id).user == alice


def test_one_is_ended(client: Browser, admin: User, alice: User) -> None:
    lost, kept = make_session(alice), make_session(alice)
    row = Session.objects.get(pk=lost.session_id)

    assert "Ended: 1." in act(client, SESSIONS, "end", row).content.decode()

    assert (whoami(lost), whoami(kept)) == (401, 200)
    row.refresh_from_db()
    assert row.revoked_reason == RevocationReason.ENDED_BY_ADMIN
    assert AuditEvent.objects.get(event="session_ended", user=alice).session_id == row.pk
    assert "Ended: 0." in act(client, SESSIONS, "end", row).content.decode()


def test_a_person_is_signed_out_everywhere(client: Browser, admin: User, alice: User) -> None:
    phone, browser = make_session(alice), Browser()
    browser.force_login(alice)

    page = act(client, PEOPLE, "end_sessions", alice).content.decode()

    assert "Signed out: 1." in page
    assert whoami(phone) == 401
    assert browser.get("/api/v1/whoami").status_code == 401
    assert client.get("/api/v1/whoami").status_code == 200


def test_a_person_is_barred_from_the_old_tokens(client: Browser, admin: User, olga: User) -> None:
    assert "Blocked: 1." in act(client, PEOPLE, "bar_legacy", olga).content.decode()

    olga.refresh_from_db()
    assert not olga.legacy_allowed
    assert AuditEvent.objects.get(event="legacy_barred").user == olga


def test_a_lost_second_step_is_removed(client: Browser, admin: User, alice: User) -> None:
    set_up_app(alice)
    phone = make_session(alice)

    page = act(client, PEOPLE, "remove_second_factors", alice).content.decode()

    assert "Removed: 1." in page
    assert not Authenticator.objects.filter(user=alice).exists()
    assert whoami(phone) == 401
    assert AuditEvent.objects.get(event="mfa_changed").user == alice


def test_no_page_shows_what_an_authenticator_keeps(
    client: Browser, admin: User, alice: User
) -> None:
    secret, codes = set_up_app(alice), recovery_codes_of(alice)

    index = client.get("/admin/").content.decode()
    page = client.get(f"{PEOPLE}{alice.pk}/change/").content.decode()

    assert "mfa" not in index
    assert client.get("/admin/mfa/authenticator/").status_code == 404
    assert not [each for each in (secret, *codes) if each in page]
    assert mail.outbox == []


def test_nobody_else_sees_it(client: Browser, alice: User) -> None:
    client.force_login(alice)

    assert client.get(SESSIONS).status_code in {302, 403}
