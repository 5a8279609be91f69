"""Find a time: when people are busy day by day, and the best free slots. It needs no script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.clients import PersonRequest
from accounts.local_time import hour as hour_words
from accounts.local_time import readers_clock, weekdays
from accounts.models import User
from calendars.timeline.availability import Availability, PersonTime, free_slots
from calendars.timeline.insights import Span
from calendars.timeline.shared import shared_calendars
from calendars.timeline.slots import MINUTE, Hours, Slot, Wish
from profiles.preferences import reader_of

MOST_PEOPLE = 20
DAY = timedelta(days=1)
LENGTHS = (15, 30, 45, 60, 90, 120, 180)
SPANS = (7, 14, 28)
DEFAULTS = {"minutes": "60", "span": "14", "begins": "09:00", "ends": "18:00"}
SHOWN_SLOTS = 12


class FindATimeForm(forms.Form):
    people = forms.CharField(
        label=gettext_lazy("People"),
        required=False,
        max_length=4000,
        help_text=gettext_lazy("Email addresses, separated by commas."),
        widget=forms.TextInput({"list": "known-people", "autocomplete": "off"}),
    )
    minutes = forms.TypedChoiceField(
        label=gettext_lazy("Length in minutes"),
        choices=[(str(one), str(one)) for one in LENGTHS],
        coerce=int,
    )
    start = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    span = forms.TypedChoiceField(
        label=gettext_lazy("Days"), choices=[(str(one), str(one)) for one in SPANS], coerce=int
    )
    begins = forms.TimeField(
        label=gettext_lazy("Not before"), widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    ends = forms.TimeField(
        label=gettext_lazy("Not after"), widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Weekdays"),
        choices=[(str(number), str(number)) for number in range(7)],
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, given: QueryDict, *, today: date, week_start: int) -> None:
        super().__init__(_with_defaults(given, today))
        order = [(week_start + number) % 7 for number in range(7)]
        names = weekdays(week_start)
        field: Any = self.fields["days"]
        field.choices = [(str(one), name) for one, name in zip(order, names, strict=True)]

    def clean_people(self) -> list[str]:
        addresses = list(dict.fromkeys(re.split(r"[\s,;]+", self.cleaned_data["people"].lower())))
        found = [address for address in addresses if address]
        for address in found:
            try:
                validate_email(address)
            except ValidationError:
                message = _("%(address)s isn't an email address.") % {"address": address}
                raise ValidationError(message, code="invalid") from None
        if len(found) > MOST_PEOPLE:
            message = _("Enter at most %(count)s people.") % {"count": MOST_PEOPLE}
            raise ValidationError(message, code="too-many")
        return found

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if {"begins", "ends"} <= given.keys() and given["begins"] >= given["ends"] != time():
            self.add_error("ends", _("Choose a time after the first one."))
        return given

    def wish(self, zone: ZoneInfo, now: datetime) -> Wish:
        given = self.cleaned_data
        start = datetime.combine(given["start"], time.min, zone)
        end = datetime.combine(given["start"] + given["span"] * DAY, time.min, zone)
        return Wish(
            seconds=given["minutes"] * MINUTE,
            start=max(int(start.timestamp()), int(now.timestamp())),
            end=int(end.timestamp()),
            zone=zone,
            hours=Hours(
                _minute(given["begins"]), _minute(given["ends"]) or 1440, frozenset(given["days"])
            ),
        )


@dataclass(frozen=True, slots=True)
class Bar:
    """A busy span within the hours of a day, in percent of them."""

    left: str
    width: str


@dataclass(frozen=True, slots=True)
class Lane:
    """A person on a day; `bars` is None if nothing is known of their time."""

    name: str
    bars: list[Bar] | None
    words: str


@dataclass(frozen=True, slots=True)
class OfferedSlot:
    """A free slot with the address of a new event in it."""

    start_at: datetime
    end_at: datetime
    outside: int
    is_tight: bool
    address: str
    left: str
    width: str


@dataclass(frozen=True, slots=True)
class PlannedDay:
    on: date
    lanes: list[Lane]
    slots: list[OfferedSlot]


@never_cache
@login_required
@require_safe
def find_a_time(request: PersonRequest) -> HttpResponse:
    person = request.user
    reader, now = reader_of(person), timezone.now()
    today = now.astimezone(reader.zone).date()
    form = FindATimeForm(request.GET, today=today, week_start=reader.week_start)
    context: dict[str, Any] = {
        "form": form,
        "known": _known(person),
        "zone": reader.zone,
    }
    status = 200 if form.is_valid() else 422
    if form.is_valid():
        wish = form.wish(reader.zone, now)
        found = free_slots(person, form.cleaned_data["people"], wish)
        offered = [_offered(one, wish, form.cleaned_data["people"]) for one in found.slots]
        context |= {
            "unknown": found.unknown,
            "best": offered[:SHOWN_SLOTS],
            "days": list(_days(found, wish, offered)),
            "ticks": _ticks(wish.hours),
        }
    return render(request, "calendars/find_a_time.html", context, status=status)


def _with_defaults(given: QueryDict, today: date) -> QueryDict:
    data = given.copy()
    for name, value in {**DEFAULTS, "start": today.isoformat()}.items():
        if not data.get(name):
            data[name] = value
    if not data.getlist("days"):
        data.setlist("days", ["0", "1", "2", "3", "4"])
    return data


def _known(person: User) -> list[tuple[str, str]]:
    """Return those whose time is known, by address and name."""
    shared = shared_calendars(person.pk)
    return list(dict.fromkeys((one.owner.email, one.sharer) for one in shared))


def _days(found: Availability, wish: Wish, offered: Iterable[OfferedSlot]) -> Iterator[PlannedDay]:
    slots = sorted(offered, key=lambda one: one.start_at)
    day = datetime.fromtimestamp(wish.start, wish.zone).date()
    while (hours := _hours_on(day, wish)) is not None:
        if hours.end > wish.start and day.weekday() in wish.hours.days:
            lanes = [_lane(person, hours, wish.zone) for person in found.people]
            yield PlannedDay(day, lanes, [one for one in slots if one.start_at.date() == day])
        day += DAY


def _hours_on(day: date, wish: Wish) -> Span | None:
    """Return the hours of a day, whatever weekday it is; None after the last one."""
    hours = wish.hours._replace(days=frozenset(range(7))).on(day, wish.zone)
    return hours if hours and hours.start < wish.end else None


def _lane(person: PersonTime, hours: Span, zone: ZoneInfo) -> Lane:
    name = person.name or (_("You") if person.zone else person.email)
    if person.spans is None:
        return Lane(name, None, _("Not shared with you"))
    within = [
        Span(max(one.start, hours.start), min(one.end, hours.end))
        for one in person.spans
        if one.start < hours.end and hours.start < one.end
    ]
    words = ", ".join(_words(one, zone) for one in within) or _("Free")
    return Lane(name, [Bar(*_place(one, hours)) for one in within], words)


def _words(span: Span, zone: ZoneInfo) -> str:
    clock = readers_clock()
    start, end = (datetime.fromtimestamp(at, UTC).astimezone(zone) for at in span)
    return _("busy %(start)s to %(end)s") % {"start": clock(start), "end": clock(end)}


def _place(span: Span, hours: Span) -> tuple[str, str]:
    """Return left and width in percent, as SVG takes them."""
    whole = hours.end - hours.start
    return _percent(span.start - hours.start, whole), _percent(span.end - span.start, whole)


def _offered(slot: Slot, wish: Wish, people: list[str]) -> OfferedSlot:
    start, end = (
        datetime.fromtimestamp(at, UTC).astimezone(wish.zone) for at in (slot.start, slot.end)
    )
    query = {"start": start.isoformat(), "end": end.isoformat(), "people": ",".join(people)}
    hours = wish.hours.on(start.date(), wish.zone)
    left, width = _place(Span(slot.start, slot.end), hours) if hours else ("0%", "0%")
    address = f"{reverse('new-event')}?{urlencode(query)}"
    return OfferedSlot(start, end, slot.outside, slot.is_tight, address, left, width)


def _ticks(hours: Hours) -> list[tuple[str, str]]:
    """Return the full hours of a day, at most every third, with their place in percent."""
    whole = hours.ends - hours.begins
    first = -(-hours.begins // 60)
    step = 1 if whole <= 240 else 2 if whole <= 480 else 3
    return [
        (_percent(number * 60 - hours.begins, whole), hour_words(number % 24).removesuffix(":00"))
        for number in range(first, hours.ends // 60 + 1, step)
    ]


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f}%"


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute
