"""System checks of Google accounts, and the encrypted columns of calendars."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.core.checks import CheckMessage, Tags, register
from django.core.checks import Warning as CheckWarning
from django.db import ProgrammingError

from accounts.security_context import acting_as_system
from calendars.connections.consent import verifier_context
from calendars.connections.held_consents import held_context
from calendars.google.credentials import sealing_context
from calendars.models import (
    AuthorizationRequest,
    Credential,
    GrantRevocation,
    PushSubscription,
    RefreshTokenMeter,
)
from calendars.models.connection import CAP
from calendars.reminders.devices import sealing_context as device_context
from config.database.encryption import SealedRows, changed_columns, reencrypted

_access = partial(acting_as_system, reason="to open and re-encrypt what is sealed")


@register(Tags.database)
def check_refresh_tokens(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Warns before Google silently invalidates an account's oldest refresh token."""
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
    """Returns None before the table exists: `migrate` runs the checks too."""
    try:
        with acting_as_system(reason="to look at all meters"):
            return list(RefreshTokenMeter.objects.order_by("pk"))
    except ProgrammingError:
        return []


def _credential(row: Credential) -> dict[str, bytes]:
    return changed_columns(
        refresh_token=reencrypted(
            row.refresh_token, context=sealing_context(row.pk, "refresh_token")
        ),
        access_token=reencrypted(row.access_token, context=sealing_context(row.pk, "access_token")),
    )


def _revocation(row: GrantRevocation) -> dict[str, bytes]:
    context = sealing_context(row.pk, "refresh_token")
    return changed_columns(refresh_token=reencrypted(row.refresh_token, context=context))


def _authorization(row: AuthorizationRequest) -> dict[str, bytes]:
    digest = bytes(row.state_digest)
    return changed_columns(
        code_verifier=reencrypted(row.code_verifier, context=verifier_context(digest)),
        held_grant=reencrypted(row.held_grant or b"", context=held_context(digest)),
    )


def _device(row: PushSubscription) -> dict[str, bytes]:
    context = device_context(row.pk)
    return changed_columns(sealed_keys=reencrypted(row.sealed_keys, context=context))


SEALED_ROWS = (
    SealedRows("tokens of connections", Credential, _credential, _access),
    SealedRows("tokens to revoke", GrantRevocation, _revocation, _access),
    SealedRows("consents under way", AuthorizationRequest, _authorization, _access),
    SealedRows("devices that are notified", PushSubscription, _device, _access),
)
