"""The conference of an event: what its source names, otherwise a known address in its texts.

Only what the source names is stored. An address found in a text is found again whenever the event
is read, so it follows each change of the text, and the sync spends nothing on the search.
"""

from __future__ import annotations

from calendars.models import Event
from calendars.rfc5545.conferences import meeting_address, web_address


def conference_url_of(event: Event) -> str:
    """Return an http or https address, or ""."""
    return web_address(event.conference_url) or meeting_address((event.location, event.description))
