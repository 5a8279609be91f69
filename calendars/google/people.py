"""Google's words for people, into the form that rows keep.

A calendar names the same few people in thousands of events, so each is read once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from calendars.events.people import Json, to_json
from calendars.rfc5545.people import (
    Person,
    normal_comment,
    normal_email,
    normal_guests,
    normal_name,
    normal_response,
)

REMEMBERED = 4096


def people_json(told: Iterable[Any]) -> list[Json]:
    """What names nobody is left out. The dictionaries are shared: they are not to be changed."""
    return [person for each in told if isinstance(each, Mapping) and (person := person_json(each))]


def person_json(told: Mapping[str, Any]) -> Json:
    """{} where neither address nor name is given. An organizer has some of these members."""
    if not told:
        return {}
    guests = told.get("additionalGuests")
    return _person_json(
        _text(told, "email"),
        _text(told, "displayName"),
        _text(told, "responseStatus"),
        told.get("optional") is True,
        told.get("organizer") is True,
        told.get("self") is True,
        told.get("resource") is True,
        guests if type(guests) is int else 0,
        _text(told, "comment"),
    )


@lru_cache(maxsize=REMEMBERED)
def _person_json(
    email: str,
    name: str,
    response: str,
    optional: bool,
    is_organizer: bool,
    is_self: bool,
    is_resource: bool,
    guests: int,
    comment: str,
) -> Json:
    person = Person(
        email=normal_email(email),
        name=normal_name(name),
        response=normal_response(response),
        optional=optional,
        is_organizer=is_organizer,
        is_self=is_self,
        is_resource=is_resource,
        guests=normal_guests(guests),
        comment=normal_comment(comment),
    )
    return to_json(person) if person.email or person.name else {}


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""
