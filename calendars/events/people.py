"""People as the row of an event keeps them: one JSON form, whatever they were read from.

Members of their default value are left out, so equal people are equal JSON. An organizer that is
not known is {}.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from django.db.models import Case, CharField, Func, JSONField, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from calendars.models import Event
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
# The calendar owner's row among the attendees. Only Google marks it.
_OWN = Func(
    "attendees",
    Value("$[*] ? (@.self == true)"),
    function="jsonb_path_query_first",
    template="%(function)s(%(expressions)s::jsonpath)",
    output_field=JSONField(),
)
# The same as `own_response` in SQL: the answer of a person among a thousand guests is read without
# the guests.
OWN_RESPONSE = Case(
    When(
        attendees__contains=[{"self": True}],
        then=Coalesce(KeyTextTransform("response", _OWN), Value(NO_RESPONSE)),
    ),
    default=Value(""),
    output_field=CharField(),
)
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


def own_response_of(event: Event) -> str:
    """Return it for an event that was read with its attendees, or without them but annotated with
    `own_response=OWN_RESPONSE`."""
    annotated = event.__dict__.get("own_response")
    return str(own_response(event.attendees) if annotated is None else annotated)
