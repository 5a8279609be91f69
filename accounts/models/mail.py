"""Mails that wait to be sent, and what is known of the mail server."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from config.database.due import Due, DueQuerySet, RepeatedQuerySet

RECIPIENT_LENGTH = 320  # RFC 3696, erratum 1690: 64 and 255 with the @


class OutgoingMailQuerySet(RepeatedQuerySet["OutgoingMail"]):
    def due(self, now: datetime) -> Self:
        return super().due(now).filter(status=OutgoingMail.Status.WAITING)

    def ended_before(self, at: datetime) -> Self:
        return self.filter(ended_at__lt=at)


class OutgoingMail(Due):
    """One message to one recipient, written in the transaction of the event that it tells of.

    Its content, which may hold a link that opens an account, is sealed for this row, and dropped
    as soon as the mail is sent or given up. No person is named: a recipient may have no account.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", gettext_lazy("Waiting")
        SENT = "sent", gettext_lazy("Sent")
        FAILED = "failed", gettext_lazy("Failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.CharField(max_length=RECIPIENT_LENGTH)
    sealed_message = models.BinaryField()
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    repeated = models.PositiveSmallIntegerField(
        default=0,
        help_text=gettext_lazy(
            "How often it may have been sent again, because a worker died while sending it."
        ),
    )
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, db_index=True)

    objects: ClassVar[models.Manager[OutgoingMail]] = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("mail")
        indexes = [
            models.Index(
                fields=["due_at"], name="outgoing_mail_due", condition=models.Q(status="waiting")
            ),
            models.Index(fields=["recipient"], name="outgoing_mail_recipient"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="waiting", ended_at=None)
                | (~models.Q(status="waiting") & models.Q(ended_at__isnull=False)),
                name="outgoing_mail_ends_once",
            )
        ]

    def __str__(self) -> str:
        return f"mail of {timezone.localtime(self.created_at):%Y-%m-%d %H:%M}"


class MailServerQuerySet(DueQuerySet["MailServer"]):
    pass


class MailServer(Due):
    """The one row that says which worker sends (its lease), and from when one may (`due_at`).

    So a server that accepts connections and stays silent occupies one worker at most, and is
    asked less often the longer it fails.
    """

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)

    objects: ClassVar[models.Manager[MailServer]] = MailServerQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = gettext_lazy("mail server")
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="mail_server_is_one_row")
        ]

    def __str__(self) -> str:
        return "the mail server"
