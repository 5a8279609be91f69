"""Worker and beat with a mail server that accepts connections but doesn't answer at first."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection

from accounts.models import MailServer, OutgoingMail
from config.desk.secrets import load_local_secrets
from tests.faults.programs import running_programs
from tests.faults.servers import OwnServers
from tests.smtp_server import SMTPServer, smtp_server

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]
PATIENCE_SECONDS = 180  # includes the start of the programs on a busy machine
ADDRESSES = [f"person{number}@example.org" for number in range(20)]


@pytest.fixture
def silent() -> Iterator[SMTPServer]:
    with smtp_server() as server:
        server.orders.silent = True
        yield server


@pytest.fixture
def programs(own: OwnServers, silent: SMTPServer) -> Iterator[None]:
    """Run the programs as in production, since a desk writes emails to files."""
    environment = {
        **load_local_secrets(settings.BASE_DIR),
        "DAYBOOK_EMBEDDED": "0",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": str(silent.port),
        "EMAIL_TIMEOUT": "3",
    }
    with running_programs(own, ("worker", "beat"), environment=environment):
        yield


def eventually(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def test_its_silence_holds_one_worker_at_most_and_no_mail_is_lost(
    own: OwnServers, silent: SMTPServer, programs: None
) -> None:
    for address in ADDRESSES:
        mail.send_mail("Hello", "Nothing is lost.", None, [address])

    eventually(lambda: silent.connections >= 2, "the server is not asked again")
    assert silent.most_at_once == 1, "two workers wait for it"
    assert OutgoingMail.objects.filter(status="waiting").count() == len(ADDRESSES)
    assert MailServer.objects.get().attempts >= 1

    silent.orders.silent = False
    connection.close()
    eventually(lambda: len(silent.accepted) == len(ADDRESSES), "the mails do not arrive")
    eventually(lambda: not OutgoingMail.objects.exclude(status="sent").exists(), "nobody notes it")
    assert sorted(str(message["To"]) for message in silent.accepted) == sorted(ADDRESSES)
    assert silent.most_at_once == 1
