"""How times and texts of the time line read on a page."""

from __future__ import annotations

import html
import re

from django import template
from django.utils.html import strip_tags

register = template.Library()
_LINE_END = re.compile(r"<br\s*/?>|</(?:p|div|li|h\d)>", re.IGNORECASE)


@register.filter
def remaining(seconds: float) -> str:
    """A wait in words: "less than a minute", "about 4 minutes"."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute"
    return f"about {minutes} minute{'' if minutes == 1 else 's'}"


@register.filter
def plain_text(description: str) -> str:
    """Google's descriptions may be HTML; people see their words and their line breaks.

    The result is text, not markup: the template escapes it again.
    """
    lines = strip_tags(_LINE_END.sub("\n", description))
    return html.unescape(lines).strip()
