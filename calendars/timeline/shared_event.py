"""An event that another user shares with the reader, with all details that readers may see.

Private events and calendars shared as busy have no such page: to the reader they don't exist. What
is the owner's own business (reminders, the link into their account, what waits to be sent) is left
out.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from accounts.models import User
from accounts.security_context import acting_as
from calendars.models import Calendar, Event
from calendars.timeline.categories import classifier_of
from calendars.timeline.event_card import (
    EventCard,
    card_of,
    event_card,
    instance_shown,
    not_found,
    owned_event,
)
from calendars.timeline.shared import calendar_of_event, shows
from config.web.problems import DomainError
from profiles.preferences import reader_of


def readable_event(reader: User, event_id: UUID) -> Event:
    """Return the reader's own event, or one that another user shares. Raises DomainError."""
    try:
        return owned_event(reader, event_id)
    except DomainError:
        calendar = calendar_of_event(reader.pk, event_id)
        if calendar is None:
            raise
    with acting_as(user_id=calendar.owner_id, method="share", is_change=False):
        return _shared_event(calendar, event_id)


def readable_card(
    *, reader: User, event_id: UUID, at: datetime | None = None, now: datetime
) -> EventCard:
    """Return the card of the reader's own event, or of one that another user shares. Raises
    DomainError."""
    try:
        return event_card(owner=reader, event_id=event_id, at=at, now=now)
    except DomainError:
        calendar = calendar_of_event(reader.pk, event_id)
        if calendar is None:
            raise
    classifier, zone = classifier_of(reader.pk), reader_of(reader).zone
    with acting_as(user_id=calendar.owner_id, method="share", is_change=False):
        shown = instance_shown(partial(_shared_event, calendar), event_id, at=at, now=now)
        card = card_of(shown, classifier=classifier, zone=zone, now=now)
    # A changed instance may be private.
    upcoming = tuple(one for one in card.upcoming if one.event_id == event_id)
    return replace(card, upcoming=upcoming, categories=())


def _shared_event(calendar: Calendar, event_id: UUID) -> Event:
    event = owned_event(calendar.owner, event_id)
    if event.calendar_id != calendar.pk or not shows(calendar, event.visibility):
        raise not_found()
    for name in ("hue", "share_level", "sharer", "read_only"):
        setattr(event.calendar, name, getattr(calendar, name))
    event.reminders, event.html_link = {}, ""
    event.attendees = [_without_self(one) for one in event.attendees]
    event.pending_state = None  # type: ignore[attr-defined]
    return event


def _without_self(person: dict[str, Any]) -> dict[str, Any]:
    """`self` marks the calendar's owner, not the reader."""
    return {name: value for name, value in person.items() if name != "self"}
