"""Push channels: opened, replaced before they expire, stopped, and checked for silence.

Polling always continues beside them. Google doesn't renew channels: a new one is opened, both
are accepted for a while, then the old one is stopped. Each row holds the next step and its time;
the worker that takes it holds the row's lease.
https://developers.google.com/workspace/calendar/api/guides/push
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.security_context import acting_as, acting_as_system
from calendars.google.client import CalendarClient, Watch, client_for
from calendars.google.errors import GoogleError, GoogleUnavailable, PushNotSupported, Retry
from calendars.google.quota import Priority
from calendars.models import Channel, Connection, SyncRun, SyncState
from calendars.models.sync import ChannelQuerySet
from config.backoff import CHANNEL, CHANNEL_STOP, JITTER, UNWATCHABLE, random_factor
from config.database.due import NO_LEASE
from config.workers import OneOfMany

State = Channel.State
BATCH = 100
ANSWER_WITHIN = timedelta(minutes=2)  # longer than the longest call
OVERLAP = timedelta(minutes=1)
SOONEST_RENEWAL = timedelta(minutes=5)
RENEW_AHEAD = (0.1, 0.25)  # of a channel's lifetime: jitter spreads renewals
SILENT_AFTER = timedelta(seconds=30)  # a notification may come a little after its change
LOOK_BACK = timedelta(days=1)
MOST_SILENT = 3  # then Google can't reach us at all, and a new channel wouldn't help
log = structlog.get_logger(__name__)


def open_channels() -> int:
    """Open missing channels of listed collections; return how many."""
    if not settings.GOOGLE_WEBHOOK_URL:
        return 0
    return sum(map(_open_one, _unwatched()))


def keep_channels() -> int:
    """Take the next step of every due channel; return how many."""
    with acting_as_system(reason="to find channels whose next step comes early"):
        _note_unwanted()
        _note_silent()
    steps = 0
    while steps < BATCH and (channel := _claim_next()) is not None:
        _step_with(channel)
        steps += 1
    return steps


def renew_at(expires_at: datetime) -> datetime:
    """Return when to replace a channel: well before its expiry, so that both overlap even during
    an outage, but never immediately."""
    now = timezone.now()
    ahead = (expires_at - now) * random_factor(*RENEW_AHEAD)
    return max(expires_at - ahead, now + SOONEST_RENEWAL)


def _unwatched() -> list[SyncState]:
    known = Channel.objects.filter(collection=OuterRef("pk")).exclude(state=State.STOPPING)
    unwatched = (
        SyncState.objects.filter(
            ~Exists(known), connection__status=Connection.Status.ACTIVE, parked=False
        )
        .exclude(sync_token="")
        .exclude(calendar__removed_at__isnull=False)
        .select_related("connection", "calendar")
        .order_by("pk")
    )
    with acting_as_system(reason="to list what has no channel"):
        return list(unwatched[:BATCH])


def _note_unwanted() -> None:
    """Replace channels to another address; stop channels without an address or a calendar."""
    now = timezone.now()
    opened = Channel.objects.filter(state=State.OPEN)
    opened.filter(due_at__gt=now).exclude(address=settings.GOOGLE_WEBHOOK_URL).update(due_at=now)
    gone = Q(collection__calendar__removed_at__isnull=False)
    if not settings.GOOGLE_WEBHOOK_URL:
        gone = Q()
    opened.filter(gone).update(state=State.STOPPING, due_at=now)


def _note_silent() -> None:
    """Replace channels that did not announce a change found by polling.

    Such a change is at most one interval old, so a channel last heard before that missed it.
    """
    now = timezone.now()
    span = timedelta(seconds=settings.SYNC_INTERVAL_SECONDS) * 1.5
    found_by_polling = SyncRun.objects.filter(
        Q(created__gt=0) | Q(updated__gt=0) | Q(deleted__gt=0),
        calendar=OuterRef("collection__calendar"),
        kind=SyncRun.Kind.INCREMENT,
        started_at__gt=OuterRef("heard_at") + span,
        finished_at__range=(now - LOOK_BACK, now - SILENT_AFTER),
    )
    silent = Channel.objects.alias(heard_at=Coalesce("last_notified_at", "created_at")).filter(
        Exists(found_by_polling), state=State.OPEN, due_at__gt=now, attempts__lt=MOST_SILENT
    )
    count = silent.update(due_at=now, attempts=F("attempts") + 1)
    if count:
        log.warning("channels_silent", count=count)


def _open_one(state: SyncState) -> bool:
    """Unexpected errors stay in the row, which is retried when due."""
    with OneOfMany("channel_fault", state=state.pk):
        return _open(state)
    return False


def _step_with(channel: Channel) -> None:
    with OneOfMany("channel_fault", channel=str(channel.pk)) as attempt:
        _step(channel)
    if attempt.failed:
        wait = CHANNEL.wait(channel.attempts)
        with _acting_for(channel):
            _held(channel).put_off(channel.lease_token, wait=wait, error_code="unforeseen")


def _step(channel: Channel) -> None:
    if channel.state == State.STOPPING:
        _stop(channel)
    elif channel.state == State.OPENING and channel.resource_id:
        _adopt(channel)
    else:
        _replace(channel)


def _claim_next() -> Channel | None:
    joined = Channel.objects.select_related("collection__connection", "collection__calendar")
    with acting_as_system(reason="to find a channel that is due"):
        return joined.claim_next(lasting=ANSWER_WITHIN)


def _replace(channel: Channel) -> None:
    """An open channel is stopped only when its successor is open, or when it has expired."""
    ended = channel.expires_at is not None and channel.expires_at <= timezone.now()
    if channel.state != State.OPEN or ended:
        _forget(channel)
    if settings.GOOGLE_WEBHOOK_URL:
        _open(channel.collection, attempts=channel.attempts)
    with _acting_for(channel):  # no effect if it is gone or its successor is open
        _held(channel).release(channel.lease_token, due_at=timezone.now() + ANSWER_WITHIN)


def _adopt(channel: Channel) -> None:
    """The response was lost but the handshake arrived: the channel is open."""
    expires_at = channel.expires_at or timezone.now() + ANSWER_WITHIN
    _settle_open(channel, Watch(channel.resource_id, expires_at), _client(channel))


def _open(state: SyncState, *, attempts: int = 0) -> bool:
    secret = secrets.token_urlsafe(32)
    channel = _announce_channel(state, secret, attempts)
    if channel is None:
        return False
    client = _client(channel)
    try:
        watch = client.watch(
            state.calendar.remote_id if state.calendar else None,
            channel_id=str(channel.pk),
            secret=secret,
            address=channel.address,
        )
    except GoogleError as error:
        _settle_refusal(channel, error)
        return False
    return _settle_open(channel, watch, client)


def _announce_channel(state: SyncState, secret: str, attempts: int) -> Channel | None:
    """Write the row before Google is called. Returns None if another worker is opening one."""
    try:
        with acting_as(user_id=state.owner_id):
            return Channel.objects.create(
                collection=state,
                owner_id=state.owner_id,
                address=settings.GOOGLE_WEBHOOK_URL,
                secret_digest=hashlib.sha256(secret.encode()).digest(),
                attempts=attempts,
                lease_token=uuid.uuid4(),
                lease_until=timezone.now() + ANSWER_WITHIN,
            )
    except IntegrityError:
        return None


def _settle_open(channel: Channel, watch: Watch, client: CalendarClient) -> bool:
    now = timezone.now()
    with _acting_for(channel):
        others = Channel.objects.filter(collection_id=channel.collection_id, state=State.OPEN)
        others.update(state=State.STOPPING, due_at=now + OVERLAP, attempts=0, **NO_LEASE)
        opened = Channel.objects.filter(pk=channel.pk, state=State.OPENING).update(
            state=State.OPEN,
            resource_id=watch.resource_id,
            expires_at=watch.expires_at,
            due_at=renew_at(watch.expires_at),
            error_code="",
            error_message="",
            **NO_LEASE,
        )
        if not opened:
            transaction.set_rollback(True)
    if not opened:  # disconnected during the call
        _stop_at_google(channel, watch.resource_id, client)
    return bool(opened)


def _settle_refusal(channel: Channel, error: GoogleError) -> None:
    """Without a response the channel may be open: wait for its handshake."""
    log.info("channel_not_opened", channel=str(channel.pk), code=error.code)
    unknown = isinstance(error, GoogleUnavailable)
    with _acting_for(channel):
        _held(channel).filter(state=State.OPENING).put_off(
            channel.lease_token,
            wait=_pause(channel.attempts, error),
            error_code=error.code,
            error_message=error.message,
            state=State.OPENING if unknown else State.REFUSED,
        )


def _pause(attempts: int, error: GoogleError) -> timedelta:
    if isinstance(error, PushNotSupported):
        return UNWATCHABLE.wait(attempts)
    if error.retry in (Retry.NEVER, Retry.HOURS):
        return CHANNEL.longest * random_factor(*JITTER)
    return timedelta(seconds=error.retry_after_seconds or 0) + CHANNEL.wait(attempts)


def _stop(channel: Channel) -> None:
    ended = channel.expires_at is None or channel.expires_at <= timezone.now()
    if ended or _stop_at_google(channel, channel.resource_id, _client(channel)):
        _forget(channel)
    elif CHANNEL_STOP.is_spent(channel.attempts):
        log.warning("channel_not_stopped", channel=str(channel.pk))
        _forget(channel)
    else:
        wait = CHANNEL_STOP.wait(channel.attempts)
        with _acting_for(channel):
            _held(channel).put_off(channel.lease_token, wait=wait, error_code="not-stopped")


def _stop_at_google(channel: Channel, resource_id: str, client: CalendarClient) -> bool:
    """Return whether no retry is needed."""
    try:
        client.stop_channel(channel_id=str(channel.pk), resource_id=resource_id)
    except GoogleError as error:
        return error.retry is Retry.NEVER
    return True


def _forget(channel: Channel) -> None:
    with _acting_for(channel):
        channel.delete()


def _held(channel: Channel) -> ChannelQuerySet:
    return Channel.objects.filter(pk=channel.pk)


def _acting_for(channel: Channel) -> AbstractContextManager[None]:
    return acting_as(user_id=channel.owner_id)


def _client(channel: Channel) -> CalendarClient:
    return client_for(channel.collection.connection, priority=Priority.INCREMENT)
