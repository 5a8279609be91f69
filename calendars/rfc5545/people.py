"""The organizer and the attendees of an event, whatever it was read from.

RFC 5545 sections 3.8.4.1 (ATTENDEE) and 3.8.4.3 (ORGANIZER); the words are those of
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
    """`email` is lower case, "" where the source gives none; `name` is one line.

    `response` is a key of PARTSTAT. `is_self`: the calendar that the event is in is this person's;
    only Google says so. `is_resource`: a room or a device. `guests` come with this person.
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
    """Of several lines; a parameter in a file loses the tabs."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return _CONTROL.sub("", lines).strip()


def normal_response(text: str) -> str:
    return text if text in PARTSTAT else NO_RESPONSE


def normal_guests(count: int) -> int:
    return min(max(count, 0), MOST_GUESTS)
