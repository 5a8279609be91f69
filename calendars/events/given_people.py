"""The people and the reminders of an event, as a client gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from calendars.events.given import Faults, choice_of, flag_of, list_of, object_of, text_of
from calendars.events.people import Json, from_json, to_json
from calendars.rfc5545.people import PARTSTAT, normal_email, normal_name

MOST_ATTENDEES = 200  # Google's limit
LONGEST = 254  # of an address, RFC 5321 section 4.5.3.1.3, and of a name
MOST_REMINDERS, MOST_MINUTES = 5, 40_320  # Google's: four weeks before
METHODS = ("popup", "email")
PERSON = ("email", "name", "response", "optional", "organizer", "self")


def attendees_of(value: Any, former: list[Json] | None, faults: Faults) -> list[Json]:
    """Return the people in the given order, each once.

    Those who are invited already keep what isn't given. Who organizes and whose calendar it is
    stays as it was: both come from the source of the event.
    """
    known = {_key(one): one for one in former or ()}
    most = max(MOST_ATTENDEES, len(known))
    people: dict[str, Json] = {}
    for place, given in enumerate(list_of(value, "attendees", most, faults)):
        one = _attendee(given, f"attendees.{place}", known, faults)
        if one:
            people.setdefault(_key(one), one)
    return list(people.values())


def _attendee(given: Any, field: str, known: Mapping[str, Json], faults: Faults) -> Json:
    given = {"email": given} if isinstance(given, str) else given
    members = object_of(given, field, PERSON, faults)
    former = known.get(str(members.get("email") or members.get("name") or ""))
    if former is None:
        email = normal_email(text_of(members.get("email"), f"{field}.email", LONGEST, faults))
        if not _is_address(email, f"{field}.email", faults):
            return {}
        former = known.get(email, {"email": email})
    person = from_json(former)
    response = _response(members, person.response, f"{field}.response", faults)
    optional = flag_of(members.get("optional", person.optional), f"{field}.optional", faults)
    name = _name(members, person.name, f"{field}.name", faults)
    return to_json(replace(person, name=name, response=response, optional=optional))


def _name(members: Mapping[str, Any], former: str, field: str, faults: Faults) -> str:
    given = members.get("name", former)
    return former if given == former else normal_name(text_of(given, field, LONGEST, faults))


def _response(members: Mapping[str, Any], former: str, field: str, faults: Faults) -> str:
    if "response" not in members:
        return former
    return choice_of(members["response"], field, tuple(PARTSTAT), faults)


def _is_address(email: str, field: str, faults: Faults) -> bool:
    try:
        validate_email(email)
    except ValidationError:
        faults.add(field, "not-an-email", _("Use an email address, such as name@example.org."))
        return False
    return True


def _key(one: Json) -> str:
    return str(one.get("email") or one.get("name") or "")


def plain_reminders(stored: Mapping[str, Any]) -> Json:
    """Return the reminders as clients see and give them."""
    overrides = stored.get("overrides")
    return {
        "use_default": stored.get("useDefault") is True,
        "overrides": [
            {"method": str(one.get("method") or METHODS[0]), "minutes": one["minutes"]}
            for one in (overrides if isinstance(overrides, list) else [])
            if isinstance(one, dict) and isinstance(one.get("minutes"), int)
        ],
    }


def reminders_of(value: Any, former: Json | None, faults: Faults) -> Json:
    """In Google's form. None is the calendar's own reminders."""
    if value is None:
        value = {"use_default": True}
    given = object_of(value, "reminders", ("use_default", "overrides"), faults)
    shown = {"use_default": False, "overrides": [], **given}
    if former is not None and shown == plain_reminders(former):
        return former
    use_default = flag_of(shown["use_default"], "reminders.use_default", faults)
    listed = list_of(shown["overrides"], "reminders.overrides", MOST_REMINDERS, faults)
    overrides = [
        _reminder(one, f"reminders.overrides.{place}", faults) for place, one in enumerate(listed)
    ]
    if use_default and overrides:
        message = _("Use the calendar's reminders or your own, not both.")
        faults.add("reminders.overrides", "default-and-own", message)
    once = [one for place, one in enumerate(overrides) if one not in overrides[:place]]
    return {"useDefault": use_default, **({"overrides": once} if once else {})}


def _reminder(given: Any, field: str, faults: Faults) -> Json:
    members = object_of(given, field, ("method", "minutes"), faults)
    method = choice_of(members.get("method", METHODS[0]), f"{field}.method", METHODS, faults)
    minutes = members.get("minutes")
    if type(minutes) is not int or not 0 <= minutes <= MOST_MINUTES:
        message = _("Use a whole number of minutes from 0 to %(most)s.") % {"most": MOST_MINUTES}
        faults.add(f"{field}.minutes", "not-minutes", message)
        minutes = 0
    return {"method": method, "minutes": minutes}
