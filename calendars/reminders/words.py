"""A reminder in words, in the language and zone of its reader, which the caller has set."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.local_time import full_day, span, weekday_moment
from calendars.models import Event

PRIVATE = ("private", "confidential")
LATE = timedelta(minutes=2)
LONGEST_TITLE = 200


def title_of(event: Event) -> str:
    """Of a private event nothing leaves Daybook but that it is one."""
    if event.visibility in PRIVATE:
        return _("Reminder")
    return event.summary.strip()[:LONGEST_TITLE] or _("(no title)")


def when(start_at: datetime, end_at: datetime, *, all_day: bool, now: datetime) -> str:
    """Today, 14:00 to 15:00; Tomorrow; Sunday 29 November 2026, 14:00."""
    today = timezone.localtime(now).date()
    if all_day:
        on = start_at.astimezone(UTC).date()
        return _near(on, today) or full_day(on)
    start, end = timezone.localtime(start_at), timezone.localtime(end_at)
    near = _near(start.date(), today)
    if not near:
        return weekday_moment(start)
    shown = span(start, end) if end - start < timedelta(days=1) else span(start, start)
    return _("%(day)s, %(time)s") % {"day": near, "time": shown}


def _near(on: date, today: date) -> str:
    if on == today:
        return _("Today")
    return _("Tomorrow") if on == today + timedelta(days=1) else ""
