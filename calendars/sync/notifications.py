"""Google's notifications: who may be believed, and what they lead to. Google is not asked here."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.security_context import acting_as, acting_as_system
from calendars.models import Channel, Connection
from calendars.sync.follow_up import LONGEST_QUIET, note_change
from config.conflicts import rerun_on_conflict

HANDSHAKE = "sync"


@dataclass(frozen=True, slots=True)
class Notification:
    """What stands in the headers; there is no body, and nothing says what has changed."""

    channel_id: uuid.UUID
    secret: str
    resource_id: str
    resource_state: str  # sync, exists or not_exists
    message_number: int
    expires_at: datetime | None


@rerun_on_conflict
def hear_notification(notification: Notification) -> bool:
    """Asks for the pull that it calls for. False: it is forged, or about no channel of ours.

    A message that came before has no further effect: its number is not above the last one.
    """
    channel = _channel_of(notification)
    if channel is None or not _is_genuine(channel, notification):
        return False
    with acting_as(user_id=channel.owner_id, method="webhook"):
        if _note_message(channel, notification) and notification.resource_state != HANDSHAKE:
            note_change(channel.collection_id, after_quiet=_was_quiet(channel))
    return True


def _was_quiet(channel: Channel) -> bool:
    """Before this message; the row was read before it was noted."""
    last = channel.last_notified_at
    return last is None or last < timezone.now() - LONGEST_QUIET


def _channel_of(notification: Notification) -> Channel | None:
    with acting_as_system(reason="to find whose a channel is"):
        return Channel.objects.filter(pk=notification.channel_id).first()


def _is_genuine(channel: Channel, notification: Notification) -> bool:
    digest = hashlib.sha256(notification.secret.encode()).digest()
    if not hmac.compare_digest(digest, bytes(channel.secret_digest)):
        return False
    if channel.expires_at is not None and channel.expires_at <= timezone.now():
        return False
    # Before Google's answer the resource is not known; then the secret alone is the proof.
    return channel.resource_id in ("", notification.resource_id)


def _note_message(channel: Channel, notification: Notification) -> bool:
    """Whether it is a new one, of a connection that is in use."""
    learnt: dict[str, Any] = {}
    if not channel.resource_id:
        learnt = {"resource_id": notification.resource_id, "expires_at": notification.expires_at}
    if notification.resource_state != HANDSHAKE:
        learnt |= {"last_notified_at": timezone.now(), "attempts": 0}
    in_use = Q(collection__connection__status=Connection.Status.ACTIVE)
    new = Q(last_message_number__lt=notification.message_number)
    return bool(
        Channel.objects.filter(in_use, new, pk=channel.pk).update(
            last_message_number=notification.message_number, **learnt
        )
    )
