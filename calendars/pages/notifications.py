"""The settings of reminders: ways, calendars, devices, and what was sent lately."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.clients import PersonRequest
from accounts.local_time import clock, number
from accounts.security_context import repeatable
from accounts.sessions.browser import current_browser_session
from accounts.sessions.devices import name_of
from calendars.models import PushSubscription
from calendars.models.palette import hued
from calendars.reminders.defaults import EMAIL, MOST, Lead
from calendars.reminders.devices import devices_of, remove_device
from calendars.reminders.log import log_of
from calendars.reminders.preferences import (
    WAYS,
    CalendarChoice,
    CalendarSetting,
    change_calendars,
    change_ways,
    notifications_of,
)
from calendars.reminders.pushes import queue_test
from calendars.timeline.reminder_words import reminder_words
from config.web.markup import markup
from config.web.problems import DomainError, Kind
from config.web.push_keys import public_push_key
from profiles.preferences import reader_of

UNITS = (("minutes", 1), ("hours", 60), ("days", 1_440), ("weeks", 10_080))
EMPTY_ROWS = 2


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A reminder as its fields show it; without a method it is an empty row."""

    method: str = ""
    amount: int | str = ""
    unit: str = UNITS[0][0]

    @classmethod
    def timed(cls, lead: Lead) -> LeadRow:
        for unit, minutes in reversed(UNITS):
            if lead.before and lead.before % minutes == 0:
                return cls(lead.method, lead.before // minutes, unit)
        return cls(lead.method, lead.before)

    @classmethod
    def all_day(cls, lead: Lead) -> LeadRow:
        return cls(lead.method, lead.before)


@dataclass(frozen=True, slots=True)
class CalendarForm:
    setting: CalendarSetting
    timed: list[LeadRow]
    all_day: list[LeadRow]
    summary: str
    account: str

    @classmethod
    def of(cls, setting: CalendarSetting, all_day_at: SafeString) -> CalendarForm:
        """`all_day_at` is the clock time as an element."""
        reminders = setting.reminders
        timed = [escape(words) for words in _timed_words(reminders.timed)]
        words = [*timed, *_all_day_words(reminders.all_day, all_day_at)]
        return cls(
            setting,
            _with_empty([LeadRow.timed(lead) for lead in reminders.timed]),
            _with_empty([LeadRow.all_day(lead) for lead in reminders.all_day]),
            markup(" · ".join(words)) or _("No reminders"),
            " · ".join(_timed_words(setting.account)) or _("none"),
        )


def _with_empty(rows: list[LeadRow]) -> list[LeadRow]:
    empty = [LeadRow() for _ in range(EMPTY_ROWS)]
    return [*rows, *empty][: max(MOST, len(rows))]


def _timed_words(leads: Iterable[Lead]) -> list[str]:
    overrides = [{"method": lead.method, "minutes": lead.before} for lead in leads]
    return reminder_words({"overrides": overrides})


def _all_day_words(leads: Iterable[Lead], at: SafeString) -> list[str]:
    return [_day_words(lead, at) for lead in leads]


def _day_words(lead: Lead, at: SafeString) -> str:
    if lead.before == 0:
        words = _("all-day: that day at %(time)s") % {"time": at}
    else:
        words = ngettext(
            "all-day: the day before at %(time)s",
            "all-day: %(count)s days before at %(time)s",
            lead.before,
        ) % {"count": number(lead.before), "time": at}
    return _("%(reminder)s, by email") % {"reminder": words} if lead.method == EMAIL else words


@never_cache
@login_required
@require_safe
def notifications(request: PersonRequest) -> HttpResponse:
    return _show(request)


@repeatable
@login_required
@require_POST
def change_own_ways(request: PersonRequest) -> HttpResponse:
    try:
        at = time.fromisoformat(request.POST.get("all_day_at", ""))
    except ValueError:
        messages.error(request, _("Enter a time like 09:00."))
        return _show(request, status=Kind.INVALID.value)
    ways = {name: name in request.POST for name in WAYS}
    change_ways(owner_id=request.user.pk, ways=ways, all_day_at=at.replace(second=0, microsecond=0))
    messages.success(request, _("Your notifications were saved."))
    return redirect("settings-notifications")


@repeatable
@login_required
@require_POST
def change_calendar(request: PersonRequest, calendar_id: UUID) -> HttpResponse:
    try:
        choice = _choice(request.POST, calendar_id)
        change_calendars(owner_id=request.user.pk, choices=[choice])
    except DomainError as error:
        if any(fault.code == "not-found" for fault in error.faults):
            raise Http404(error.message) from error
        for message in [fault.message for fault in error.faults] or [error.message]:
            messages.error(request, message)
        return _show(request, opened=calendar_id, status=error.kind.value)
    messages.success(request, _("The reminders of this calendar were saved."))
    return redirect("settings-notifications")


@repeatable
@login_required
@require_POST
def remove(request: PersonRequest, device_id: UUID) -> HttpResponse:
    try:
        remove_device(owner_id=request.user.pk, device_id=device_id)
    except DomainError as error:
        raise Http404(error.message) from error
    messages.success(request, _("The device was removed."))
    return redirect("settings-notifications")


@repeatable
@login_required
@require_POST
def test(request: PersonRequest, device_id: UUID) -> HttpResponse:
    device = devices_of(request.user.pk).filter(pk=device_id).first()
    if device is None:
        raise Http404
    queue_test(device)
    messages.success(request, _("A notification is on its way to this device."))
    return redirect("settings-notifications")


def _show(request: PersonRequest, *, opened: UUID | None = None, status: int = 200) -> HttpResponse:
    owner_id = request.user.pk
    found = notifications_of(owner_id)
    hued([each.calendar for each in found.calendars])
    session = current_browser_session(request)
    all_day_at = _clock_element(found.preferences.all_day_at, reader_of(request.user).zone)
    context: dict[str, Any] = {
        "preferences": found.preferences,
        "all_day_input": f"{found.preferences.all_day_at:%H:%M}",
        "all_day_at": all_day_at,
        "forms": [CalendarForm.of(each, all_day_at) for each in found.calendars],
        "opened": opened,
        "devices": _devices(owner_id, session.pk if session else None),
        "push_key": public_push_key(settings.WEB_PUSH_PRIVATE_KEY),
        "log": log_of(owner_id),
    }
    return render(request, "settings/notifications.html", context, status=status)


def _clock_element(at: time, zone: ZoneInfo) -> SafeString:
    """The time of today, as all times on pages are written."""
    today = datetime.combine(timezone.now().astimezone(zone), at, zone)
    return format_html('<time datetime="{}">{}</time>', today.isoformat(), clock(at))


def _devices(owner_id: int, current: UUID | None) -> list[tuple[PushSubscription, str, bool]]:
    rows = devices_of(owner_id).select_related("session").order_by("created_at")
    return [(row, row.label or name_of(row.session), row.session_id == current) for row in rows]


def _choice(given: QueryDict, calendar_id: UUID) -> CalendarChoice:
    """Read the form. Raises DomainError for an amount that is no number."""
    timed = None
    if given.get("timed") != "account":
        names = ("timed_method", "timed_amount", "timed_unit")
        rows = zip(*(given.getlist(name) for name in names), strict=False)
        minutes = dict(UNITS)
        timed = tuple(
            Lead(method, _number(amount) * minutes.get(unit, 1))
            for method, amount, unit in rows
            if method and amount
        )
    days = zip(given.getlist("all_day_method"), given.getlist("all_day_days"), strict=False)
    all_day = tuple(Lead(method, _number(amount)) for method, amount in days if method and amount)
    return CalendarChoice(calendar_id, timed, all_day, "mail" in given)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise DomainError(Kind.INVALID, "invalid", _("Enter a whole number."))
    return int(text)
