"""Counts the refresh tokens that consents bring, against the number that Google keeps alive."""

from __future__ import annotations

from contextlib import AbstractContextManager

import structlog
from django.conf import settings
from django.utils import timezone

from accounts.security_context import acting_as_system
from calendars.models import Connection, RefreshTokenMeter
from calendars.models.meter import CAP

log = structlog.get_logger(__name__)


def count_issue(connection: Connection) -> None:
    """Notes a token that a consent brought; those of before go on living at Google."""
    with _acting_as_system():
        meter, _created = RefreshTokenMeter.objects.select_for_update().get_or_create(
            provider=connection.provider,
            subject=connection.subject,
            client_id=settings.GOOGLE_CLIENT_ID,
        )
        meter.email = connection.email
        meter.issued_at = [*meter.alive, timezone.now()]
        meter.save(update_fields=["email", "issued_at"])
    if meter.is_near_cap:
        log.warning("refresh_tokens_near_cap", meter=meter.pk, used=meter.used, cap=CAP)


def forget_issues(*, subject: str) -> None:
    """A revocation ends all the tokens that the account gave this client."""
    ours = RefreshTokenMeter.objects.filter(subject=subject, client_id=settings.GOOGLE_CLIENT_ID)
    with _acting_as_system():
        ours.delete()


def _acting_as_system() -> AbstractContextManager[None]:
    return acting_as_system(reason="people who connect one account share its meter")
