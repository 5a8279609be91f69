"""What the calendar tables hold under ENCRYPTION_KEYS."""

from __future__ import annotations

from functools import partial

from accounts.security_context import acting_as_system
from calendars.consent import verifier_context
from calendars.google.credentials import sealing_context
from calendars.held_consents import held_context
from calendars.models import AuthorizationRequest, Credential, GrantRevocation
from config.sealing import SealedRows, changed_columns, sealed_anew


def _credential(row: Credential) -> dict[str, bytes]:
    return changed_columns(
        refresh_token=sealed_anew(
            row.refresh_token, context=sealing_context(row.pk, "refresh_token")
        ),
        access_token=sealed_anew(row.access_token, context=sealing_context(row.pk, "access_token")),
    )


def _revocation(row: GrantRevocation) -> dict[str, bytes]:
    context = sealing_context(row.pk, "refresh_token")
    return changed_columns(refresh_token=sealed_anew(row.refresh_token, context=context))


def _authorization(row: AuthorizationRequest) -> dict[str, bytes]:
    digest = bytes(row.state_digest)
    return changed_columns(
        code_verifier=sealed_anew(row.code_verifier, context=verifier_context(digest)),
        held_grant=sealed_anew(row.held_grant or b"", context=held_context(digest)),
    )


_door = partial(acting_as_system, reason="to open and re-encrypt what is sealed")
SEALED_ROWS = (
    SealedRows("tokens of connections", Credential, _credential, _door),
    SealedRows("tokens to revoke", GrantRevocation, _revocation, _door),
    SealedRows("consents under way", AuthorizationRequest, _authorization, _door),
)
