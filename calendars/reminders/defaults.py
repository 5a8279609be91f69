"""What a calendar reminds of by default, and the rules of reminders that a person gives.

For a timed event a reminder is a method and minutes before its start, as Google has it. For an
all-day event it is a method and days before it, at the person's hour: Google doesn't tell its
own defaults of those, so they are Daybook's alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from calendars.models import Calendar
from config.web.problems import DomainError, FieldFault, Kind

EMAIL, POPUP = "email", "popup"
METHODS = (EMAIL, POPUP)
MOST = 5  # as many as Google allows
LONGEST_MINUTES = 40_320  # four weeks, as Google has it
LONGEST_DAYS = 28
DAY_MINUTES = 1_440


class Lead(NamedTuple):
    """A method, and how long before the start: in minutes, or in days for an all-day event."""

    method: str
    before: int


LOCAL_TIMED = (Lead(POPUP, 10),)
LOCAL_ALL_DAY = (Lead(POPUP, 1),)


@dataclass(frozen=True, slots=True)
class CalendarReminders:
    """What a calendar reminds of by default. `mail`: whether Daybook sends its email reminders;
    of Google's calendars Google does."""

    timed: tuple[Lead, ...]
    all_day: tuple[Lead, ...]
    mail: bool
    is_own: bool

    @classmethod
    def of(cls, calendar: Calendar) -> CalendarReminders:
        own: Mapping[str, Any] = calendar.own_reminders or {}
        is_local = calendar.connection_id is None
        timed = own.get("timed")
        all_day = own.get("all_day")
        return cls(
            timed=_account_timed(calendar) if timed is None else leads_of(timed, "minutes"),
            all_day=(LOCAL_ALL_DAY if is_local else ())
            if all_day is None
            else leads_of(all_day, "days"),
            mail=bool(own.get("mail", is_local)),
            is_own=timed is not None,
        )

    @property
    def longest(self) -> int:
        return max((lead.before for lead in self.timed), default=0)


def account_reminders(calendar: Calendar) -> tuple[Lead, ...]:
    """Return those that hold if the owner chose none."""
    return _account_timed(calendar)


def _account_timed(calendar: Calendar) -> tuple[Lead, ...]:
    if calendar.connection_id is None:
        return LOCAL_TIMED
    return leads_of(calendar.default_reminders, "minutes")


def leads_of(stored: object, unit: str) -> tuple[Lead, ...]:
    """Read stored reminders, which a source may have given: what isn't one is left out."""
    items = stored if isinstance(stored, list) else []
    found = (_lead(item, unit) for item in items)
    return tuple(dict.fromkeys(lead for lead in found if lead is not None))[:MOST]


def _lead(item: object, unit: str) -> Lead | None:
    if not isinstance(item, Mapping):
        return None
    before, method = item.get(unit), item.get("method")
    if not isinstance(before, int) or isinstance(before, bool) or method not in METHODS:
        return None
    return Lead(str(method), before) if 0 <= before <= LONGEST_MINUTES else None


def to_json(leads: Iterable[Lead], unit: str) -> list[dict[str, Any]]:
    return [{"method": lead.method, unit: lead.before} for lead in leads]


def checked_leads(given: Iterable[Lead], *, field: str, most: int) -> list[Lead]:
    """Return what a person gave, without repetitions. Raises DomainError INVALID."""
    leads = list(dict.fromkeys(given))
    faults = []
    if len(leads) > MOST:
        message = _("Give at most %(most)s reminders.") % {"most": MOST}
        faults.append(FieldFault(field, "too-many", message))
    for number, lead in enumerate(leads):
        if lead.method not in METHODS or not 0 <= lead.before <= most:
            message = _("Use a number from 0 to %(most)s.") % {"most": most}
            faults.append(FieldFault(f"{field}.{number}", "out-of-range", message))
    if faults:
        raise DomainError(Kind.INVALID, "invalid", _("Check the reminders."), faults=faults)
    return leads
