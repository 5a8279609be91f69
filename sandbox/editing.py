"""Changes of events, made through the API, on the sandbox's page or by a test."""

from __future__ import annotations

from typing import Any

from sandbox.calendar import Calendar
from sandbox.errors import GoogleError
from sandbox.event import CANCELLED, Event, cancelled_event, live_event
from sandbox.event_body import WRITABLE, check_id, settle_times, writable
from sandbox.expansion import Expansion, master_id_of
from sandbox.wire import Json

# A change of one of these increments the sequence number: RFC 5545, 3.8.7.4.
_SIGNIFICANT = ("start", "end", "recurrence", "status")


def find_event(calendar: Calendar, event_id: str) -> Event:
    """Return a stored event or a computed instance of a series; raises 404 if there is none."""
    event = calendar.events.get(event_id) or _implied(calendar, event_id)
    if event is None:
        raise GoogleError("notFound")
    return event


def _implied(calendar: Calendar, event_id: str) -> Event | None:
    master = calendar.events.get(master_id_of(event_id) or "")
    if master is None or master.cancelled or not master.recurring:
        return None
    return Expansion(calendar, master).at(event_id)


def insert_event(
    calendar: Calendar, body: Json, *, by: str | None = None, organizer: Json | None = None
) -> Event:
    """Create an event; 409 if its id was ever used, even by a deleted one.

    `organizer` is another person's invitation to the calendar.
    """
    event_id = check_id(body["id"]) if body.get("id") is not None else calendar.new_id()
    if calendar.events.get(event_id) is not None:
        raise GoogleError("duplicate")
    fresh = writable(body)
    if fresh.get("status") == CANCELLED:
        raise GoogleError("invalid", "Invalid value for: status", location="status")
    birth = _birth(calendar, event_id, body, by)
    invitation = {"organizer": organizer} if organizer else {}
    return calendar.put(_settled(calendar, {**birth, **fresh, **invitation}))


def _birth(calendar: Calendar, event_id: str, body: Json, by: str | None) -> Json:
    stamped = calendar.stamped({})
    return {
        "kind": "calendar#event",
        "etag": stamped["etag"],
        "id": event_id,
        "status": "confirmed",
        "htmlLink": calendar.html_link(event_id),
        "created": stamped["updated"],
        "updated": stamped["updated"],
        "creator": calendar.person(by),
        "organizer": calendar.person(),
        "iCalUID": body.get("iCalUID") or f"{event_id}@google.com",
        "sequence": 0,
        "reminders": {"useDefault": True},
        "eventType": body.get("eventType") or "default",
    }


def patch_event(
    calendar: Calendar, event_id: str, changes: Json, *, if_match: str | None = None
) -> Event:
    """Change the given members; null removes one."""
    known = _editable(calendar, event_id, if_match)
    fresh = writable(changes)
    if fresh.get("status") == CANCELLED:
        return _cancel(calendar, known)
    if known.cancelled and not fresh.get("status"):
        raise GoogleError("deleted")
    before = known.last_live_body()
    if fresh.pop("attendeesOmitted", False) and "attendees" in fresh:
        fresh["attendees"] = _with_answers(before.get("attendees") or [], fresh["attendees"])
    return _change(calendar, known, _merged(before, fresh))


def _with_answers(known: list[Json], given: list[Json]) -> list[Json]:
    """With attendeesOmitted, a change of the list is only the participant's response."""
    answers = {attendee["email"].lower(): attendee for attendee in given}
    return [{**one, **answers.get(one["email"].lower(), {})} for one in known]


def update_event(
    calendar: Calendar, event_id: str, body: Json, *, if_match: str | None = None
) -> Event:
    """Replace all writable members."""
    known = _editable(calendar, event_id, if_match)
    fresh = writable(body)
    if fresh.get("status") == CANCELLED:
        return _cancel(calendar, known)
    before = known.last_live_body()
    kept = {name: value for name, value in before.items() if name not in WRITABLE}
    return _change(calendar, known, {"status": "confirmed", **kept, **fresh})


def delete_event(calendar: Calendar, event_id: str, *, if_match: str | None = None) -> None:
    """Cancel an event or an instance; 410 if it is cancelled already."""
    known = _editable(calendar, event_id, if_match)
    if known.cancelled:
        raise GoogleError("deleted")
    _cancel(calendar, known)


def move_event(source: Calendar, target: Calendar, event_id: str) -> Event:
    """Change the organizer: the event keeps its id, its UID and, as a series, its exceptions."""
    event = find_event(source, event_id)
    if event.master:
        raise GoogleError("cannotChangeOrganizerOfInstance")
    if event.cancelled:
        raise GoogleError("deleted")
    body = event.body()
    if body.get("eventType", "default") != "default":
        raise GoogleError("eventTypeRestriction")
    exceptions = [source.events.get(each) for each in sorted(source.exceptions.get(event_id, ()))]
    moved = _arrive(target, body)
    for exception in exceptions:
        if exception is not None and exception.cancelled:
            instance = find_event(target, exception.id)
            _cancel(target, instance)
        elif exception is not None:
            _arrive(target, exception.body())
    _cancel(source, event)
    return moved


def _arrive(target: Calendar, body: Json) -> Event:
    return target.put(_settled(target, target.stamped({**body, "organizer": target.person()})))


def write_raw_event(calendar: Calendar, body: Json) -> Event:
    """Store an event without validation: Google has events, too, that break the rules."""
    stamped = calendar.stamped({"id": calendar.new_id()})
    return calendar.put(
        live_event(
            {"kind": "calendar#event", **stamped, **body}, begin=float("-inf"), end=float("inf")
        )
    )


def _editable(calendar: Calendar, event_id: str, if_match: str | None) -> Event:
    known = find_event(calendar, event_id)
    if if_match not in (None, "*", known.etag):
        raise GoogleError("conditionNotMet")
    return known


def _merged(base: Any, changes: Any) -> Any:
    """Return the result of a JSON merge patch (RFC 7396), as Google applies PATCH."""
    if not isinstance(base, dict) or not isinstance(changes, dict):
        return changes
    merged = dict(base)
    for name, value in changes.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = _merged(base.get(name), value)
    return merged


def _change(calendar: Calendar, known: Event, body: Json) -> Event:
    """Record a changed body, and remove the exceptions that no longer fit."""
    before = known.last_live_body()
    settled = dict(body)
    settle_times(settled, calendar.zone)
    if known.master:
        settled.pop("recurrence", None)
    significant = any(settled.get(name) != before.get(name) for name in _SIGNIFICANT)
    settled["sequence"] = before.get("sequence", 0) + significant
    event = calendar.put(_settled(calendar, calendar.stamped(settled)))
    if known.recurring and significant:
        _drop_misplaced(calendar, event)
    return event


def _settled(calendar: Calendar, body: Json) -> Event:
    body = {name: value for name, value in body.items() if value not in (None, [])}
    begin, end = settle_times(body, calendar.zone)
    _mark_self(calendar, body)
    return live_event(body, begin=begin, end=end)


def _mark_self(calendar: Calendar, body: Json) -> None:
    for attendee in body.get("attendees", ()):
        attendee.pop("self", None)
        attendee.pop("organizer", None)
        if attendee["email"] == calendar.id:
            attendee["self"] = True
        if attendee["email"] == body["organizer"].get("email"):
            attendee["organizer"] = True


def _cancel(calendar: Calendar, known: Event) -> Event:
    if known.cancelled:
        return known
    body = calendar.stamped(known.body())
    event = calendar.put(cancelled_event(body, former=known.encoded))
    for exception in calendar.exceptions.pop(known.id, ()):
        # Google doesn't report the exceptions of a deleted series.
        calendar.events.forget(exception)
    return event


def _drop_misplaced(calendar: Calendar, master: Event) -> None:
    """Cancel the exceptions whose original start the changed series no longer has."""
    if not master.recurring:
        for event_id in calendar.exceptions.pop(master.id, ()):
            calendar.events.forget(event_id)
        return
    expansion = Expansion(calendar, master)
    for event in list(expansion.exceptions()):
        if not event.cancelled and expansion.at(event.id) is None:
            _cancel(calendar, event)
