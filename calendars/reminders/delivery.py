"""Sends notifications to browsers' push services (RFC 8030, RFC 8291, RFC 8292).

Messages are leased some at a time, sent in parallel outside any transaction, and noted together. A
worker that is killed leaves leases that lapse; those messages are sent again and counted. Their
topic and tag make the second one replace the first at the push service and on the device.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt
import msgspec
import structlog
from django.conf import settings
from django.db.models import F
from django.utils import timezone
from pywebpush import WebPusher

from accounts.security_context import acting_as_system
from calendars.models import PushMessage, PushSubscription
from calendars.reminders.devices import PushKeys, open_keys
from calendars.reminders.pushes import TASK
from config.backoff import PUSH
from config.database.due import NO_LEASE
from config.database.encryption import Altered, KeyMissing
from config.web.outgoing import WHOLE_SECONDS, AddressRefused, NoAnswer, post
from config.web.push_keys import parse_push_key, public_push_key
from config.workers import send

log = structlog.get_logger(__name__)
AT_ONCE = 16
RUN_SECONDS = 50
LEASE = timedelta(seconds=2 * WHOLE_SECONDS)
TOKEN_SECONDS = 12 * 3600  # RFC 8292, section 2: 24 hours at most
LONGEST_PAUSE = timedelta(hours=1)
LONGEST_TTL = 7 * 86_400
GONE = (404, 410)
Status = PushMessage.Status


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a push service answered. `is_final`: another attempt would end the same way."""

    code: str = ""
    is_final: bool = False
    is_gone: bool = False
    pause: timedelta | None = None

    @property
    def is_sent(self) -> bool:
        return not self.code


def send_due_pushes() -> int:
    """Send until nothing is due, for RUN_SECONDS; return how many were accepted."""
    sent, until = 0, time.monotonic() + RUN_SECONDS
    with ThreadPoolExecutor(AT_ONCE) as threads:
        while messages := _claim():
            outcomes = list(threads.map(_deliver, messages))
            _note(messages, outcomes)
            sent += sum(outcome.is_sent for outcome in outcomes)
            if time.monotonic() > until:
                send(TASK)
                break
    return sent


def _claim() -> list[PushMessage]:
    with _acting_as_system():
        due = PushMessage.objects.select_related("subscription")
        return due.claim_some(AT_ONCE, lasting=LEASE)


def _deliver(message: PushMessage) -> Outcome:
    """Runs in a thread without a database connection."""
    now = timezone.now()
    if message.expires_at <= now:
        return Outcome("too-late", is_final=True)
    try:
        keys = open_keys(message.subscription)
        ttl = min(int((message.expires_at - now).total_seconds()), LONGEST_TTL)
        answer = post(
            keys.endpoint,
            headers=_headers(message, keys, ttl),
            body=_encrypted(keys, message.payload),
            allowed=settings.PUSH_ALLOWED_NETWORKS,
        )
    except KeyMissing:
        return Outcome("key-missing")
    except Altered:
        return Outcome("unreadable", is_final=True)
    except AddressRefused:
        return Outcome("address-refused", is_final=True)
    except NoAnswer:
        return Outcome("no-answer")
    return _read(answer.status, answer.headers.get("Retry-After", ""))


def _read(status: int, retry_after: str) -> Outcome:
    if 200 <= status < 300:
        return Outcome()
    if status in GONE:
        return Outcome("device-gone", is_final=True, is_gone=True)
    if status == 429 or status >= 500:
        seconds = int(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0
        pause = min(timedelta(seconds=min(seconds, 86_400)), LONGEST_PAUSE) if seconds else None
        return Outcome(f"answer-{status}", pause=pause)
    return Outcome(f"answer-{status}", is_final=True)  # a redirect too


def _headers(message: PushMessage, keys: PushKeys, ttl: int) -> dict[str, str]:
    return {
        "Authorization": _authorization(keys.endpoint),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(ttl),
        "Urgency": "high",
        # At most 32 characters of base64url (RFC 8030, 5.4).
        "Topic": base64.urlsafe_b64encode((message.reminder_id or message.pk).bytes)
        .decode()
        .rstrip("="),
    }


def _authorization(endpoint: str) -> str:
    """A token for this push service alone, signed by our key (RFC 8292)."""
    parts = urlsplit(endpoint)
    key = parse_push_key(settings.WEB_PUSH_PRIVATE_KEY)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int(time.time()) + TOKEN_SECONDS,
        "sub": settings.WEB_PUSH_CONTACT,
    }
    token = jwt.encode(claims, key, "ES256") if key is not None else ""
    return f"vapid t={token}, k={public_push_key(settings.WEB_PUSH_PRIVATE_KEY)}"


def _encrypted(keys: PushKeys, payload: Any) -> bytes:
    info = {"endpoint": keys.endpoint, "keys": {"p256dh": keys.p256dh, "auth": keys.auth}}
    return bytes(WebPusher(info).encode(msgspec.json.encode(payload))["body"])


def _note(messages: Sequence[PushMessage], outcomes: Sequence[Outcome]) -> None:
    """By key: what was sent is sent, whichever worker holds the lease by now."""
    now = timezone.now()
    pairs = list(zip(messages, outcomes, strict=True))
    sent = [message for message, outcome in pairs if outcome.is_sent]
    with _acting_as_system():
        ended = {"ended_at": now, "payload": None, **NO_LEASE}
        by_key = PushMessage.objects.filter(pk__in=[message.pk for message in sent])
        by_key.update(status=Status.SENT, error_code="", **ended)
        used = PushSubscription.objects.filter(pk__in={each.subscription_id for each in sent})
        used.update(last_used_at=now)
        for message, outcome in pairs:
            if not outcome.is_sent:
                _note_failure(message, outcome, ended)


def _note_failure(message: PushMessage, outcome: Outcome, ended: dict[str, Any]) -> None:
    held = PushMessage.objects.filter(pk=message.pk)
    if outcome.is_final or PUSH.is_spent(message.attempts + 1):
        log.warning("push_given_up", message=str(message.pk), code=outcome.code)
        attempts = F("attempts") + 1
        held.update(status=Status.FAILED, error_code=outcome.code, attempts=attempts, **ended)
    else:
        wait = outcome.pause or PUSH.wait(message.attempts)
        held.put_off(message.lease_token, wait=wait, error_code=outcome.code)
    if outcome.is_gone:
        PushSubscription.objects.filter(pk=message.subscription_id).delete()


def _acting_as_system() -> AbstractContextManager[None]:
    return acting_as_system(reason="to send the notifications of several people at once")
