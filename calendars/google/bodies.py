"""Convert our rows to Google's JSON: what an insertion holds, and what a change sends.

A change holds only the members that a person changed. PATCH merges objects and replaces lists, and
null removes a member: https://developers.google.com/workspace/calendar/api/guides/performance#patch
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from calendars.events.merging import TIMES
from calendars.events.people import Json
from calendars.events.rows import EventRow
from calendars.google.errors import TimeZoneUnknown
from calendars.google.people import person_json
from calendars.rfc5545.content_lines import Property, parse_property
from calendars.rfc5545.people import NO_RESPONSE, normal_email
from calendars.rfc5545.recurrence.lines import ListedDate, parse_date
from calendars.rfc5545.time_zones.definitions import event_zone
from calendars.rfc5545.time_zones.names import to_utc

# https://developers.google.com/workspace/calendar/api/v3/reference/events#resource
_PLAIN = {
    "summary": "summary",
    "description": "description",
    "location": "location",
    "status": "status",
    "visibility": "visibility",
    "transparency": "transparency",
    "colour_id": "colorId",
}
# The writable members of an attendee, by those of our people.
_GUEST = {
    "email": ("email", ""),
    "name": ("displayName", ""),
    "response": ("responseStatus", NO_RESPONSE),
    "optional": ("optional", False),
    "resource": ("resource", False),
    "guests": ("additionalGuests", 0),
    "comment": ("comment", ""),
}
_READ_ONLY = {"self", "organizer", "asyncOperation"}
_ANSWER = {"response", "comment", "guests"}


def insertion(row: EventRow) -> Json:
    """The body of a new event, with the id that we chose."""
    plain = {member: getattr(row, column) for column, member in _PLAIN.items()}
    body = {member: value for member, value in plain.items() if value}
    body |= {"id": row.remote_id, **_times(row, nulls=False)}
    if row.reminders:
        body["reminders"] = row.reminders
    if row.attendees:
        body["attendees"] = guests(row.attendees, ())
    return body


def changes(
    columns: Collection[str], row: EventRow, former: EventRow, told: Iterable[Any] = ()
) -> Json:
    """The body of a PATCH that gives these columns the values of `row`.

    `former` is the version at Google, and `told` its attendees in Google's words, of which
    everything is kept that wasn't changed here.
    """
    body: Json = {
        _PLAIN[column]: getattr(row, column) or None for column in columns if column in _PLAIN
    }
    if not set(TIMES).isdisjoint(columns):
        switched = former.all_day != row.all_day
        body |= _times(row, nulls=switched, was_series=bool(former.recurrence))
    if "reminders" in columns:
        body["reminders"] = _reminders(row)
    if "attendees" in columns:
        answer = own_answer(row, former)
        body |= (
            {"attendees": guests(row.attendees, told)}
            if answer is None
            # So that Google changes this answer alone, whoever else answers at the same time.
            else {"attendees": guests([answer], told), "attendeesOmitted": True}
        )
    return body


def restoration(row: EventRow) -> Json:
    """The body of a PATCH that brings a deleted event back with these values."""
    body: Json = {member: getattr(row, column) or None for column, member in _PLAIN.items()}
    body |= {**_times(row, nulls=True), "status": row.status or "confirmed"}
    return body | {"attendees": guests(row.attendees, ()), "reminders": _reminders(row)}


def own_answer(row: EventRow, former: EventRow) -> Json | None:
    """The owner's entry among the attendees, if nothing but their answer differs."""
    now, before = ([_without_answer(each) for each in one.attendees] for one in (row, former))
    own = [each for each in row.attendees if each.get("self")]
    return own[0] if now == before and len(own) == 1 else None


def _without_answer(person: Json) -> Json:
    if not person.get("self"):
        return person
    return {name: value for name, value in person.items() if name not in _ANSWER}


def guests(people: Iterable[Json], told: Iterable[Any]) -> list[Json]:
    """The attendees in Google's words. Of those that Google knows, all that it told is kept."""
    known = {
        normal_email(str(each.get("email", ""))): each for each in told if isinstance(each, Mapping)
    }
    return [_guest(each, known.get(each["email"], {})) for each in people if each.get("email")]


def _guest(person: Json, told: Mapping[str, Any]) -> Json:
    before = person_json(told)
    body = {name: value for name, value in told.items() if name not in _READ_ONLY}
    for name, (member, default) in _GUEST.items():
        value = person.get(name, default)
        if value != before.get(name, default):
            body[member] = value
    return body


def _reminders(row: EventRow) -> Json:
    """Both members, because a PATCH merges them: what isn't named would stay."""
    overrides = row.reminders.get("overrides") or None
    uses_default = row.reminders.get("useDefault", overrides is None)
    return {"useDefault": uses_default, "overrides": overrides}


def _times(row: EventRow, *, nulls: bool, was_series: bool = False) -> Json:
    """`nulls`: the members of the other form (dates, times) are removed."""
    body: Json = {
        "start": _when(row.start_at, row, nulls=nulls),
        "end": _when(row.end_at, row, nulls=nulls),
    }
    lines = google_lines(row)
    if (lines or was_series) and not row.recurring_event_id:
        body["recurrence"] = lines or None
    return body


def _when(moment: datetime, row: EventRow, *, nulls: bool) -> Json:
    nothing: Json
    if row.all_day:
        nothing = {"dateTime": None, "timeZone": None} if nulls else {}
        return {"date": moment.astimezone(UTC).date().isoformat(), **nothing}
    zone = _zone(row)
    nothing = {"date": None} if nulls else {}
    return {"dateTime": moment.astimezone(zone).isoformat(), "timeZone": zone.key, **nothing}


def _zone(row: EventRow) -> ZoneInfo:
    """Google knows IANA's zones only. A single event has the same moments in UTC."""
    if not row.zone_definition:
        return event_zone(row.time_zone, "")
    if row.recurrence:
        raise TimeZoneUnknown
    return ZoneInfo("UTC")


def google_lines(row: EventRow) -> list[str]:
    """The recurrence lines, with all dates in the zone of the series. The end of an event says its
    length, so DURATION isn't needed."""
    lines = []
    for line in row.recurrence:
        found = parse_property(line.strip())
        if found is None or found.name not in ("EXDATE", "RDATE"):
            lines += [line] if found is None or found.name != "DURATION" else []
        else:
            lines.append(_dates_line(found, line, row))
    return lines


def _dates_line(found: Property, line: str, row: EventRow) -> str:
    own = event_zone(found.parameters["TZID"], "") if "TZID" in found.parameters else None
    dates = [parse_date(text, own) for text in found.value.split(",") if text.strip()]
    if row.all_day:
        return f"{found.name};VALUE=DATE:{_joined(f'{each.start.at:%Y%m%d}' for each in dates)}"
    zone = _zone(row)
    if any(each.end is not None or each.start.form == "date" for each in dates):
        return line  # a PERIOD, or whole days
    moments = [_moment(each, zone) for each in dates]
    if zone.key == "UTC":
        return f"{found.name}:{_joined(f'{at:%Y%m%dT%H%M%S}Z' for at in moments)}"
    return f"{found.name};TZID={zone.key}:{_joined(f'{at:%Y%m%dT%H%M%S}' for at in moments)}"


def _moment(listed: ListedDate, zone: ZoneInfo) -> datetime:
    """Local time in the zone of the series."""
    if listed.start.form == "utc":
        return listed.start.at.replace(tzinfo=UTC).astimezone(zone)
    if listed.zone is None or listed.zone.key == zone.key:
        return listed.start.at
    return to_utc(listed.start.at, listed.zone).astimezone(zone)


def _joined(values: Iterable[str]) -> str:
    return ",".join(values)
