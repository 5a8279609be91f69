"""How times and texts of the time line read on a page."""

from __future__ import annotations

import re

from django import template
from django.utils.html import conditional_escape, format_html, linebreaks
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calendars.models.stored_texts import shown
from calendars.rfc5545.conferences import web_address
from calendars.timeline.plain_text import plain_text
from config.web.markup import markup

register = template.Library()
register.filter(plain_text)  # whose result the template escapes again
_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_SENTENCE_END = ".,;:!?'*_"
LONGEST_NOTE = 20_000


@register.filter
def remaining(seconds: float) -> str:
    """A wait in words: "less than a minute", "about 4 minutes"."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return _("less than a minute")
    return ngettext("about %(count)s minute", "about %(count)s minutes", minutes) % {
        "count": minutes
    }


register.filter("stored_text", shown)


@register.filter
def linked(text: str) -> SafeString:
    """Return a text as paragraphs in which whole web addresses are links that show where they lead.

    Not Django's urlize: it also links addresses with credentials, which look like another host's.
    """
    shown, last = [], 0
    text = text[:LONGEST_NOTE]
    for found in _ADDRESS.finditer(text):
        address = _without_sentence_end(found[0])
        if web_address(address):
            link = format_html(
                '<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>', address, address
            )
            shown += [conditional_escape(text[last : found.start()]), link]
            last = found.start() + len(address)
    shown.append(conditional_escape(text[last:]))
    return markup(linebreaks(markup("".join(shown))))


def _without_sentence_end(address: str) -> str:
    """A closing bracket belongs to the address if it was opened there."""
    while address:
        kept = address.rstrip(_SENTENCE_END)
        for opening, closing in ("()", "[]"):
            if kept.endswith(closing) and kept.count(opening) < kept.count(closing):
                kept = kept[:-1]
        if kept == address:
            break
        address = kept
    return address
