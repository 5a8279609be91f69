"""Signing in where a second step is set up: asked for, accepted once, sealed at rest."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from threading import Barrier
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connections
from django.test import Client as Browser
from pytest_django import Settings

from accounts.models import Session, User
from accounts.sign_in.second_factors import factors_of, open_secret
from config.database.encryption import CannotDecrypt, keyring
from tests.accounts.forge import claims_of
from tests.accounts.second_steps import code_of, recovery_codes_of, set_up_app
from tests.factories import PASSWORD
from tests.http import Response
from tests.product import call_command

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def long_lived_codes(settings: Settings) -> None:
    """A code that outlives the test: it is no test of the clock."""
    settings.MFA_TOTP_PERIOD = 86_400 * 365


def sign_in(otp: str | None = None, **changes: Any) -> Response:
    body = {"email": "alice@example.org", "password": PASSWORD} | changes
    if otp is not None:
        body["otp"] = otp
    return Browser().post("/api/v1/auth/token", body, "application/json")


def test_without_a_code_it_is_asked_for(alice: User) -> None:
    set_up_app(alice)

    for response in (sign_in(), sign_in("")):
        assert (response.status_code, response.json()["code"]) == (401, "mfa-required")
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert not Session.objects.exists()


def test_a_wrong_password_is_told_nothing_of_it(alice: User) -> None:
    code = code_of(set_up_app(alice))

    response = sign_in(code, password="a walk along the river")

    assert (response.status_code, response.json()["code"]) == (401, "credentials-refused")
    assert sign_in(code).status_code == 200, "the code was not used up"


def test_the_code_of_the_app_opens_a_session_of_two_factors(alice: User) -> None:
    response = sign_in(code_of(set_up_app(alice)))

    assert response.status_code == 200
    session = Session.objects.get()
    assert (session.amr, session.acr) == (["pwd", "otp", "mfa"], "aal2")
    claims = claims_of(response.json()["access"])
    assert (claims["amr"], claims["acr"]) == (["pwd", "otp", "mfa"], "aal2")
    assert Authenticator.objects.get(type="totp").last_used_at is not None


def test_a_code_opens_once(alice: User) -> None:
    code = code_of(set_up_app(alice))
    assert sign_in(code).status_code == 200

    response = sign_in(code)

    assert (response.status_code, response.json()["code"]) == (401, "otp-refused")
    assert response.json()["errors"][0]["field"] == "otp"
    assert Session.objects.count() == 1


def test_a_recovery_code_opens_once_and_leaves_the_others(alice: User) -> None:
    set_up_app(alice)
    first, second, *_ = recovery_codes_of(alice)

    statuses = [sign_in(code).status_code for code in (first, first, second)]

    assert statuses == [200, 401, 200]
    assert first not in recovery_codes_of(alice)
    assert len(recovery_codes_of(alice)) == 8


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_of_racing_sign_ins_with_one_code_one_gets_in(alice: User, kind: str) -> None:
    secret = set_up_app(alice)
    code = code_of(secret) if kind == "app" else recovery_codes_of(alice)[0]
    start = Barrier(4)

    def race(_number: int) -> int:
        start.wait()
        try:
            return sign_in(code).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        statuses = sorted(threads.map(race, range(4)))

    assert statuses == [200, 401, 401, 401]
    assert Session.objects.count() == 1


@pytest.mark.parametrize("otp", ["000000", "12345", "abcdef", "\uff10" * 6, "' or 1=1", "9" * 32])
def test_a_wrong_code_is_refused(alice: User, otp: str) -> None:
    set_up_app(alice)

    response = sign_in(otp)

    assert (response.status_code, response.json()["code"]) == (401, "otp-refused")
    assert not Session.objects.exists()


@pytest.mark.parametrize("otp", ["9" * 33, ["1"], {"a": 1}, "\x00"])
def test_a_value_of_no_use_is_named(alice: User, otp: Any) -> None:
    response = sign_in(otp)

    assert response.status_code == 422
    assert {fault["field"] for fault in response.json()["errors"]} == {"otp"}


def test_another_persons_code_does_not_open(alice: User, bob: User) -> None:
    set_up_app(alice)

    assert sign_in(code_of(set_up_app(bob))).status_code == 401


def test_without_a_second_step_a_code_is_not_looked_at(alice: User) -> None:
    assert sign_in("000000").status_code == 200
    assert Session.objects.get().acr == "aal1"


def test_the_page_asks_for_the_second_step(alice: User) -> None:
    code, browser = code_of(set_up_app(alice)), Browser()

    first = browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    assert first.headers["Location"] == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in browser.session

    wrong = browser.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert wrong.status_code == 200
    assert "_auth_user_id" not in browser.session

    done = browser.post("/accounts/2fa/authenticate/", {"code": code})
    assert done.headers["Location"] == "/"
    session = Session.objects.get()
    assert (session.amr, session.acr) == (["pwd", "otp"], "aal2")


def test_secrets_are_sealed_at_rest(alice: User) -> None:
    secret = set_up_app(alice)

    stored = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))

    assert secret not in stored
    assert not [code for code in recovery_codes_of(alice) if code in stored]


def test_the_encryption_keys_can_change(alice: User, settings: Settings) -> None:
    secret, old = set_up_app(alice), settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [b"n" * 32, *old]
    assert keyring()

    assert sign_in(code_of(secret)).status_code == 200


def stored(user: User) -> Authenticator:
    return Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)


def test_a_secret_does_not_open_in_the_row_of_another(alice: User, bob: User) -> None:
    set_up_app(alice)
    set_up_app(bob)
    Authenticator.objects.filter(pk=stored(bob).pk).update(data=stored(alice).data)

    with factors_of(bob), pytest.raises(CannotDecrypt):
        stored(bob).wrap().validate_code("000000")


def seal_as_before(user: User, secret: str) -> None:
    """As the column's secrets were sealed before they were sealed for their person."""
    sealed = keyring().seal(secret.encode(), context="mfa.authenticator.data")
    data = {"secret": base64.b64encode(sealed).decode()}
    Authenticator.objects.filter(pk=stored(user).pk).update(data=data)


def test_an_older_secret_opens_and_is_sealed_for_its_person_by_reencrypt(alice: User) -> None:
    secret = set_up_app(alice)
    seal_as_before(alice, secret)
    assert sign_in(code_of(secret)).status_code == 200

    call_command("reencrypt", stdout=StringIO())

    assert open_secret(stored(alice).data["secret"], owner=alice.pk) == secret
    with pytest.raises(CannotDecrypt):
        open_secret(stored(alice).data["secret"], owner=alice.pk + 1)


def test_reencrypt_brings_secrets_under_the_new_key(alice: User, settings: Settings) -> None:
    secret, codes = set_up_app(alice), recovery_codes_of(alice)
    settings.ENCRYPTION_KEYS = [b"n" * 32, *settings.ENCRYPTION_KEYS]

    call_command("reencrypt", stdout=StringIO())

    settings.ENCRYPTION_KEYS = [b"n" * 32]
    assert open_secret(stored(alice).data["secret"], owner=alice.pk) == secret
    assert recovery_codes_of(alice) == codes


def test_the_pages_set_up_an_app_and_confirm_by_it(alice: User) -> None:
    browser = Browser()
    browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    secret = browser.get("/accounts/2fa/totp/activate/").context["form"].secret
    done = browser.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert done.status_code == 302

    assert open_secret(stored(alice).data["secret"], owner=alice.pk) == secret
    codes = recovery_codes_of(alice)
    assert codes[0] in browser.get("/accounts/2fa/recovery-codes/").content.decode()
    confirmed = browser.post("/accounts/2fa/reauthenticate/", {"code": codes[0]})
    assert confirmed.status_code == 302


def test_the_code_to_scan_needs_no_inline_style(client: Browser, alice: User) -> None:
    client.force_login(alice)

    page = client.get("/accounts/2fa/totp/activate/").content.decode()

    assert 'src="data:image/svg+xml;base64,' in page
    assert "style=" not in page
    assert "<script>" not in page
