"""The devices of a person that receive notifications: subscribed, listed and removed."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Session
from accounts.security_context import acting_as_system
from calendars.models import PushSubscription, ReminderRoll
from config.database.encryption import keyring
from config.web.outgoing import AddressRefused, check_url
from config.web.problems import DomainError, FieldFault, Kind

MOST_DEVICES = 20
AUTH_BYTES = 16  # RFC 8291, 3.2


@dataclass(frozen=True, slots=True)
class PushKeys:
    """What a browser gives out when it subscribes."""

    endpoint: str
    p256dh: str
    auth: str


def devices_of(owner_id: int) -> QuerySet[PushSubscription]:
    """Return those whose session hasn't ended: a browser that signed out receives nothing."""
    now = timezone.now()
    return PushSubscription.objects.filter(
        owner_id=owner_id,
        session__revoked_at=None,
        session__idle_expires_at__gt=now,
        session__expires_at__gt=now,
    )


def sealing_context(device_id: UUID) -> str:
    return f"calendars_pushsubscription.sealed_keys:{device_id}"


def open_keys(device: PushSubscription) -> PushKeys:
    """Raises CannotDecrypt."""
    content = keyring().open(bytes(device.sealed_keys), context=sealing_context(device.pk))
    return msgspec.json.decode(content, type=PushKeys)


@transaction.atomic
def subscribe(
    *, owner_id: int, session: Session, keys: PushKeys, label: str = ""
) -> PushSubscription:
    """Add a device, or renew it. Raises DomainError.

    An endpoint belongs to one browser: whoever was signed in there before receives nothing more.
    """
    if not settings.WEB_PUSH_PRIVATE_KEY:
        message = _("Notifications on devices aren't set up on this Daybook.")
        raise DomainError(Kind.CONFLICT, "push-not-set-up", message)
    _check(keys)
    digest = _digest(keys.endpoint)
    with acting_as_system(reason="a browser that another person used receives for its user alone"):
        PushSubscription.objects.filter(endpoint_digest=digest).exclude(owner_id=owner_id).delete()
    known = PushSubscription.objects.filter(owner_id=owner_id, endpoint_digest=digest).first()
    if known is None and devices_of(owner_id).count() >= MOST_DEVICES:
        message = _("You have %(most)s devices. Remove one first.") % {"most": MOST_DEVICES}
        raise DomainError(Kind.CONFLICT, "too-many-devices", message)
    device = known or PushSubscription(owner_id=owner_id, endpoint_digest=digest)
    device.session = session
    device.service = (urlsplit(keys.endpoint).hostname or "")[:253]
    device.label = label[:100]
    device.sealed_keys = keyring().seal(
        msgspec.json.encode(keys), context=sealing_context(device.pk)
    )
    device.save()
    _roll_again(owner_id)
    return device


def unsubscribe(*, owner_id: int, endpoint: str) -> None:
    """Remove the device of this endpoint; one that isn't there is gone already."""
    _remove(PushSubscription.objects.filter(owner_id=owner_id, endpoint_digest=_digest(endpoint)))
    _roll_again(owner_id)


def remove_device(*, owner_id: int, device_id: UUID) -> None:
    """Raises DomainError NOT_FOUND."""
    if not _remove(PushSubscription.objects.filter(owner_id=owner_id, pk=device_id)):
        raise DomainError(Kind.NOT_FOUND, "not-found", _("You don't have this device."))
    _roll_again(owner_id)


def _remove(devices: QuerySet[PushSubscription]) -> int:
    deleted, _by_table = devices.delete()
    return deleted


def _roll_again(owner_id: int) -> None:
    """With the first device, and without the last one, other reminders are to be made."""
    ReminderRoll.objects.filter(owner_id=owner_id).update(rolled_until=None)


def _digest(endpoint: str) -> bytes:
    return hashlib.sha256(endpoint.encode()).digest()


def _check(keys: PushKeys) -> None:
    faults = []
    try:
        check_url(keys.endpoint, settings.PUSH_ALLOWED_NETWORKS)
    except AddressRefused:
        faults.append(_fault("endpoint", _("This isn't the https address of a push service.")))
    if not _is_point(keys.p256dh):
        faults.append(_fault("keys.p256dh", _("This isn't a P-256 public key.")))
    if len(_decoded(keys.auth)) != AUTH_BYTES:
        faults.append(_fault("keys.auth", _("This isn't a secret of 16 bytes.")))
    if faults:
        raise DomainError(
            Kind.INVALID, "invalid", _("This device can't be subscribed."), faults=faults
        )


def _fault(field: str, message: str) -> FieldFault:
    return FieldFault(field, "invalid", message)


def _is_point(text: str) -> bool:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(text))
    except ValueError:
        return False
    return True


def _decoded(text: str) -> bytes:
    """Return the bytes of base64url without padding; empty if it isn't."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
