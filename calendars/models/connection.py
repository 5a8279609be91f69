"""Connected accounts, their credentials, consents in progress, and revocations.

https://developers.google.com/identity/protocols/oauth2#expiration
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from config.database.due import Due, DueQuerySet, Leased, LeasedQuerySet

# https://developers.google.com/workspace/calendar/api/auth
READ_SCOPE = "https://www.googleapis.com/auth/calendar.readonly"
WRITE_SCOPE = "https://www.googleapis.com/auth/calendar.events"
FULL_SCOPE = "https://www.googleapis.com/auth/calendar"  # of connections made earlier
CAP = 100
WARN_AT = 80
IDLE_LIFETIME = timedelta(days=183)  # Google expires tokens that are unused for six months


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def of(self, owner_id: int) -> Self:
        return self.filter(owner_id=owner_id)

    def shown(self) -> Self:
        return self.order_by("created_at", "pk")


class Connection(models.Model):
    """One provider account that a user connected.

    `subject` is the provider's id of the account (OpenID Connect `sub`): the email address may
    change, the subject doesn't.
    """

    class Provider(models.TextChoices):
        GOOGLE = "google", "Google"

    class Status(models.TextChoices):
        ACTIVE = "active", gettext_lazy("Active")
        RECONNECT_REQUIRED = "reconnect_required", gettext_lazy("Needs to be reconnected")
        DISCONNECTED = "disconnected", gettext_lazy("Disconnected")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="connections"
    )
    provider = models.CharField(max_length=20, choices=Provider, default=Provider.GOOGLE)
    subject = models.CharField(max_length=255)
    email = models.EmailField(max_length=254)
    status = models.CharField(max_length=20, choices=Status, default=Status.ACTIVE)
    scopes = ArrayField(models.CharField(max_length=200), default=list)
    error_code = models.CharField(max_length=60, blank=True, default="")
    error_message = models.CharField(max_length=300, blank=True, default="")
    notice_due_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text=gettext_lazy("When the person is to be mailed that it must be renewed."),
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager[Connection]] = ConnectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "provider", "subject"], name="connection_once_per_account"
            )
        ]

    def __str__(self) -> str:
        return f"{self.email} ({self.get_provider_display()})"

    @property
    def may_write(self) -> bool:
        """Whether its owner allowed Daybook to change events."""
        return not {WRITE_SCOPE, FULL_SCOPE}.isdisjoint(self.scopes)


class CredentialQuerySet(LeasedQuerySet["Credential"]):
    pass


class Credential(Leased):
    """The encrypted tokens of one connection; changed only by compare-and-set on `version`.

    The lease ensures that only one process refreshes the access token, and that another takes
    over when a killed one's lease lapses.
    """

    connection = models.OneToOneField(
        Connection, on_delete=models.CASCADE, primary_key=True, related_name="credential"
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    refresh_token = models.BinaryField()
    access_token = models.BinaryField(default=bytes)
    access_expires_at = models.DateTimeField(null=True)
    version = models.PositiveBigIntegerField(default=1)
    failed_at = models.DateTimeField(
        null=True, help_text=gettext_lazy("When a refresh last failed in passing.")
    )
    changed_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[models.Manager[Credential]] = CredentialQuerySet.as_manager()

    def __str__(self) -> str:
        return f"credential of {self.connection_id}, version {self.version}"


class AuthorizationRequest(models.Model):
    """A consent in progress: its state parameter, and the user who may complete it, once.

    RFC 6749 section 10.12 (state), RFC 7636 (PKCE). Only a digest of the state is stored.
    """

    state_digest = models.BinaryField(unique=True, max_length=32)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(
        Connection, null=True, on_delete=models.CASCADE, related_name="+"
    )
    in_app = models.BooleanField(
        default=False,
        db_default=False,
        help_text=gettext_lazy("Begun by an app; it may end in any browser."),
    )
    code_verifier = models.BinaryField()
    nonce = models.CharField(max_length=64)
    redirect_uri = models.URLField(max_length=500)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    held_grant = models.BinaryField(
        null=True,
        help_text=gettext_lazy("Sealed: what Google gave, until the browser confirms it."),
    )
    confirmation_digest = models.BinaryField(null=True, unique=True, max_length=32)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="authorization_expiry")]

    def __str__(self) -> str:
        return f"consent asked at {timezone.localtime(self.created_at):%Y-%m-%d %H:%M}"


class GrantRevocationQuerySet(DueQuerySet["GrantRevocation"]):
    pass


class GrantRevocation(Due):
    """A refresh token to be revoked, which outlives its connection.

    It references no user: its key is the former connection's id, to which the encryption is
    bound.
    """

    connection_id = models.UUIDField(primary_key=True)
    refresh_token = models.BinaryField()
    channels = models.JSONField(default=list)  # pairs of channel id and resource id
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[models.Manager[GrantRevocation]] = GrantRevocationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="grant_revocation_due")]

    def __str__(self) -> str:
        return f"grant to end since {timezone.localtime(self.created_at):%Y-%m-%d %H:%M}"


class RefreshTokenMeter(models.Model):
    """Counts refresh tokens per account and client; users who connect the same account share it.

    An upper bound: revocations on Google's own page aren't reported to us.
    """

    id: ClassVar[models.BigAutoField[int, int]]
    provider = models.CharField(max_length=20)
    subject = models.CharField(max_length=255)
    client_id = models.CharField(max_length=255)
    email = models.EmailField(max_length=254, blank=True, default="")
    issued_at = ArrayField(models.DateTimeField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "subject", "client_id"], name="refresh_token_meter_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.used} of {CAP} refresh tokens"

    @property
    def alive(self) -> list[datetime]:
        earliest = timezone.now() - IDLE_LIFETIME
        return [moment for moment in self.issued_at if moment > earliest]

    @property
    def used(self) -> int:
        return len(self.alive)

    @property
    def is_near_cap(self) -> bool:
        return self.used >= WARN_AT
