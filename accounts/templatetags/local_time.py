"""Template filters for times on pages and in emails."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.dateformat import format as formatted
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from accounts import local_time

register = template.Library()


@register.filter(expects_localtime=True)
def clock(at: datetime) -> SafeString:
    """09:15"""
    return _element(at, local_time.clock(at))


@register.filter(expects_localtime=True)
def moment(at: datetime) -> SafeString:
    """29 November 2026, 09:15"""
    return _element(at, local_time.moment(at))


@register.filter(expects_localtime=True)
def weekday_moment(at: datetime) -> SafeString:
    """Sunday 29 November 2026, 09:15"""
    return _element(at, f"{formatted(at, 'l')} {local_time.moment(at)}")


@register.filter(expects_localtime=True)
def day(at: datetime) -> SafeString:
    """The local date: 29 November 2026"""
    return _element(at, formatted(at, "j F Y"))


@register.filter(expects_localtime=True)
def moment_and_zone(at: datetime) -> str:
    """29 November 2026, 09:15 (Europe/Berlin): for emails and files."""
    return f"{local_time.moment(at)} ({timezone.get_current_timezone()})"


@register.filter
def ago(at: datetime) -> str:
    """Return the age in its largest unit: "just now", "3 minutes ago"; ages.js keeps it current."""
    if seconds_since(at) < 60:
        return "just now"
    return f"{timesince(at, depth=1)} ago"


@register.filter
def seconds_since(at: datetime) -> int:
    return int((timezone.now() - at).total_seconds())


@register.simple_tag
def zone_name() -> str:
    """The time zone in which the page shows its times."""
    return str(timezone.get_current_timezone())


def _element(at: datetime, shown: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', at.isoformat(timespec="seconds"), shown)
