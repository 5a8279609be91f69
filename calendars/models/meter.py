"""How many live refresh tokens an account has given Daybook: Google keeps the newest 100.

https://developers.google.com/identity/protocols/oauth2#expiration
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

CAP = 100
WARN_AT = 80
IDLE_LIFETIME = timedelta(days=183)  # Google ends a token that nobody used for six months


class RefreshTokenMeter(models.Model):
    """One account at one client. Two people who connect the same account share its cap.

    An upper bound: a grant that its owner ended on Google's own page is not told to us.
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
