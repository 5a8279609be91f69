"""Google's notifications: who may be believed, and what they lead to. Google is not asked here.

A change that follows another is pulled when it has been quiet for a moment, the longer the more
were announced meanwhile. So many changes in a row make two pulls, and single ones do not wait.
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
QUIET_FOR_EACH = timedelta(milliseconds=100)  # announcement that waits already
LONGEST_QUIET = timedelta(seconds=2)
LONGEST_BURST = timedelta(seconds=15)  # after a pull: however many come, the next one begins then
_READ = ("wanted", "done", "due_at", "lease_until", "error_code", "last_synced_at")


@dataclass(frozen=True, slots=True)
class Notification:
    """What stands in the headers; there is no body, and nothing says what has changed."""

    channel_id: uuid.UUID
    secret: str
    resource_id: str
    resource_state: str  # sync, exists or not_exists
    message_number: int
    expires_at: datetime | None


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


def note_change(state_id: int, *, after_quiet: bool) -> None:
    """Asks for a pull, unless one that is still to begin will see the change anyway.

    A run under way may have passed the change already: `follow_up` sees to it. A collection that
    waits after a fault keeps its wait: its next run sees the change too. `after_quiet`: nothing was
    announced shortly before.
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
    """At the end of a run: what was announced during it is due when it has been quiet."""
    now = timezone.now()
    left = SyncState.objects.filter(pk=state_id, wanted__gt=F("done")).only(*_READ).first()
    if left is not None:
        due_at = now if at_once else _after_quiet(left, left.wanted - left.done, now)
        SyncState.objects.filter(pk=state_id).update(due_at=due_at)
        _announce(state_id, due_at, now)


def look_again(state_id: int) -> None:
    """For a message that came before its collection was due: more was announced since it was sent,
    and its pull was put off."""
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
    """When the pull is due, if nothing more is announced until then."""
    quiet = min(QUIET_FOR_EACH * waiting, LONGEST_QUIET)
    latest = (state.last_synced_at or now) + LONGEST_BURST
    return min(now + quiet, max(latest, now))


def _announce(state_id: int, due_at: datetime, now: datetime) -> None:
    announce(TASK, state_id, delay_seconds=(due_at - now).total_seconds())
