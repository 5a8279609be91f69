"""Passkeys in a real browser, with a virtual authenticator: added, used, requested again."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect

from accounts.models import Session, User
from tests.browser.conftest import NewContext
from tests.browser.page_checks import Console
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def plug_in_authenticator(page: Page, *, present: bool = True) -> None:
    """Add an authenticator like a phone's, which stores keys and verifies its user."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": present,
        "automaticPresenceSimulation": present,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def add_passkey(page: Page, *, alone: bool) -> None:
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_label("Name").fill("Alice's laptop")
    page.get_by_label("Passwordless").set_checked(alone)
    page.get_by_role("button", name="Add passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()


def sign_out(page: Page) -> None:
    page.context.clear_cookies()


def sign_in_by_password(page: Page, alice: User) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(alice.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_passkey_is_the_second_step(alice_page: Page, alice: User) -> None:
    console = Console(alice_page)
    plug_in_authenticator(alice_page)
    add_passkey(alice_page, alone=False)
    sign_out(alice_page)

    sign_in_by_password(alice_page, alice)
    expect(alice_page.get_by_role("heading", name="Second step")).to_be_visible()
    alice_page.get_by_role("button", name="Use a passkey").click()

    expect(alice_page.get_by_role("button", name="Account", exact=True)).to_be_visible()
    session = Session.objects.latest("created_at")
    assert (session.amr, session.acr) == (["pwd", "hwk"], "aal2")
    assert console.complaints == []


def test_a_passkey_signs_in_by_itself(alice_page: Page, alice: User) -> None:
    plug_in_authenticator(alice_page)
    add_passkey(alice_page, alone=True)
    sign_out(alice_page)

    alice_page.goto("/accounts/login/")
    alice_page.get_by_role("button", name="Sign in with a passkey").click()

    expect(alice_page.get_by_role("button", name="Account", exact=True)).to_be_visible()
    session = Session.objects.latest("created_at")
    assert (session.amr, session.acr) == (["hwk"], "aal2")


def test_a_refused_passkey_says_so_and_signs_nobody_in(page: Page, alice: User) -> None:
    plug_in_authenticator(page)
    page.goto("/accounts/login/")

    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("alert")).to_contain_text("No passkey was confirmed")
    assert not Session.objects.exists()


def test_a_passkey_is_listed_renamed_and_removed(alice_page: Page, alice: User) -> None:
    plug_in_authenticator(alice_page)
    add_passkey(alice_page, alone=True)

    alice_page.goto("/accounts/2fa/webauthn/")
    expect(alice_page.get_by_text("Alice's laptop").first).to_be_visible()
    expect(alice_page.get_by_text("Works without a password")).to_be_visible()

    alice_page.get_by_role("link", name="Rename").click()
    alice_page.get_by_label("Name").fill("The old laptop")
    alice_page.get_by_role("button", name="Save name").click()
    expect(alice_page.get_by_text("The old laptop").first).to_be_visible()

    alice_page.get_by_role("link", name="Remove").click()
    alice_page.get_by_role("button", name="Remove passkey").click()
    expect(alice_page.get_by_text("You have no passkeys yet.")).to_be_visible()
    assert not Authenticator.objects.filter(user=alice).exists()


def test_a_browser_without_passkeys_is_told(new_context: NewContext, alice: User) -> None:
    page = new_context(person=alice).new_page()
    page.add_init_script("delete window.PublicKeyCredential")

    page.goto("/accounts/2fa/webauthn/add/")

    expect(page.get_by_text("This browser doesn't support passkeys here.")).to_be_visible()
    expect(page.get_by_role("button", name="Add passkey")).to_be_disabled()
