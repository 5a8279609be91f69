"""The tests' outbox, which sends waiting emails like a worker before it is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, SupportsIndex

from django.core import mail
from django.core.mail import EmailMessage
from django.test import SimpleTestCase

from tests.product import send_due_mails


class Mailbox(list[EmailMessage]):
    """A list filled by Django's locmem transport from the rows that the product wrote."""

    def __iter__(self) -> Iterator[EmailMessage]:
        send_due_mails()
        return super().__iter__()

    def __len__(self) -> int:
        send_due_mails()
        return super().__len__()

    def __getitem__(self, index: Any) -> Any:
        send_due_mails()
        return super().__getitem__(index)

    def __eq__(self, other: object) -> bool:
        send_due_mails()
        return super().__eq__(other)

    __hash__ = None  # as for every list

    def __contains__(self, message: object) -> bool:
        send_due_mails()
        return super().__contains__(message)

    def index(self, message: Any, *bounds: SupportsIndex) -> int:
        send_due_mails()
        return super().index(message, *bounds)


def prepare_mailbox(case: type[SimpleTestCase]) -> None:
    """Install the mailbox; replaces `SimpleTestCase._pre_setup`, whose outbox is a plain list."""
    case.client, case.async_client = case.client_class(), case.async_client_class()
    mail.outbox = Mailbox()
