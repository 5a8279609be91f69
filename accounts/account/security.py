"""What protects an account, in short: for the overview of the security pages."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator

from accounts.models import AuditEvent, User
from accounts.sessions.devices import Device, list_devices

_APP, _PASSKEY = Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN


@dataclass(frozen=True, slots=True)
class Security:
    has_password: bool
    has_app: bool
    passkeys: int
    addresses: list[EmailAddress]
    devices: list[Device]
    latest: AuditEvent | None

    @property
    def has_second_step(self) -> bool:
        return self.has_app or self.passkeys > 0


def security_of(user: User, *, current_session: UUID | None) -> Security:
    """Return the overview, with four queries."""
    kinds = list(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    latest = AuditEvent.objects.of(user).select_related("user").order_by("-occurred_at", "-pk")
    event = latest.first()
    return Security(
        has_password=user.has_usable_password(),
        has_app=_APP in kinds,
        passkeys=kinds.count(_PASSKEY),
        addresses=list(EmailAddress.objects.filter(user=user).order_by("-primary", "email")),
        devices=list_devices(user=user, current_id=current_session),
        latest=event and event.seen_by(user),
    )
