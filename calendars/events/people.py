"""People as the row of an event keeps them: one JSON form, whatever they were read from.

Members of their default value are left out, so equal people are equal JSON. An organizer that is
not known is {}.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from calendars.rfc5545.people import Person

Json = dict[str, Any]
# The members' names are those of the API.
_MEMBERS = {
    "email": "email",
    "name": "name",
    "response": "response",
    "optional": "optional",
    "is_organizer": "organizer",
    "is_self": "self",
    "is_resource": "resource",
    "guests": "guests",
    "comment": "comment",
}
_DEFAULTS = {field.name: field.default for field in fields(Person)} | {"email": ""}


def to_json(person: Person) -> Json:
    values = ((name, getattr(person, name)) for name in _MEMBERS)
    return {_MEMBERS[name]: value for name, value in values if value != _DEFAULTS[name]}


def from_json(stored: Mapping[str, Any]) -> Person:
    given = {name: stored[member] for name, member in _MEMBERS.items() if member in stored}
    return Person(**{"email": "", **given})


def organizer_json(organizer: Person | None) -> Json:
    return to_json(organizer) if organizer else {}


def organizer_from_json(stored: Mapping[str, Any]) -> Person | None:
    return from_json(stored) if stored else None
