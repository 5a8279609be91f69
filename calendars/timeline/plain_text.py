"""The words of a description: Google's may be HTML."""

from __future__ import annotations

import html
import re

from django.utils.html import strip_tags

_LINE_END = re.compile(r"<br\s*/?>|</(?:p|div|li|h\d)>", re.IGNORECASE)


def plain_text(description: str) -> str:
    """Return the words of a description and its line breaks: text, not markup."""
    if "<" in description:
        description = strip_tags(_LINE_END.sub("\n", description))
    return html.unescape(description).strip()
