"""People as the row of an event keeps them: one JSON form, whatever they were read from.

Members of their default value are left out, so equal people are equal JSON. An organizer that is
not known is {}.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from psycopg import sql

from calendars.rfc5545.people import NO_RESPONSE, Person

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
# The same as `own_response` for a row `e` of events: the answer of a person among a thousand guests
# is read without the guests. Only Google marks the calendar owner's row.
OWN_RESPONSE_SQL = sql.SQL(
    """CASE WHEN e.attendees @> '[{{"self": true}}]' THEN coalesce(jsonb_path_query_first(
    e.attendees, '$[*] ? (@.self == true)') ->> 'response', {}) ELSE '' END"""
).format(sql.Literal(NO_RESPONSE))
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


def own_response(attendees: Iterable[Mapping[str, Any]]) -> str:
    """Return the answer of the calendar's owner, "" for an event without an invitation."""
    return next((one.get("response", NO_RESPONSE) for one in attendees if one.get("self")), "")
