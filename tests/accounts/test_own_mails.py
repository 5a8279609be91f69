"""Mails in what is a person's: exported without content, gone with the account, pruned in time."""

from __future__ import annotations

import io
import json
import os
import zipfile
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import Settings

from accounts.mail.queue import open_message
from accounts.models import OutgoingMail, User
from tests.factories import bearer, make_session
from tests.product import call_command, send_due_mails

pytestmark = pytest.mark.django_db


def write(*recipients: str) -> None:
    for recipient in recipients:
        mail.send_mail("Hello", "https://daybook.example/secret", None, [recipient])


def left() -> set[str]:
    return set(OutgoingMail.objects.values_list("recipient", flat=True))


def test_the_export_says_that_they_were_sent(client: Browser, alice: User, bob: User) -> None:
    write(alice.email, bob.email)
    send_due_mails()

    answer = client.get("/api/v1/account/export", headers=bearer(make_session(alice)))

    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as archive:
        (only,) = json.loads(archive.read("mails.json"))
    assert (only["recipient"], only["status"]) == (alice.email, "sent")
    assert set(only) == {"id", "recipient", "status", "created_at", "ended_at"}


def test_they_go_with_the_account_and_those_of_others_stay(
    client: Browser, alice: User, bob: User
) -> None:
    """Alice also claims an address of Bob's, and one that nobody else names."""
    for address in (bob.email, "alice.second@example.org"):
        EmailAddress.objects.create(user=alice, email=address)
    write(alice.email, "alice.second@example.org", bob.email)

    body, headers = {"confirm": alice.email}, bearer(make_session(alice))
    answer = client.delete("/api/v1/account", body, "application/json", headers=headers)

    assert answer.status_code == 204
    assert left() == {bob.email}


def test_those_that_ended_long_ago_are_pruned(settings: Settings) -> None:
    write("dora@example.org", "eve@example.org", "fay@example.org")
    long_ago = timezone.now() - timedelta(days=settings.ENDED_MAIL_KEEP_DAYS, seconds=1)
    for recipient, ended_at in (("dora@", long_ago), ("eve@", timezone.now())):
        rows = OutgoingMail.objects.filter(recipient__startswith=recipient)
        rows.update(status="sent", ended_at=ended_at)

    call_command("prune")

    assert left() == {"eve@example.org", "fay@example.org"}


def test_a_change_of_keys_takes_them_along(settings: Settings) -> None:
    write("dora@example.org")
    old, new = settings.ENCRYPTION_KEYS[0], os.urandom(32)
    settings.ENCRYPTION_KEYS = [new, old]

    call_command("reencrypt")

    settings.ENCRYPTION_KEYS = [new]
    assert "/secret" in str(open_message(OutgoingMail.objects.get()).body)


def test_administrators_see_what_became_of_them_and_not_what_they_say(
    client: Browser, alice: User
) -> None:
    alice.is_staff = alice.is_superuser = True
    alice.save()
    client.force_login(alice)
    write("dora@example.org")
    row = OutgoingMail.objects.get()

    for page in ("", f"{row.pk}/change/"):
        text = client.get(f"/admin/accounts/outgoingmail/{page}").content.decode()
        assert "dora@example.org" in text
        assert "secret" not in text
    assert client.post(f"/admin/accounts/outgoingmail/{row.pk}/delete/").status_code == 403
    assert client.get("/admin/accounts/mailserver/").status_code == 200
