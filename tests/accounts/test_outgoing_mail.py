"""Mails are rows: pages answer whatever the mail server does, and each mail is sent in time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client as Browser
from django.utils import timezone
from prometheus_client import REGISTRY
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.mail.delivery import claim_turn, lease
from accounts.mail.queue import TASK, open_message
from accounts.models import MailServer, OutgoingMail, User
from accounts.security_context import acting_as_system
from config.backoff import MAIL
from config.celery import app
from config.database.encryption import CannotDecrypt
from tests.factories import PASSWORD
from tests.product import send_due_mails
from tests.refused_mails import mails_refused
from tests.smtp_server import SMTPServer, smtp_server

pytestmark = pytest.mark.django_db
SIGN_UP = {"email": "dora@example.org", "password1": PASSWORD, "password2": PASSWORD}
WAITING, SENT, FAILED = OutgoingMail.Status


@pytest.fixture(autouse=True)
def server(settings: Settings) -> Iterator[SMTPServer]:
    with smtp_server() as server:
        settings.MAIL_TRANSPORT = "accounts.mail.smtp.SMTPTransport"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_TIMEOUT = 0.5
        yield server


@pytest.fixture
def closed_port(server: SMTPServer, settings: Settings) -> None:
    with smtp_server() as gone:
        settings.EMAIL_PORT = gone.port


def write(*recipients: str, subject: str = "Hello") -> None:
    for recipient in recipients:
        mail.send_mail(subject, "The link: https://daybook.example/secret\n", None, [recipient])


def the_mail(recipient: str = "dora@example.org") -> OutgoingMail:
    return OutgoingMail.objects.get(recipient=recipient)


def let_time_pass() -> None:
    """Until every pause of the server and every wait of a mail is over."""
    MailServer.objects.update(due_at=timezone.now(), lease_until=timezone.now())
    OutgoingMail.objects.update(due_at=timezone.now())


def count(outcome: str) -> float:
    return REGISTRY.get_sample_value("daybook_mails_total", {"outcome": outcome}) or 0


@pytest.mark.parametrize("fault", ["silent", "closed"])
def test_sign_up_and_reset_answer_whatever_the_server_does(
    client: Browser, alice: User, server: SMTPServer, request: pytest.FixtureRequest, fault: str
) -> None:
    server.orders.silent = True
    if fault == "closed":
        request.getfixturevalue("closed_port")

    assert client.post("/accounts/signup/", SIGN_UP).status_code == 302
    reset = client.post("/accounts/password/reset/", {"email": alice.email})
    assert reset.status_code == 302

    assert server.connections == 0
    assert User.objects.filter(email="dora@example.org").exists()
    assert [the_mail().status, the_mail(alice.email).status] == [WAITING, WAITING]


def test_an_account_is_not_made_without_its_mail(client: Browser) -> None:
    client.raise_request_exception = False
    with mails_refused():
        answer = client.post("/accounts/signup/", SIGN_UP)

    assert answer.status_code == 500
    assert not User.objects.exists()


def test_a_mail_goes_with_what_it_tells_of_or_not_at_all(server: SMTPServer) -> None:
    with transaction.atomic():
        write("dora@example.org")
        transaction.set_rollback(True)

    assert send_due_mails() == 0
    assert not OutgoingMail.objects.exists()


def test_a_worker_is_told_when_it_is_committed_and_not_before(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with app.connection_for_write() as broker, broker.SimpleQueue(app.conf.task_default_queue) as q:
        q.clear()
        with django_capture_on_commit_callbacks() as callbacks:
            write("dora@example.org")
        with pytest.raises(q.Empty):
            q.get_nowait()

        for callback in callbacks:
            callback()
        assert q.get(timeout=5).headers["task"] == TASK


def test_what_the_server_accepts_is_sent_once_and_its_content_dropped(server: SMTPServer) -> None:
    before = count("sent")
    text, also_to = "Zeile eins\n.\nZeile drei", ["eve@example.org"]
    mail.EmailMessage("Grüße", text, None, ["dora@example.org"], bcc=also_to).send()

    assert (send_due_mails(), send_due_mails()) == (2, 0)

    first, second = server.accepted
    assert (first["Subject"], first["To"], first["Bcc"]) == ("Grüße", "dora@example.org", None)
    assert first.get_content().splitlines() == ["Zeile eins", ".", "Zeile drei"]
    assert first["Message-ID"] == second["Message-ID"]
    assert {bytes(row.sealed_message) for row in OutgoingMail.objects.all()} == {b""}
    assert {row.status for row in OutgoingMail.objects.all()} == {SENT}
    assert server.connections == 1
    assert count("sent") == before + 2


def test_the_content_is_sealed_for_its_row() -> None:
    write("dora@example.org", "eve@example.org")
    mine, other = the_mail(), the_mail("eve@example.org")

    assert b"secret" not in bytes(mine.sealed_message)
    assert "/secret" in str(open_message(mine).body)
    other.sealed_message = mine.sealed_message
    with pytest.raises(CannotDecrypt):
        open_message(other)


@pytest.mark.parametrize("fault", ["silent", "trickling", "closed", "busy", "password"])
def test_a_server_that_fails_is_asked_less_often_and_no_mail_is_lost(
    server: SMTPServer, settings: Settings, request: pytest.FixtureRequest, fault: str
) -> None:
    server.orders.silent = fault == "silent"
    server.orders.trickling_seconds = 0.1 if fault == "trickling" else 0
    if fault == "closed":
        request.getfixturevalue("closed_port")
    if fault == "busy":
        server.orders.greeting = "421 too busy"
    if fault == "password":
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "daybook", "wrong"
        server.orders.authentication = "535 5.7.8 wrong"
    write("dora@example.org", "eve@example.org")

    began = time.monotonic()
    assert send_due_mails() == 0
    assert time.monotonic() - began < 30, "the conversation as a whole is bounded"
    connections = server.connections
    assert connections == (fault != "closed")
    assert send_due_mails() == 0
    assert server.connections == connections, "while it is given a pause nothing connects"
    assert [the_mail().status, the_mail().attempts] == [WAITING, 0]

    server.orders.silent, server.orders.trickling_seconds = False, 0
    server.orders.greeting, server.orders.authentication = "220 loopback", "235 welcome"
    settings.EMAIL_PORT = server.port
    MailServer.objects.update(due_at=timezone.now())
    assert send_due_mails() == 2
    assert {message["To"] for message in server.accepted} == {"dora@example.org", "eve@example.org"}
    assert MailServer.objects.get().attempts == 0


def test_pauses_grow_up_to_a_bound(server: SMTPServer) -> None:
    server.orders.greeting = "421 too busy"
    write("dora@example.org")
    pauses = []
    for _failure in range(8):
        assert send_due_mails() == 0
        pause = MailServer.objects.get().due_at - timezone.now()
        pauses.append(round(pause.total_seconds()))
        MailServer.objects.update(due_at=timezone.now())

    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (5, 120)


def test_a_refused_recipient_is_given_up_and_holds_nobody_up(server: SMTPServer) -> None:
    server.orders.recipients = {"dora@example.org": "550 5.1.1 no such mailbox"}
    write("dora@example.org", "eve@example.org")

    assert send_due_mails() == 1

    refused = the_mail()
    assert (refused.status, refused.error_message) == (FAILED, "550 5.1.1 no such mailbox")
    assert bytes(refused.sealed_message) == b""
    assert [message["To"] for message in server.accepted] == ["eve@example.org"]
    assert MailServer.objects.get().attempts == 0


@pytest.mark.parametrize("place", ["recipient", "data"])
def test_a_mail_put_off_by_the_server_is_tried_again_up_to_a_bound(
    server: SMTPServer, place: str
) -> None:
    if place == "recipient":
        server.orders.recipients = {"dora@example.org": "450 4.2.0 greylisted"}
    else:
        server.orders.data = "451 4.3.0 try later"
    write("dora@example.org")

    waits = []
    for _attempt in range(MAIL.most_attempts):
        assert the_mail().status == WAITING
        assert send_due_mails() == 0
        waits.append((the_mail().due_at - timezone.now()).total_seconds())
        assert send_due_mails() == 0, "not before it is due"
        let_time_pass()

    assert (the_mail().status, the_mail().attempts) == (FAILED, MAIL.most_attempts)
    assert the_mail().error_message[:3] in ("450", "451")
    assert [round(wait / 60) for wait in waits[:4]] == [1, 2, 4, 8]
    assert server.accepted == []


def test_a_lost_answer_sends_again_under_the_same_message_id(server: SMTPServer) -> None:
    server.orders.data = ""
    write("dora@example.org")
    assert send_due_mails() == 0
    assert (the_mail().status, the_mail().attempts) == (WAITING, 1)

    server.orders.data = "250 accepted"
    let_time_pass()
    assert send_due_mails() == 1

    first, second = server.accepted
    assert first["Message-ID"] == second["Message-ID"] != None  # noqa: E711
    assert the_mail().status == SENT


def test_a_mail_that_ends_every_connection_holds_no_other_up(server: SMTPServer) -> None:
    server.orders.data = ""
    write("dora@example.org")
    assert send_due_mails() == 0
    write("eve@example.org")
    MailServer.objects.update(due_at=timezone.now())
    server.orders.data = "250 accepted"

    assert send_due_mails() == 1

    assert (the_mail().status, the_mail("eve@example.org").status) == (WAITING, SENT)


def test_a_refused_sender_is_the_servers_fault(server: SMTPServer) -> None:
    server.orders.sender = "530 5.7.0 sign in first"
    write("dora@example.org")

    assert send_due_mails() == 0

    assert (the_mail().status, the_mail().attempts) == (WAITING, 0)
    assert MailServer.objects.get().error_message == "530 5.7.0 sign in first"


def test_one_worker_sends_at_a_time_and_a_dead_one_is_followed(server: SMTPServer) -> None:
    write("dora@example.org")
    turn = claim_turn()
    assert turn is not None

    assert (claim_turn(), send_due_mails(), server.connections) == (None, 0, 0)

    MailServer.objects.update(lease_until=timezone.now())
    assert send_due_mails() == 1
    assert not turn.keep(), "who comes back late has lost the turn"


def kill_a_sender() -> None:
    """A worker claims the mail that is due, and is killed before it can note what came of it."""
    with acting_as_system(reason="a test"):
        assert claim_turn() is not None
        assert OutgoingMail.objects.claim_next(lasting=lease()) is not None


def let_leases_lapse() -> None:
    over = timezone.now() - timedelta(seconds=1)
    MailServer.objects.update(lease_until=over)
    OutgoingMail.objects.update(lease_until=over)


def test_a_killed_sender_is_followed_when_its_leases_lapse(server: SMTPServer) -> None:
    write("dora@example.org")
    kill_a_sender()

    assert (send_due_mails(), server.connections) == (0, 0)

    let_leases_lapse()
    assert send_due_mails() == 1
    sent = the_mail()
    assert (sent.status, sent.lease_token, sent.lease_until) == (SENT, None, None)


def test_a_mail_that_kills_each_worker_is_given_up_and_holds_no_other_up(
    server: SMTPServer,
) -> None:
    write("dora@example.org")
    for _attempt in range(MAIL.most_attempts):
        kill_a_sender()
        let_leases_lapse()
    write("eve@example.org")

    assert send_due_mails() == 1

    assert (the_mail().status, the_mail().attempts) == (FAILED, MAIL.most_attempts)
    assert [message["To"] for message in server.accepted] == ["eve@example.org"]


def test_a_mail_that_is_too_old_is_given_up_unsent(server: SMTPServer) -> None:
    write("dora@example.org")
    too_old = MAIL.give_up_after + timedelta(seconds=1)
    OutgoingMail.objects.update(created_at=timezone.now() - too_old)

    assert send_due_mails() == 0

    assert (the_mail().status, server.connections) == (FAILED, 0)


def test_a_mail_under_a_lost_key_waits_for_it_and_the_others_go(server: SMTPServer) -> None:
    write("dora@example.org", "eve@example.org")
    lost = OutgoingMail.objects.filter(recipient="dora@example.org")
    (sealed,) = lost.values_list("sealed_message", flat=True)
    lost.update(sealed_message=b"\x01" * 40)

    assert send_due_mails() == 1

    assert lost.get().status == WAITING
    assert "ENCRYPTION_KEYS" in lost.get().error_message
    lost.update(sealed_message=sealed, due_at=timezone.now())
    assert send_due_mails() == 1


def test_a_damaged_mail_is_given_up_and_the_others_go(server: SMTPServer) -> None:
    write("dora@example.org", "eve@example.org")
    damaged = OutgoingMail.objects.filter(recipient="dora@example.org")
    damaged.update(sealed_message=b"\x02" * 40)

    assert send_due_mails() == 1

    assert damaged.get().status == FAILED
