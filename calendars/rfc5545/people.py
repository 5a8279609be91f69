"""The organizer and attendees of an event, from any source.

RFC 5545 sections 3.8.4.1 (ATTENDEE) and 3.8.4.3 (ORGANIZER); the values are those of
https://developers.google.com/workspace/calendar/api/v3/reference/events#resource
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NO_RESPONSE = "needsAction"
PARTSTAT = {  # by responseStatus
    NO_RESPONSE: "NEEDS-ACTION",
    "accepted": "ACCEPTED",
    "declined": "DECLINED",
    "tentative": "TENTATIVE",
}
MOST_GUESTS = 10**9 - 1
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Person:
    """An attendee or organizer. `email` is lower case, "" if the source has none; `name` is one
    line.

    `response` is a key of PARTSTAT. `is_self`: the event's calendar belongs to this person; only
    Google reports it. `is_resource`: a room or a device. `guests` are additional guests of this
    person.
    """

    email: str
    name: str = ""
    response: str = NO_RESPONSE
    optional: bool = False
    is_organizer: bool = False
    is_self: bool = False
    is_resource: bool = False
    guests: int = 0
    comment: str = ""


def normal_email(text: str) -> str:
    return "".join(_CONTROL.sub("", text).split()).lower()


def normal_name(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())


def normal_comment(text: str) -> str:
    """Return a multi-line comment without tabs, which a parameter in a file can't contain."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return _CONTROL.sub("", lines).strip()


def normal_response(text: str) -> str:
    return text if text in PARTSTAT else NO_RESPONSE


def normal_guests(count: int) -> int:
    return min(max(count, 0), MOST_GUESTS)
