"""The form of an event: its fields, and the members of the event that they say."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.local_time import weekdays as weekday_names
from calendars.events.rows import EventRow
from calendars.models import PendingChange
from calendars.pages.event_input import (
    CUSTOM,
    DEFAULT,
    GROUPS,
    NEVER,
    OWN,
    REMINDER_ROWS,
    UNITS,
    Input,
    addresses_of,
    own_zone,
)
from calendars.timeline.recurrence_choice import (
    BY_DATE,
    BY_LAST_WEEKDAY,
    BY_WEEKDAY,
    RecurrenceChoice,
    lines_of,
)
from config.web.problems import DomainError
from profiles.preferences import Reader, zone_named

Choices = list[tuple[str, Any]]
REPEATS: Choices = [
    (NEVER, gettext_lazy("Never")),
    ("daily", gettext_lazy("Daily")),
    ("weekly", gettext_lazy("Weekly")),
    ("monthly", gettext_lazy("Monthly")),
    ("yearly", gettext_lazy("Yearly")),
]
AS_IT_IS = (CUSTOM, gettext_lazy("As it is now"))
MONTHLY: Choices = [
    (BY_DATE, gettext_lazy("On the same date")),
    (BY_WEEKDAY, gettext_lazy("On the same weekday, such as each second Tuesday")),
    (BY_LAST_WEEKDAY, gettext_lazy("On the last such weekday")),
]
ENDS: Choices = [
    (NEVER, pgettext_lazy("a series ends", "Never")),
    ("until", pgettext_lazy("a series ends", "On a date")),
    ("count", pgettext_lazy("a series ends", "After some times")),
]
REMINDERS: Choices = [
    (DEFAULT, gettext_lazy("As in the calendar")),
    (OWN, gettext_lazy("Only these")),
]
METHODS: Choices = [("popup", gettext_lazy("notification")), ("email", gettext_lazy("email"))]
UNIT_NAMES: Choices = [
    ("minutes", gettext_lazy("minutes before")),
    ("hours", gettext_lazy("hours before")),
    ("days", gettext_lazy("days before")),
    ("weeks", gettext_lazy("weeks before")),
]
VISIBILITIES: Choices = [
    ("", gettext_lazy("As in the calendar")),
    ("public", gettext_lazy("Public")),
    ("private", gettext_lazy("Private")),
]
TRANSPARENCIES: Choices = [("", gettext_lazy("Busy")), ("transparent", gettext_lazy("Free"))]
NOTIFY: Choices = [
    (PendingChange.Notify.ALL.value, gettext_lazy("All guests")),
    (PendingChange.Notify.NONE.value, gettext_lazy("Nobody")),
]
# The field that shows the fault of a member.
_FIELD_OF = {
    **{name: name for name in ("summary", "description", "location", "visibility", "transparency")},
    "start": "start_date",
    "end": "end_date",
    "all_day": "all_day",
    "time_zone": "time_zone",
    "recurrence": "repeat",
    "attendees": "people",
    "reminders": "reminders",
}
_DAY = timedelta(days=1)


def _date(label: Any, *, required: bool = False) -> forms.DateField:
    widget = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget)


def _time(label: Any) -> forms.TimeField:
    widget = forms.TimeInput({"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=False, widget=widget)


def _choice(label: Any, choices: Choices, *, radio: bool = False) -> forms.ChoiceField:
    widget = forms.RadioSelect if radio else forms.Select
    return forms.ChoiceField(label=label, choices=choices, required=False, widget=widget)


def _text(label: Any, **attributes: Any) -> forms.CharField:
    widget = forms.TextInput({"autocomplete": "off", **attributes})
    return forms.CharField(label=label, required=False, widget=widget)


def _number(label: Any, most: int) -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=most)


class EventForm(forms.Form):
    """`typed` is what the inputs hold. It's checked only if the form is to be saved: while somebody
    adds people or looks at dates, nothing is marked as wrong."""

    summary = _text(gettext_lazy("Title"), placeholder=gettext_lazy("Title"))
    all_day = forms.BooleanField(label=gettext_lazy("All day"), required=False)
    start_date = _date(gettext_lazy("Start"), required=True)
    start_time = _time(gettext_lazy("Start time"))
    end_date = _date(gettext_lazy("End"))
    end_time = _time(gettext_lazy("End time"))
    time_zone = _text(gettext_lazy("Time zone"), list="edit-zones", spellcheck="false")
    repeat = _choice(gettext_lazy("Repeats"), REPEATS)
    interval = _number(gettext_lazy("Every"), 999)
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("On"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    monthly = _choice(gettext_lazy("Day"), MONTHLY)
    ends = _choice(gettext_lazy("Ends"), ENDS)
    until = _date(gettext_lazy("Last date"))
    count = _number(gettext_lazy("Times"), 9_999)
    calendar = _choice(gettext_lazy("Calendar"), [])
    location = _text(gettext_lazy("Place"), placeholder=gettext_lazy("Place"))
    people = _text(
        gettext_lazy("Add people"),
        list="edit-known",
        inputmode="email",
        placeholder=gettext_lazy("Add people by email address"),
    )
    notify = _choice(gettext_lazy("Send an email to"), NOTIFY)
    description = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        strip=False,
        widget=forms.Textarea({"rows": 3, "placeholder": gettext_lazy("Note")}),
    )
    reminders = _choice(gettext_lazy("Reminders"), REMINDERS)
    category = _choice(gettext_lazy("Category"), [])
    visibility = _choice(gettext_lazy("Visible as"), VISIBILITIES)
    transparency = _choice(gettext_lazy("Shown as"), TRANSPARENCIES)

    def __init__(
        self,
        typed: Input,
        *,
        reader: Reader,
        calendars: Choices,
        categories: Choices,
        checked: bool = False,
        locked: Collection[str] = (),
    ) -> None:
        given = {"data": typed} if checked else {"initial": typed}
        super().__init__(auto_id="edit-%s", **given)  # type: ignore[arg-type]
        self.typed = typed
        self.reader = reader
        first = reader.week_start
        names = zip(((first + day) % 7 for day in range(7)), weekday_names(first), strict=True)
        self._offer("weekdays", [(str(day), name) for day, name in names])
        self._offer("calendar", calendars)
        self._offer("category", categories)
        if typed["repeat"] == CUSTOM:
            self._offer("repeat", [AS_IT_IS, *REPEATS])
        if typed["visibility"] not in dict(VISIBILITIES):
            value = typed["visibility"]
            self._offer("visibility", [*VISIBILITIES, (value, value.capitalize())])

        for name in (name for group in locked for name in GROUPS[group] if name in self.fields):
            self.fields[name].widget.attrs["disabled"] = True

    def add_refusal(self, error: DomainError) -> None:
        """Add an error of a service to its fields, or to the form if it names none."""
        for fault in error.faults:
            field = _FIELD_OF.get(fault.field.partition(".")[0])
            self.add_error(field, fault.message)
        if not error.faults:
            self.add_error(None, error.message)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("all_day") and not cleaned.get("start_time"):
            self.add_error("start_time", _("Give a time, or make it an all-day event."))
        for ends in ("until", "count"):
            if cleaned.get("ends") == ends and not cleaned.get(ends) and ends not in self.errors:
                self.add_error(ends, _("Say when it ends."))
        return cleaned

    @property
    def reminder_rows(self) -> list[list[str]]:
        """The typed ones, and an empty one."""
        rows: list[list[str]] = self.typed["reminder_rows"]
        return [*rows, ["", "minutes", "popup"]][:REMINDER_ROWS]

    def members(self, groups: Collection[str], former: EventRow | None) -> dict[str, Any]:
        """Return these groups as members of the event. The form is valid; `former` is the event, or
        its instance, as the person saw it."""
        members = {
            name: self.cleaned_data[name]
            for name in ("summary", "description", "location", "visibility", "transparency")
            if name in groups
        }
        if "when" in groups:
            members |= self._when(former)
        if "repeat" in groups:
            members["recurrence"] = self.recurrence(former)
        if "people" in groups:
            members["attendees"] = list(self._people())
        if "reminders" in groups:
            members["reminders"] = self._reminders()
        return members

    @property
    def start(self) -> datetime:
        """The local start. Needs a valid form."""
        return self._local("start_date", "start_time")

    def choice(self) -> RecurrenceChoice | None:
        """Return how it repeats; None if it doesn't, or stays as it is."""
        cleaned = self.cleaned_data
        if cleaned["repeat"] in ("", NEVER, CUSTOM):
            return None
        return RecurrenceChoice(
            frequency=cleaned["repeat"],
            interval=cleaned["interval"] or 1,
            weekdays=tuple(cleaned["weekdays"]),
            monthly=cleaned["monthly"] or BY_DATE,
            until=cleaned["until"] if cleaned["ends"] == "until" else None,
            count=cleaned["count"] if cleaned["ends"] == "count" else None,
            week_start=self.reader.week_start,
        )

    def recurrence(self, former: EventRow | None) -> list[str]:
        """Return the recurrence lines. What a form can't express stays as it is."""
        kept = list(former.recurrence) if former is not None else []
        if self.cleaned_data["repeat"] == CUSTOM:
            return kept
        choice = self.choice()
        if choice is None:
            return []
        all_day = self.cleaned_data["all_day"]
        zone = None if all_day else zone_named(self.cleaned_data["time_zone"]) or self.reader.zone
        return lines_of(choice, start=self.start, zone=zone, former=kept)

    def _offer(self, name: str, choices: Choices) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def _local(self, day: str, clock: str) -> datetime:
        on: date = self.cleaned_data[day] or self.cleaned_data["start_date"]
        at = self.cleaned_data[clock] or self.cleaned_data["start_time"]
        return datetime.combine(on, at)

    def _when(self, former: EventRow | None) -> dict[str, Any]:
        if self.cleaned_data["all_day"]:
            last: date = self.cleaned_data["end_date"] or self.cleaned_data["start_date"]
            start = self.cleaned_data["start_date"]
            return {"all_day": True, "start": start, "end": last + _DAY}
        ends = self._local("end_date", "end_time")
        return {
            "all_day": False,
            "start": self._exactly(self.start, former, former and former.start_at),
            "end": self._exactly(ends, former, former and former.end_at),
            "time_zone": self.cleaned_data["time_zone"],
        }

    def _exactly(
        self, typed: datetime, former: EventRow | None, known: datetime | None
    ) -> datetime:
        """Return the instant that was shown, if it's still what is typed: an input has no seconds,
        and a repeated hour comes twice."""
        if former is None or known is None or former.all_day:
            return typed
        name, zone = own_zone(former, self.reader)
        shown = known.astimezone(zone)
        is_same = f"{shown:%Y-%m-%dT%H:%M}" == f"{typed:%Y-%m-%dT%H:%M}"
        return known if is_same and self.cleaned_data["time_zone"] == name else typed

    def _people(self) -> Iterator[dict[str, Any]]:
        """Those of the rows, and those typed beside them."""
        for one in self.typed["guests"]:
            named = "email" if "@" in one["key"] else "name"
            yield {named: one["key"], "optional": one["optional"]}
        for address in addresses_of(self.cleaned_data["people"]):
            yield {"email": address}

    def _reminders(self) -> dict[str, Any] | None:
        if self.cleaned_data["reminders"] != OWN:
            return None
        rows = [row for row in self.typed["reminder_rows"] if row[0].strip()]
        overrides = [
            {"minutes": _minutes(amount, unit), "method": method} for amount, unit, method in rows
        ]
        return {"use_default": False, "overrides": overrides}


def _minutes(amount: str, unit: str) -> int | str:
    """Return what isn't a number as it is, for the service to refuse."""
    text = amount.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        return text
    return int(text) * UNITS.get(unit, 1)
