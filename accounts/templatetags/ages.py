"""Relative times, which static/js/ages.js keeps current."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import timezone
from django.utils.timesince import timesince

register = template.Library()


@register.filter
def ago(at: datetime) -> str:
    """Return the age in its largest unit: "just now", "3 minutes ago"."""
    if seconds_since(at) < 60:
        return "just now"
    return f"{timesince(at, depth=1)} ago"


@register.filter
def seconds_since(at: datetime) -> int:
    return int((timezone.now() - at).total_seconds())
