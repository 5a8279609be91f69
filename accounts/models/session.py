"""Sessions: one sign-in of one client, and the only row its tokens need."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts.models.user import User

DIGEST_BYTES = 32


class RevocationReason(models.TextChoices):
    SIGNED_OUT = "signed-out", gettext_lazy("Signed out")
    REFRESH_REUSED = "refresh-reused", gettext_lazy("A used refresh token was reused")
    ENDED_ELSEWHERE = "ended-elsewhere", gettext_lazy("Ended by the user from another device")
    CREDENTIALS_CHANGED = "credentials-changed", gettext_lazy("Password or second factor changed")
    ENDED_BY_ADMIN = "ended-by-admin", gettext_lazy("Ended by an administrator")


class SessionQuerySet(models.QuerySet["Session"]):
    def live(self, at: datetime) -> SessionQuerySet:
        return self.filter(revoked_at=None, idle_expires_at__gt=at, expires_at__gt=at)

    def listed(self, at: datetime) -> SessionQuerySet:
        """Order for display: sessions in use first."""
        return self.live(at).order_by("-last_seen_at", "pk")

    def within_grace(self, at: datetime) -> SessionQuerySet:
        """Sessions whose client may not have received the response to its last rotation."""
        recently = at - timedelta(seconds=settings.REFRESH_GRACE_SECONDS)
        return self.filter(Q(confirmed_gen__lt=F("gen")) | Q(rotated_at__gte=recently))


class Session(models.Model):
    """A session. Access tokens name it as `sid` and end with it; its refresh token rotates
    through `gen`.

    A generation is confirmed once the client has proved that it received it: an access token of
    that generation was accepted, or it was refreshed in turn. A browser has no tokens: its
    cookie names a Django session, which names this row.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    is_browser = models.BooleanField("browser", default=False)
    client_id = models.CharField(max_length=64)
    device_label = models.CharField(max_length=100, blank=True)
    amr = ArrayField(
        models.CharField(max_length=16),
        help_text=gettext_lazy("How the person signed in (RFC 8176)."),
    )
    acr = models.CharField(
        max_length=32, help_text=gettext_lazy("How sure that makes us (RFC 9470).")
    )
    authenticated_at = models.DateTimeField(default=timezone.now)

    sealed_key = models.BinaryField(
        help_text=gettext_lazy("Key of the refresh tokens' HMAC, encrypted; empty for a browser.")
    )
    gen = models.PositiveIntegerField(default=1)
    confirmed_gen = models.PositiveIntegerField(default=0)
    rotated_at = models.DateTimeField(default=timezone.now)
    grace_uses = models.PositiveSmallIntegerField(default=0)

    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(default=timezone.now)
    idle_expires_at = models.DateTimeField(help_text=gettext_lazy("Moves with each refresh."))
    expires_at = models.DateTimeField(
        help_text=gettext_lazy("The absolute end, which never moves.")
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=32, blank=True, choices=RevocationReason)

    ip = models.GenericIPAddressField(null=True, help_text=gettext_lazy("Where it was opened."))
    last_ip = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=256, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(confirmed_gen__lte=F("gen")), name="session_confirmed_gen_exists"
            ),
            models.CheckConstraint(
                condition=Q(idle_expires_at__lte=F("expires_at")),
                name="session_idle_end_within_absolute_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} since {timezone.localtime(self.created_at):%Y-%m-%d}"

    @property
    def name(self) -> str:
        return self.device_label or self.client_id

    def is_live(self, at: datetime) -> bool:
        return self.revoked_at is None and at < self.idle_expires_at and at < self.expires_at

    def is_within_grace(self, at: datetime) -> bool:
        """Apply the rule of `SessionQuerySet.within_grace` to a loaded row."""
        waited = at - self.rotated_at
        return self.confirmed_gen < self.gen or waited <= timedelta(
            seconds=settings.REFRESH_GRACE_SECONDS
        )


class LegacyExchangeQuerySet(models.QuerySet["LegacyExchange"]):
    def expired(self, at: datetime) -> LegacyExchangeQuerySet:
        return self.filter(expires_at__lte=at)


class LegacyExchange(models.Model):
    """The SHA-256 of an exchanged legacy token, kept until the token would have expired."""

    digest = models.BinaryField(primary_key=True, max_length=DIGEST_BYTES)
    expires_at = models.DateTimeField(db_index=True)

    objects = LegacyExchangeQuerySet.as_manager()

    def __str__(self) -> str:
        return f"a legacy token until {self.expires_at:%Y-%m-%d %H:%M}"
