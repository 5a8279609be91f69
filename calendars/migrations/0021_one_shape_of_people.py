"""Attendees and organizers get the form of calendars/events/people.py, in batches.

Until now rows had Google's words, or those of an imported file. What a run changed is kept as whole
rows and written back by an undo, so those change too. Rows that have the form already stay as they
are, so an interrupted migration goes on where it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from django.db import connection, migrations, transaction

BATCH = 2000
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
RESPONSES = {"accepted", "declined", "tentative"}
Json = dict[str, Any]
EVENTS = (
    "SELECT id, organizer, attendees FROM calendars_event"
    " WHERE id > %s AND (organizer <> '{}' OR attendees <> '[]') ORDER BY id LIMIT %s",
    "UPDATE calendars_event SET organizer = %s, attendees = %s WHERE id = %s",
    "00000000-0000-0000-0000-000000000000",
)
CHANGES = (
    "SELECT id, before -> 'organizer', before -> 'attendees' FROM calendars_eventchange"
    " WHERE id > %s AND before ? 'attendees' ORDER BY id LIMIT %s",
    "UPDATE calendars_eventchange SET before = before"
    " || jsonb_build_object('organizer', %s::jsonb, 'attendees', %s::jsonb) WHERE id = %s",
    0,
)


def person(told: Any, organizer: str = "") -> Json:
    """{} for what names nobody. `organizer`: an attendee of this address is marked."""
    if not isinstance(told, dict):
        return {}
    email = "".join(CONTROL.sub("", text(told, "email")).split()).lower()
    response = text(told, "responseStatus", "response")
    guests = told.get("additionalGuests", told.get("guests"))
    comment = text(told, "comment").replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    found = {
        "email": email,
        "name": " ".join(CONTROL.sub(" ", text(told, "displayName", "name")).split()),
        "response": response if response in RESPONSES else "",
        "optional": told.get("optional") is True,
        "organizer": told.get("organizer") is True or bool(email and email == organizer),
        "self": told.get("self") is True,
        "resource": told.get("resource") is True,
        "guests": min(max(guests, 0), 10**9 - 1) if type(guests) is int else 0,
        "comment": CONTROL.sub("", comment).strip(),
    }
    kept = {name: value for name, value in found.items() if value}
    return kept if email or found["name"] else {}


def text(told: Json, *names: str) -> str:
    return next((found for name in names if isinstance(found := told.get(name), str)), "")


def people(organizer: Any, attendees: Any) -> tuple[Json, list[Json]]:
    host = person(organizer)
    # Google's flag says who the organizer is; a file never had one.
    is_googles = any(isinstance(each, dict) and "responseStatus" in each for each in attendees)
    email = "" if is_googles else host.get("email", "")
    found = (person(each, email) for each in attendees)
    return host, [each for each in found if each]


def reshape(apps: Any = None, schema_editor: Any = None) -> None:
    for select, update, first in (EVENTS, CHANGES):
        last: Any = first
        while last is not None:
            with transaction.atomic():
                last = reshape_batch(select, update, last)


def reshape_batch(select: str, update: str, last: Any) -> Any:
    """Gives the last id of the batch, None where there is no more."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.system', 'migration', true)")
        cursor.execute(select, [last, BATCH])
        rows = cursor.fetchall()
        cursor.executemany(update, list(changed(rows)))
        return rows[-1][0] if len(rows) == BATCH else None


def changed(rows: list[tuple[Any, str, str]]) -> Iterator[tuple[str, str, Any]]:
    for key, organizer, attendees in rows:
        told = json.loads(organizer) or {}, json.loads(attendees) or []
        shaped = people(*told)
        if shaped != told:
            yield json.dumps(shaped[0]), json.dumps(shaped[1]), key


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("calendars", "0020_keys_held")]

    operations = [migrations.RunPython(reshape, migrations.RunPython.noop)]
