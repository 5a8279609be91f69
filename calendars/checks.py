"""What `manage.py check --database default` says of the accounts at Google."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, register
from django.core.checks import Warning as CheckWarning
from django.db import ProgrammingError

from accounts.security_context import acting_as_system
from calendars.models import RefreshTokenMeter
from calendars.models.meter import CAP


@register(Tags.database)
def check_refresh_tokens(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Warns before Google lets an account's oldest refresh token die without a word."""
    if not databases:
        return []
    return [
        CheckWarning(
            f"A Google account has used {meter.used} of {CAP} refresh tokens.",
            hint="Ask its owner to disconnect and connect once: that ends the old ones. The account"
            " is named in admin.",
            obj=meter.pk,
            id="calendars.W001",
        )
        for meter in _meters()
        if meter.is_near_cap
    ]


def _meters() -> list[RefreshTokenMeter]:
    """None before the migration that makes their table: `migrate` itself runs the checks."""
    try:
        with acting_as_system(reason="to look at all meters"):
            return list(RefreshTokenMeter.objects.order_by("pk"))
    except ProgrammingError:
        return []
