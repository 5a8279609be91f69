"""Legacy tokens that were traded in, so that each is traded once."""

from __future__ import annotations

from datetime import datetime

from django.db import models

DIGEST_BYTES = 32


class LegacyExchangeQuerySet(models.QuerySet["LegacyExchange"]):
    def expired(self, at: datetime) -> LegacyExchangeQuerySet:
        return self.filter(expires_at__lte=at)


class LegacyExchange(models.Model):
    """The SHA-256 of a traded token, kept until the token is refused for its age anyway."""

    digest = models.BinaryField(primary_key=True, max_length=DIGEST_BYTES)
    expires_at = models.DateTimeField(db_index=True)

    objects = LegacyExchangeQuerySet.as_manager()

    def __str__(self) -> str:
        return f"a legacy token until {self.expires_at:%Y-%m-%d %H:%M}"
