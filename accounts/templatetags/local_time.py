"""Template filters for dates and times on pages and in emails, in the reader's words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts import local_time

register = template.Library()

# Text: for attributes, titles and the inside of a `time` element.
for _written in (
    local_time.age,
    local_time.city,
    local_time.day_month,
    local_time.duration,
    local_time.full_day,
    local_time.hour,
    local_time.month_name,
    local_time.month_title,
    local_time.number,
    local_time.short_day,
    local_time.short_day_month,
    local_time.short_weekday_day,
    local_time.weekday,
    local_time.weekday_day,
):
    register.filter(_written.__name__, _written, expects_localtime=True)


def _as_element(write: Callable[[datetime], str]) -> None:
    """Register the filter of the same name, which writes a `time` element."""

    def element(at: datetime) -> SafeString:
        return format_html('<time datetime="{}">{}</time>', iso(at), write(at))

    register.filter(write.__name__, element, expects_localtime=True)


for _shown in (
    local_time.clock,
    local_time.day,
    local_time.moment,
    local_time.weekday_moment,
):
    _as_element(_shown)


@register.filter(expects_localtime=True)
def iso(at: date) -> str:
    """For programs: 2026-11-29, or 2026-11-29T09:15:00+01:00"""
    return at.isoformat(timespec="seconds") if isinstance(at, datetime) else at.isoformat()


@register.filter(expects_localtime=True)
def clock_text(at: datetime) -> str:
    """09:15, without an element around it"""
    return local_time.clock(at)


@register.filter(expects_localtime=True)
def day_text(at: date) -> str:
    """29 November 2026, without an element around it"""
    return local_time.day(at)


@register.filter(expects_localtime=True)
def moment_and_zone(at: datetime) -> str:
    """29 November 2026, 09:15 (Europe/Berlin): for emails and files."""
    return f"{local_time.moment(at)} ({timezone.get_current_timezone()})"


@register.simple_tag
def span(start: datetime, end: datetime) -> str:
    """09:15 to 10:00, of two instants"""
    return local_time.span(*map(timezone.localtime, (start, end)))


@register.simple_tag
def day_span(first_on: date, last_on: date) -> str:
    """29 November to 2 December 2026"""
    return local_time.day_span(first_on, last_on)


@register.filter
def ago(at: datetime) -> str:
    """Return the age in its largest unit: "just now", "3 minutes ago"; ages.js keeps it current."""
    return local_time.age(seconds_since(at)) or _("just now")


@register.filter
def seconds_since(at: datetime) -> int:
    return int((timezone.now() - at).total_seconds())


@register.simple_tag
def zone_name() -> str:
    """The time zone in which the page shows its times."""
    return str(timezone.get_current_timezone())
