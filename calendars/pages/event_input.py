"""What the inputs of an event's form hold, as text: of a stored event, of a new one, or as typed.

The inputs are in groups, each one thing for people. A form sends along what its groups were when it
was shown, so that only what the person changed is written, also on top of a newer version.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _

from calendars.events.rights import Rights
from calendars.events.rows import EventRow
from calendars.models import Event
from calendars.rfc5545.people import normal_email
from calendars.rfc5545.recurrence.expansion import Series
from calendars.rfc5545.time_zones.definitions import event_zone
from calendars.timeline.event_card import ShownEvent
from calendars.timeline.plain_text import plain_text
from calendars.timeline.recurrence_choice import RecurrenceChoice, choice_of
from profiles.preferences import Reader

Input = dict[str, Any]
Groups = dict[str, Any]
REMOVE = "remove:"
NEVER, CUSTOM = "never", "custom"
DEFAULT, OWN = "default", "own"
REMINDER_ROWS = 5  # as many as Google stores
UNITS = {"minutes": 1, "hours": 60, "days": 1_440, "weeks": 10_080}
# Google's markup; other angle brackets are text.
_MARKUP = re.compile(
    r"</?(?:a|b|br|div|em|h\d|html|i|li|ol|p|span|strong|u|ul)\b|&\w+;", re.IGNORECASE
)
_ADDRESS = re.compile(r".*<([^<>]+)>")
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
# The groups, in the order of the form, with their inputs.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "summary": ("summary",),
    "when": ("all_day", "start_date", "start_time", "end_date", "end_time", "time_zone"),
    "repeat": ("repeat", "interval", "weekdays", "monthly", "ends", "until", "count"),
    "calendar": ("calendar",),
    "location": ("location",),
    "people": ("guests", "people"),
    "description": ("description",),
    "reminders": ("reminders", "reminder_rows"),
    "category": ("category",),
    "visibility": ("visibility",),
    "transparency": ("transparency",),
}
_COLUMNS = {
    **{name: name for name in ("summary", "location", "description", "reminders")},
    **{name: name for name in ("visibility", "transparency")},
    "when": "start_at",
    "repeat": "recurrence",
    "people": "attendees",
}
_TEXTS = (
    *("summary", "start_date", "start_time", "end_date", "end_time", "time_zone", "repeat"),
    *("interval", "monthly", "ends", "until", "count", "calendar", "location", "people", "notify"),
    *("description", "reminders", "category", "visibility", "transparency"),
)


def input_of(shown: ShownEvent, *, reader: Reader, category: str) -> Input:
    """Return an event, or its instance, as the form shows it. `category` is the chosen one."""
    event = shown.event
    master = shown.series.master if shown.series else event
    return {
        "summary": event.summary,
        **_when(event, shown.instance.start_at, shown.instance.end_at, reader),
        **_repeat(choice_of(master), is_series=bool(master.recurrence), reader=reader),
        "calendar": str(event.calendar_id),
        "location": event.location,
        "guests": guests_of(event.attendees),
        "people": "",
        "notify": "all",
        "description": note_of(event),
        **_reminders(event.reminders),
        "category": category,
        "visibility": "" if event.visibility == "default" else event.visibility,
        "transparency": "" if event.transparency == "opaque" else event.transparency,
    }


def new_input(
    *, start: datetime, end: datetime, all_day: bool, calendar: str, title: str, reader: Reader
) -> Input:
    """Return a new event as the form shows it first; all-day ones end on the day of `end`."""
    return {
        **dict.fromkeys(_TEXTS, ""),
        "summary": title,
        "all_day": all_day,
        "start_date": f"{start:%Y-%m-%d}",
        "start_time": f"{start:%H:%M}",
        "end_date": f"{end:%Y-%m-%d}",
        "end_time": f"{end:%H:%M}",
        "time_zone": reader.zone.key,
        **_repeat(None, is_series=False, reader=reader),
        "calendar": calendar,
        "guests": [],
        "notify": "all",
        "reminders": DEFAULT,
        "reminder_rows": [],
    }


def typed_input(given: QueryDict) -> Input:
    """Return what a form sends; inputs that it lacks are empty."""
    optional = set(given.getlist("optional"))
    rows = zip(
        *(given.getlist(f"reminder_{part}") for part in ("amount", "unit", "method")), strict=False
    )
    return {
        **{name: given.get(name, "") for name in _TEXTS},
        "description": given.get("description", "").replace("\r\n", "\n"),
        "all_day": "all_day" in given,
        "weekdays": given.getlist("weekdays"),
        "guests": [
            {"key": key, "name": "", "optional": key in optional}
            for key in dict.fromkeys(given.getlist("guest"))
        ],
        "reminder_rows": [list(row) for row in rows if row[0].strip()][:REMINDER_ROWS],
    }


def with_names(typed: Input, known: list[dict[str, Any]]) -> Input:
    """Return the input with what is known of its guests; those who can't be removed are there."""
    rows = {one["key"]: one for one in typed["guests"]}
    fixed = [one for one in known if one["fixed"] and one["key"] not in rows]
    named = {one["key"]: one for one in known}
    guests = [{**named.get(key, {}), **_kept(row)} for key, row in rows.items()]
    return typed | {"guests": [*fixed, *guests]}


def _kept(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value != ""}


def step_of(typed: Input, step: str) -> Input:
    """Return the input after a button that saves nothing: people are added or removed."""
    if step.startswith(REMOVE):
        guests = [one for one in typed["guests"] if one["key"] != step.removeprefix(REMOVE)]
        return typed | {"guests": guests}
    if step != "people":
        return typed
    known = {one["key"] for one in typed["guests"]}
    added = [
        {"key": address, "name": "", "optional": False}
        for address in dict.fromkeys(map(normal_email, addresses_of(typed["people"])))
        if address not in known
    ]
    return typed | {"guests": [*typed["guests"], *added], "people": ""}


def addresses_of(text: str) -> list[str]:
    """Return the typed addresses; names in front of them are left out."""
    parts = (part.strip() for part in re.split(r"[,;\n]", text))
    return [_ADDRESS.sub(r"\1", part) for part in parts if part]


def groups_of(given: Input) -> Groups:
    """Return what the groups say, in one form, so that equal meanings are equal."""
    groups: Groups = {
        name: given[name].strip() for name, inputs in GROUPS.items() if inputs == (name,)
    }
    return groups | {
        "when": _said_when(given),
        "repeat": _said_repeat(given),
        "people": [[one["key"], one["optional"]] for one in given["guests"]]
        + given["people"].split(),
        "reminders": _said_reminders(given),
    }


def as_was(groups: Groups) -> str:
    """Return the groups for the hidden input of a form."""
    return json.dumps(groups, ensure_ascii=False, separators=(",", ":"))


def read_was(text: str) -> Groups:
    """Read it; a form that sends something else was never shown."""
    try:
        was = json.loads(text or "{}")
    except ValueError:
        return {}
    return was if isinstance(was, dict) else {}


def locked_groups(rights: Rights) -> list[str]:
    """Return the groups whose columns may not be changed."""
    return [
        group
        for group, column in _COLUMNS.items()
        if column not in rights.may_change and not (group == "people" and rights.may_invite)
    ]


def take(given: Input, other: Input, groups: Collection[str]) -> Input:
    """Return the input with some groups of another one."""
    return given | {name: other[name] for group in groups for name in GROUPS[group]}


def guests_of(attendees: Collection[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the people as rows of a form; `fixed` ones can't be removed."""
    return [
        {
            "key": one.get("email") or one.get("name") or "",
            "name": one.get("name", ""),
            "optional": one.get("optional", False),
            "response": one.get("response", ""),
            "fixed": bool(one.get("self") or one.get("organizer")),
            "role": _role(one),
        }
        for one in attendees
    ]


def _role(one: Mapping[str, Any]) -> str:
    if one.get("self"):
        return _("(you)")
    return _("Organizer") if one.get("organizer") else ""


def note_of(event: Event) -> str:
    """Return the note without its formatting, which a change of it gives up."""
    has_markup = _MARKUP.search(event.description)
    return plain_text(event.description) if has_markup else event.description.replace("\r\n", "\n")


def own_zone(event: Event | EventRow, reader: Reader) -> tuple[str, ZoneInfo]:
    """Return the zone in which an event's times are typed, with its name.

    It's the event's own, which may be one that only its file knows. Programs store single events in
    UTC, where nobody means UTC.
    """
    repeats = event.recurrence or event.recurring_event_id
    if event.all_day or (event.time_zone == "UTC" and not repeats):
        return reader.zone.key, reader.zone
    return event.time_zone, event_zone(event.time_zone, event.zone_definition)


def _when(event: Event, start_at: datetime, end_at: datetime, reader: Reader) -> Input:
    name, zone = own_zone(event, reader)
    if event.all_day:
        start, end = start_at.astimezone(UTC), end_at.astimezone(UTC) - _DAY
        nine = datetime.combine(start, time(9))
        times = (nine, nine + _HOUR)
    else:
        start, end = times = start_at.astimezone(zone), end_at.astimezone(zone)
    return {
        "all_day": event.all_day,
        "start_date": f"{start:%Y-%m-%d}",
        "start_time": f"{times[0]:%H:%M}",
        "end_date": f"{end:%Y-%m-%d}",
        "end_time": f"{times[1]:%H:%M}",
        "time_zone": name,
    }


def repeat_input(series: Series, *, reader: Reader) -> Input:
    """Return how a new event repeats; a rule that the form can't show is left out."""
    return _repeat(choice_of(series), is_series=False, reader=reader)


def _repeat(choice: RecurrenceChoice | None, *, is_series: bool, reader: Reader) -> Input:
    shown = choice or RecurrenceChoice("", week_start=reader.week_start)
    ends = "until" if shown.until else "count" if shown.count else NEVER
    return {
        "repeat": shown.frequency or (CUSTOM if is_series else NEVER),
        "interval": str(shown.interval),
        "weekdays": [str(day) for day in shown.weekdays],
        "monthly": shown.monthly,
        "ends": ends,
        "until": f"{shown.until:%Y-%m-%d}" if shown.until else "",
        "count": str(shown.count or ""),
    }


def _reminders(stored: Mapping[str, Any]) -> Input:
    overrides = stored.get("overrides")
    known = (
        [one for one in overrides if isinstance(one, dict)] if isinstance(overrides, list) else []
    )
    rows = [
        [*_amount(one["minutes"]), str(one.get("method") or "popup")]
        for one in known
        if isinstance(one.get("minutes"), int)
    ]
    is_default = stored.get("useDefault") is True or not stored
    return {"reminders": DEFAULT if is_default else OWN, "reminder_rows": rows[:REMINDER_ROWS]}


def _amount(minutes: int) -> tuple[str, str]:
    """Return the largest unit that needs no fraction, with how many of it."""
    for unit, length in reversed(UNITS.items()):
        if minutes and minutes % length == 0:
            return str(minutes // length), unit
    return str(minutes), "minutes"


def _said_when(given: Input) -> list[Any]:
    start_date, end_date = given["start_date"], given["end_date"] or given["start_date"]
    if given["all_day"]:
        return [start_date, end_date]
    times = [
        f"{date}T{clock[:5]}"
        for date, clock in ((start_date, given["start_time"]), (end_date, given["end_time"]))
    ]
    return [*times, given["time_zone"].strip()]


def _said_repeat(given: Input) -> list[Any]:
    """Only what counts for the chosen frequency."""
    frequency = given["repeat"] or NEVER
    if frequency in (NEVER, CUSTOM):
        return [frequency]
    of_frequency = {"weekly": sorted(given["weekdays"]), "monthly": given["monthly"]}
    ends = given["ends"] if given["ends"] in ("until", "count") else NEVER
    return [
        frequency,
        given["interval"].strip() or "1",
        of_frequency.get(frequency, ""),
        ends,
        given.get(ends, ""),
    ]


def _said_reminders(given: Input) -> list[Any]:
    if given["reminders"] != OWN:
        return [DEFAULT]
    return [OWN, *(row for row in given["reminder_rows"] if row[0].strip())]
