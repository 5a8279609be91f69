"""Popups: reminders that open pages show. Pages learn of them as they learn of changes.

A page asks every 0.8 s whether it is the newest (calendars/pages/following.py); the answer says as
well, from the cache alone, whether something rings, by a word that changes with what rings.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.page_versions import set_bell
from accounts.security_context import acting_as_system
from calendars.models import Reminder
from config.metrics import REMINDERS
from config.web.problems import DomainError, Kind

GRACE = timedelta(minutes=15)
SNOOZE_MINUTES = (5, 15)
MOST = 20
State = Reminder.State


def announce_popups(owner_id: int) -> None:
    """Tell the owner's open pages after the commit that what rings is something else now."""
    transaction.on_commit(partial(_ring, owner_id))


def _ring(owner_id: int) -> None:
    set_bell(owner_id, secrets.token_urlsafe(6))


def quiet(owner_id: int) -> None:
    """Nothing rings any more: pages needn't ask again."""
    set_bell(owner_id, "")


def ringing_of(owner_id: int) -> list[Reminder]:
    mine = Reminder.objects.filter(owner_id=owner_id, state=State.RINGING)
    return list(mine.order_by("start_at", "due_at", "pk")[:MOST])


def dismiss(*, owner_id: int, reminder_id: UUID) -> None:
    """Raises DomainError. What another tab has dismissed already stays so."""
    _known(owner_id, reminder_id)
    mine = Reminder.objects.filter(owner_id=owner_id, pk=reminder_id, state=State.RINGING)
    if mine.update(state=State.SENT, ended_at=timezone.now()):
        transaction.on_commit(REMINDERS.labels(Reminder.Method.POPUP, "sent").inc)
        announce_popups(owner_id)


def snooze(*, owner_id: int, reminder_id: UUID, minutes: int) -> None:
    """Ring again in some minutes, whether or not the event has begun by then."""
    if minutes not in SNOOZE_MINUTES:
        raise DomainError(Kind.INVALID, "invalid", _("Choose 5 or 15 minutes."))
    row = _known(owner_id, reminder_id)
    due_at = timezone.now() + timedelta(minutes=minutes)
    mine = Reminder.objects.filter(owner_id=owner_id, pk=reminder_id, state=State.RINGING)
    if mine.update(
        state=State.SCHEDULED,
        snoozed=min(row.snoozed + 1, 1000),
        due_at=due_at,
        expires_at=max(row.expires_at, due_at + GRACE),
    ):
        announce_popups(owner_id)


def _known(owner_id: int, reminder_id: UUID) -> Reminder:
    mine = Reminder.objects.filter(owner_id=owner_id, pk=reminder_id, method=Reminder.Method.POPUP)
    row = mine.first()
    if row is None:
        raise DomainError(Kind.NOT_FOUND, "not-found", _("You don't have this reminder."))
    return row


def ring_on(now: datetime) -> int:
    """Keep the cache's word of what rings, which it may have lost, and end what nobody saw."""
    under_way = Reminder.objects.filter(state=State.RINGING)
    with acting_as_system(reason="to list what rings"):
        unseen = list(under_way.filter(expires_at__lt=now).values_list("pk", "owner_id"))
        _end_unseen([key for key, _owner in unseen], now)
        owners = set(under_way.values_list("owner_id", flat=True).distinct())
    for owner_id in {owner for _key, owner in unseen} - owners:
        set_bell(owner_id, "")
    for owner_id in owners:
        set_bell(owner_id, secrets.token_urlsafe(6), only_if_missing=True)
    return len(unseen)


def _end_unseen(keys: Sequence[UUID], now: datetime) -> None:
    if keys:
        rows = Reminder.objects.filter(pk__in=keys, state=State.RINGING)
        count = rows.update(state=State.UNSEEN, ended_at=now)
        transaction.on_commit(partial(REMINDERS.labels("popup", "unseen").inc, count))
