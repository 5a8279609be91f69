"""Push channels kept open: opened, replaced before they end, stopped, watched for silence.

Polling always stands behind them. Google renews no channel: a new one is opened, both are heard
for a while, then the old one is stopped. Each row says what is next and when; whoever takes the
step puts its next date off first, so no other worker takes it too.
https://developers.google.com/workspace/calendar/api/guides/push
"""

from __future__ import annotations

import hashlib
import random
import secrets
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
from config.workers import OneOfMany, backoff

State = Channel.State
BATCH = 100
ANSWER_WITHIN = timedelta(minutes=2)  # above the longest call
OVERLAP = timedelta(minutes=1)
SOONEST_RENEWAL = timedelta(minutes=5)
RENEW_AHEAD = (0.1, 0.25)  # of a channel's life: jitter, so that channels do not march in step
TRY_AGAIN_AFTER = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=6)
ASK_UNWATCHABLE_AGAIN_AFTER = timedelta(days=30)
SILENT_AFTER = timedelta(seconds=30)  # a notification may come a little after its change
LOOK_BACK = timedelta(days=1)
MOST_SILENT = 3  # then Google does not reach us at all, and no new channel would help
MOST_STOPS = 8
log = structlog.get_logger(__name__)


def open_channels() -> int:
    """Opens what is missing, for collections that were listed once; gives how many it opened."""
    if not settings.GOOGLE_WEBHOOK_URL:
        return 0
    return sum(map(_open_one, _unwatched()))


def keep_channels() -> int:
    """Takes the next step with every channel that is due; gives how many were."""
    with acting_as_system(reason="to list channels that are due"):
        _note_unwanted()
        _note_silent()
        due = Channel.objects.due(timezone.now()).select_related(
            "collection__connection", "collection__calendar"
        )
        channels = list(due[:BATCH])
    return sum(map(_step_with, channels))


def renew_at(expires_at: datetime) -> datetime:
    """Well before its end, so that the two overlap even when Google is away for a while; but never
    at once, however soon it ends: polling stands behind it."""
    now = timezone.now()
    ahead = random.uniform(*RENEW_AHEAD)  # noqa: S311  # nosec B311 - jitter
    return max(expires_at - (expires_at - now) * ahead, now + SOONEST_RENEWAL)


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
    """Another address replaces its channels; no address, or a calendar that went, stops them."""
    now = timezone.now()
    opened = Channel.objects.filter(state=State.OPEN)
    opened.filter(due_at__gt=now).exclude(address=settings.GOOGLE_WEBHOOK_URL).update(due_at=now)
    gone = Q(collection__calendar__removed_at__isnull=False)
    if not settings.GOOGLE_WEBHOOK_URL:
        gone = Q()
    opened.filter(gone).update(state=State.STOPPING, due_at=now)


def _note_silent() -> None:
    """A channel that said nothing of a change which polling found is replaced.

    What a poll finds is at most an interval old; so a channel that was last heard before that
    has kept quiet about it.
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
    """What fails in a way that no check foresaw stays in its row, and is tried again when due."""
    with OneOfMany("channel_fault", state=state.pk):
        return _open(state)
    return False


def _step_with(channel: Channel) -> bool:
    with OneOfMany("channel_fault", channel=str(channel.pk)):
        return _step(channel)
    _put_off(channel)
    return False


def _put_off(channel: Channel) -> None:
    with _acting_for(channel):
        Channel.objects.filter(pk=channel.pk).update(
            due_at=timezone.now() + _backoff(channel.attempts),
            attempts=F("attempts") + 1,
            error_code="unforeseen",
        )


def _step(channel: Channel) -> bool:
    if not _claim(channel):
        return False
    if channel.state == State.STOPPING:
        _stop(channel)
    elif channel.state == State.OPENING and channel.resource_id:
        _adopt(channel)
    else:
        _replace(channel)
    return True


def _claim(channel: Channel) -> bool:
    mine = Channel.objects.filter(pk=channel.pk, state=channel.state, due_at=channel.due_at)
    with _acting_for(channel):
        return mine.update(due_at=timezone.now() + ANSWER_WITHIN) == 1


def _replace(channel: Channel) -> None:
    """An open channel is stopped only when its successor is open, or when it has ended."""
    ended = channel.expires_at is not None and channel.expires_at <= timezone.now()
    if channel.state != State.OPEN or ended:
        _forget(channel)
    if settings.GOOGLE_WEBHOOK_URL:
        _open(channel.collection, attempts=channel.attempts)


def _adopt(channel: Channel) -> None:
    """Google's answer was lost, and the handshake came: the channel is open."""
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
    """The row, before Google is asked. None: somebody else is opening one."""
    try:
        with acting_as(user_id=state.owner_id):
            return Channel.objects.create(
                collection=state,
                owner_id=state.owner_id,
                address=settings.GOOGLE_WEBHOOK_URL,
                secret_digest=hashlib.sha256(secret.encode()).digest(),
                due_at=timezone.now() + ANSWER_WITHIN,
                attempts=attempts,
            )
    except IntegrityError:
        return None


def _settle_open(channel: Channel, watch: Watch, client: CalendarClient) -> bool:
    now = timezone.now()
    with _acting_for(channel):
        others = Channel.objects.filter(collection_id=channel.collection_id, state=State.OPEN)
        others.update(state=State.STOPPING, due_at=now + OVERLAP, attempts=0)
        opened = Channel.objects.filter(pk=channel.pk, state=State.OPENING).update(
            state=State.OPEN,
            resource_id=watch.resource_id,
            expires_at=watch.expires_at,
            due_at=renew_at(watch.expires_at),
            error_code="",
        )
        if not opened:
            transaction.set_rollback(True)
    if not opened:  # disconnected while Google was asked
        _stop_at_google(channel, watch.resource_id, client)
    return bool(opened)


def _settle_refusal(channel: Channel, error: GoogleError) -> None:
    """Where the answer is missing, the channel may be open: its handshake is waited for."""
    log.info("channel_not_opened", channel=str(channel.pk), code=error.code)
    unknown = isinstance(error, GoogleUnavailable)
    with _acting_for(channel):
        Channel.objects.filter(pk=channel.pk, state=State.OPENING).update(
            state=State.OPENING if unknown else State.REFUSED,
            due_at=timezone.now() + _pause(channel.attempts, error),
            attempts=channel.attempts + 1,
            error_code=error.code,
        )


def _pause(attempts: int, error: GoogleError) -> timedelta:
    spread = random.uniform(0.75, 1.25)  # noqa: S311  # nosec B311 - jitter
    if isinstance(error, PushNotSupported):
        return ASK_UNWATCHABLE_AGAIN_AFTER * spread
    if error.retry in (Retry.NEVER, Retry.HOURS):
        return LONGEST_WAIT * spread
    return timedelta(seconds=error.retry_after_seconds or 0) + _backoff(attempts) * spread


def _backoff(attempts: int) -> timedelta:
    return backoff(attempts, first=TRY_AGAIN_AFTER, longest=LONGEST_WAIT)


def _stop(channel: Channel) -> None:
    ended = channel.expires_at is None or channel.expires_at <= timezone.now()
    if ended or _stop_at_google(channel, channel.resource_id, _client(channel)):
        _forget(channel)
    elif channel.attempts >= MOST_STOPS:
        log.warning("channel_not_stopped", channel=str(channel.pk))
        _forget(channel)
    else:
        with _acting_for(channel):
            Channel.objects.filter(pk=channel.pk).update(attempts=F("attempts") + 1)


def _stop_at_google(channel: Channel, resource_id: str, client: CalendarClient) -> bool:
    """Whether it need not be tried again."""
    try:
        client.stop_channel(channel_id=str(channel.pk), resource_id=resource_id)
    except GoogleError as error:
        return error.retry is Retry.NEVER
    return True


def _forget(channel: Channel) -> None:
    with _acting_for(channel):
        channel.delete()


def _acting_for(channel: Channel) -> AbstractContextManager[None]:
    return acting_as(user_id=channel.owner_id)


def _client(channel: Channel) -> CalendarClient:
    return client_for(channel.collection.connection, priority=Priority.INCREMENT)
