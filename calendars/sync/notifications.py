"""Push notifications: authenticate them and schedule pulls. Google isn't called here.

A change that follows another is pulled after a quiet interval, which grows with the number of
announcements. So a burst causes two pulls, and a single change doesn't wait.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from accounts.security_context import acting_as, acting_as_system
from calendars.models import Channel, Connection, SyncState
from config.workers import announce

HANDSHAKE = "sync"
TASK = "calendars.tasks.sync_collection"
QUIET_FOR_EACH = timedelta(milliseconds=100)  # waiting announcement
LONGEST_QUIET = timedelta(seconds=2)
LONGEST_BURST = timedelta(seconds=15)  # after a pull, the next one begins at the latest
_READ = ("wanted", "done", "due_at", "lease_until", "error_code", "last_synced_at")


@dataclass(frozen=True, slots=True)
class Notification:
    """The headers of a notification; it has no body and doesn't say what changed."""

    channel_id: uuid.UUID
    secret: str
    resource_id: str
    resource_state: str  # sync, exists or not_exists
    message_number: int
    expires_at: datetime | None


def hear_notification(notification: Notification) -> bool:
    """Schedule the pull. Returns False if the notification is forged or about an unknown
    channel.

    A repeated message has no effect: its number isn't above the last one.
    """
    channel = _channel_of(notification)
    if channel is None or not _is_genuine(channel, notification):
        return False
    with acting_as(user_id=channel.owner_id, method="webhook"):
        if _note_message(channel, notification) and notification.resource_state != HANDSHAKE:
            note_change(channel.collection_id, after_quiet=_was_quiet(channel))
    return True


def _was_quiet(channel: Channel) -> bool:
    """Whether there was no recent message; the row was read before this one was recorded."""
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
    # Before the response the resource id is unknown; then only the secret authenticates.
    return channel.resource_id in ("", notification.resource_id)


def _note_message(channel: Channel, notification: Notification) -> bool:
    """Record a message; return whether it is new and its connection is active."""
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


def note_change(state_id: int, *, after_quiet: bool) -> None:
    """Request a pull, unless one that hasn't begun will see the change.

    A running one may have missed it, which `follow_up` handles. A collection waiting after a
    fault keeps its wait. `after_quiet` means that nothing was announced shortly before.
    """
    now = timezone.now()
    kept = SyncState.objects.select_for_update(no_key=True).filter(pk=state_id, parked=False)
    state = kept.only(*_READ).first()
    if state is None:
        return
    is_running = state.lease_until is not None and state.lease_until > now
    waits = state.wanted > state.done
    if not is_running and (state.error_code or (waits and state.due_at <= now)):
        return
    changes: dict[str, object] = {"wanted": F("wanted") + 1}
    if not is_running:
        at_once = after_quiet and not waits
        due_at = now if at_once else _after_quiet(state, state.wanted + 1 - state.done, now)
        changes["due_at"] = due_at
        if not waits:
            _announce(state_id, due_at, now)
    SyncState.objects.filter(pk=state_id).update(**changes)


def follow_up(state_id: int, *, at_once: bool = False) -> None:
    """After a run: schedule changes announced during it after a quiet interval."""
    now = timezone.now()
    left = SyncState.objects.filter(pk=state_id, wanted__gt=F("done")).only(*_READ).first()
    if left is not None:
        due_at = now if at_once else _after_quiet(left, left.wanted - left.done, now)
        SyncState.objects.filter(pk=state_id).update(due_at=due_at)
        _announce(state_id, due_at, now)


def look_again(state_id: int) -> None:
    """Re-send a message that arrived before its collection was due, because more was announced
    and the pull was put off."""
    now = timezone.now()
    soon = SyncState.objects.filter(
        pk=state_id,
        wanted__gt=F("done"),
        error_code="",
        lease_until=None,
        due_at__range=(now, now + LONGEST_BURST),
    )
    due_at = soon.values_list("due_at", flat=True).first()
    if due_at is not None:
        _announce(state_id, due_at, now)


def _after_quiet(state: SyncState, waiting: int, now: datetime) -> datetime:
    """Return when the pull is due if no more is announced."""
    quiet = min(QUIET_FOR_EACH * waiting, LONGEST_QUIET)
    latest = (state.last_synced_at or now) + LONGEST_BURST
    return min(now + quiet, max(latest, now))


def _announce(state_id: int, due_at: datetime, now: datetime) -> None:
    announce(TASK, state_id, delay_seconds=(due_at - now).total_seconds())
