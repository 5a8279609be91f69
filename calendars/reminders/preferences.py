"""How a person is reminded: read and changed, for the page and the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from calendars.models import Calendar, NotificationPreferences
from calendars.models.locks import lock_calendars
from calendars.reminders.defaults import (
    LONGEST_DAYS,
    LONGEST_MINUTES,
    CalendarReminders,
    Lead,
    account_reminders,
    checked_leads,
    to_json,
)
from calendars.reminders.rolling import roll_again
from config.web.problems import DomainError, FieldFault, Kind

WAYS = ("mail", "popup", "push")


@dataclass(frozen=True, slots=True)
class CalendarChoice:
    """What a person chooses for one calendar; `timed` None: as the account has it."""

    calendar_id: UUID
    timed: tuple[Lead, ...] | None
    all_day: tuple[Lead, ...]
    mail: bool


@dataclass(frozen=True, slots=True)
class CalendarSetting:
    """A calendar with what holds for it, and what would hold by its account."""

    calendar: Calendar
    reminders: CalendarReminders
    account: tuple[Lead, ...]

    @property
    def is_googles(self) -> bool:
        return self.calendar.connection_id is not None


@dataclass(frozen=True, slots=True)
class Notifications:
    preferences: NotificationPreferences
    calendars: Sequence[CalendarSetting]


def notifications_of(owner_id: int) -> Notifications:
    """Two statements, however many calendars there are."""
    calendars = Calendar.objects.of(owner_id).select_related("connection").shown()
    return Notifications(
        preferences_of(owner_id),
        [
            CalendarSetting(each, CalendarReminders.of(each), account_reminders(each))
            for each in calendars
        ],
    )


def preferences_of(owner_id: int) -> NotificationPreferences:
    """Return what was chosen, or the defaults, unsaved."""
    chosen = NotificationPreferences.objects.filter(pk=owner_id).first()
    return chosen or NotificationPreferences(owner_id=owner_id)


@transaction.atomic
def change_ways(*, owner_id: int, ways: Mapping[str, bool], all_day_at: time) -> None:
    """Set by which ways and when. `ways` has WAYS."""
    values = {name: ways[name] for name in WAYS} | {"all_day_at": all_day_at}
    NotificationPreferences.objects.update_or_create(owner_id=owner_id, defaults=values)
    roll_again(owner_id)


@transaction.atomic
def change_calendars(*, owner_id: int, choices: Sequence[CalendarChoice]) -> None:
    """Set what the named calendars remind of. Raises DomainError."""
    mine = Calendar.objects.of(owner_id).filter(pk__in=[each.calendar_id for each in choices])
    lock_calendars(mine)
    known = mine.in_bulk()
    changed = []
    for number, choice in enumerate(choices):
        calendar = known.get(choice.calendar_id)
        if calendar is None:
            message = _("You don't have a calendar with this ID.")
            fault = FieldFault(f"calendars.{number}.calendar", "not-found", message)
            raise DomainError(Kind.INVALID, "invalid", message, faults=[fault])
        wanted = _stored(choice, f"calendars.{number}")
        if wanted != calendar.own_reminders:
            calendar.own_reminders = wanted
            changed.append(calendar)
    if changed:
        Calendar.objects.bulk_update(changed, ["own_reminders"])
        roll_again(owner_id)


@transaction.atomic
def stop_mails(*, owner_id: int) -> None:
    """End reminders by email, from a link in one of them."""
    NotificationPreferences.objects.update_or_create(owner_id=owner_id, defaults={"mail": False})
    roll_again(owner_id)


def _stored(choice: CalendarChoice, field: str) -> dict[str, Any]:
    timed = None
    if choice.timed is not None:
        leads = checked_leads(choice.timed, field=f"{field}.reminders", most=LONGEST_MINUTES)
        timed = to_json(leads, "minutes")
    all_day = checked_leads(choice.all_day, field=f"{field}.all_day", most=LONGEST_DAYS)
    return {"timed": timed, "all_day": to_json(all_day, "days"), "mail": choice.mail}
