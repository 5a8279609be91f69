"""Everything that is a person's in one zip: over the API and from the page, nobody else's in it."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from django.test import Client as Browser

from accounts.models import AuditEvent, User
from tests.accounts.second_steps import recovery_codes_of, set_up_app
from tests.factories import bearer, make_session
from tests.http import Response

pytestmark = pytest.mark.django_db


def files_of(response: Response) -> dict[str, bytes]:
    archive = zipfile.ZipFile(io.BytesIO(response.getvalue()))
    assert archive.testzip() is None
    return {name: archive.read(name) for name in archive.namelist()}


def export(client: Browser, user: User) -> dict[str, Any]:
    response = client.get("/api/v1/account/export", headers=bearer(make_session(user)))
    assert response.status_code == 200
    files = files_of(response)
    return {name: json.loads(content) for name, content in files.items() if name.endswith("json")}


def test_the_zip_is_a_download_that_no_cache_keeps(client: Browser, alice: User) -> None:
    response = client.get("/api/v1/account/export", headers=bearer(make_session(alice)))

    assert response.headers["Content-Type"] == "application/zip"
    assert response.headers["Content-Disposition"] == 'attachment; filename="daybook.zip"'
    assert response.headers["Cache-Control"] == "no-store"


def test_the_account_is_in_it(client: Browser, alice: User) -> None:
    set_up_app(alice)

    files = export(client, alice)

    account = files["account.json"]
    assert account["id"] == str(alice.public_id)
    assert account["email_addresses"] == [{"email": alice.email, "verified": True, "primary": True}]
    assert {each["type"] for each in account["second_factors"]} == {"totp", "recovery_codes"}
    assert len(files["sessions.json"]) == 1
    assert {"profile_history.json", "calendars.json", "events.json"} <= files.keys()


def test_an_earlier_export_is_in_the_audit_events(client: Browser, alice: User) -> None:
    export(client, alice)

    events = export(client, alice)["audit_events.json"]

    assert [each["event"] for each in events if each["event"] == "account_exported"]
    assert AuditEvent.objects.filter(event="account_exported", user=alice).count() == 2


def test_no_secret_is_in_it(client: Browser, alice: User) -> None:
    secret, codes = set_up_app(alice), recovery_codes_of(alice)
    tokens = make_session(alice)
    response = client.get("/api/v1/account/export", headers=bearer(tokens))

    everything = b"\n".join(files_of(response).values()).decode()

    hidden = [secret, *codes, tokens.access, tokens.refresh, alice.password, "sealed_key", "argon2"]
    assert not [each for each in hidden if each in everything]


def test_nobody_elses_rows_are_in_it(client: Browser, alice: User, charlie: User) -> None:
    make_session(alice, device_label="Alice's phone")

    everything = json.dumps(export(client, charlie))

    assert "alice" not in everything.lower()


def test_the_page_gives_the_same(client: Browser, alice: User) -> None:
    client.force_login(alice)
    assert "/settings/data/download/" in client.get("/settings/data/").content.decode()
    # This page stays while the file comes, also after the question whether it is you.
    begun = client.get("/settings/data/download/").content.decode()
    assert 'http-equiv="refresh" content="0;url=/settings/data/export/"' in begun

    response = client.get("/settings/data/export/")

    assert response.headers["Content-Type"] == "application/zip"
    assert json.loads(files_of(response)["account.json"])["email"] == alice.email


def test_nobody_gets_one(client: Browser) -> None:
    assert client.get("/api/v1/account/export").status_code == 401
    assert client.get("/settings/data/export/").headers["Location"].startswith("/accounts/login/")
