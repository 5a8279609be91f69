"""iCalendar files built from lines, and what the product reads in them."""

from __future__ import annotations

from calendars.rfc5545.ics import IcsCalendar, IcsEvent, read_calendar
from tests.calendars.happenings import happenings

# As Google and others write it.
BERLIN = """BEGIN:VTIMEZONE
TZID:Europe/Berlin
X-LIC-LOCATION:Europe/Berlin
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19700329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19701025T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
"""


def event(*lines: str, uid: str = "1") -> str:
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT"])


def calendar(*components: str) -> bytes:
    return "\n".join(["BEGIN:VCALENDAR", *components, "END:VCALENDAR", ""]).encode()


def read(*components: str) -> IcsCalendar:
    return read_calendar(calendar(*components))


def read_one(*lines: str) -> IcsEvent:
    (found,) = read(event(*lines)).events
    return found


def starts(*components: str) -> list[str]:
    """Return the starts without year and seconds: `0304T0800`, and `0304` for a date."""
    texts = happenings(read(*components).events)
    return sorted(text[5:9] if text[0] == "D" else text[4:13] for text in texts)
