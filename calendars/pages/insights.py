"""The pages of insights: how time is spent in a range of dates, and the events behind each bar."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.clients import PersonRequest
from accounts.local_time import (
    day_month,
    day_span,
    number,
    short_day_month,
    short_weekday_day,
    span,
    weekday,
    weekday_day,
)
from accounts.models import User
from calendars.models import Calendar
from calendars.models.palette import GRAPHITE, hue_of, hued
from calendars.pages.charts import Bar, lying_bars, standing_bars
from calendars.pages.frame import today_of
from calendars.timeline.busy_time import BusyTime, busy_time
from calendars.timeline.categories import Classifier, classifier_of
from calendars.timeline.insights import (
    WEEKDAYS,
    Busy,
    By,
    Days,
    Insights,
    Period,
    Row,
    Span,
    WorkingHours,
    belongs,
    insights,
    within,
)
from calendars.timeline.presets import LONGEST_DAYS, PRESETS, Range
from calendars.timeline.window import Window
from config.web.pagination import Cursor, Key, Order, linked_page, moment
from config.web.problems import DomainError
from profiles.preferences import Reader, reader_of

DAY = timedelta(days=1)
PLAIN = 7  # the hue of bars that stand for no category or calendar
SHOWN_BLOCKS = 8
SHOWN_WHOLE_DAYS = 12
NONE = "none"  # the key of events without a category, in an address
LABELS = {
    "week": gettext_lazy("This week"),
    "month": gettext_lazy("This month"),
    "30-days": gettext_lazy("Last 30 days"),
    "quarter": gettext_lazy("This quarter"),
    "year": gettext_lazy("This year"),
}
TITLES = {
    By.CATEGORY: gettext_lazy("By category"),
    By.CALENDAR: gettext_lazy("By calendar"),
    By.WEEKDAY: gettext_lazy("By weekday"),
    By.WEEK: gettext_lazy("By week"),
}
BEHIND = Order(
    (Key("start", int), Key("event_id", UUID), Key("original_start_at", moment)), page_size=50
)


class Named(NamedTuple):
    """What a row's key is called and how it looks."""

    label: str
    hue: int = PLAIN
    emoji: str = ""
    short: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """The range and the working hours that a page was asked for."""

    first_on: date
    last_on: date
    working: WorkingHours
    preset: str = ""

    @property
    def query(self) -> dict[str, str]:
        own = {"first": self.first_on.isoformat(), "last": self.last_on.isoformat()}
        return own | {
            "from": f"{self.working.begins:%H:%M}",
            "until": f"{self.working.ends:%H:%M}",
        }


@dataclass(frozen=True, slots=True)
class Material:
    """What the pages read: the busy time of the shown calendars, and names for its keys."""

    asked: Asked
    period: Period
    found: BusyTime
    calendars: list[Calendar]
    classifier: Classifier

    def name_of(self, by: By, key: object) -> Named:
        if by is By.CALENDAR:
            calendar = next((one for one in self.calendars if one.pk == key), None)
            if calendar is None:
                raise Http404
            return Named(calendar.name, calendar.hue)
        if by is By.CATEGORY:
            category = self.classifier.categories.get(key) if isinstance(key, UUID) else None
            if category is None:
                return Named(_("No category"), GRAPHITE)
            return Named(category.name, hue_of(category.colour), category.emoji)
        if isinstance(key, date):
            words = _("Week of %(day)s") % {"day": day_month(key)}
            return Named(words, short=short_day_month(key))
        on = date(2024, 1, 1) + WEEKDAYS.index(str(key)) * DAY  # a Monday
        return Named(weekday(on), short=weekday(on, "abbreviated"))


class Chart(NamedTuple):
    by: str
    title: str
    svg: SafeString
    rows: list[Bar]
    table: list[tuple[Row, Named, str, str, str]]


@never_cache
@login_required
@require_safe
def page(request: PersonRequest) -> HttpResponse:
    asked = _asked(request)
    material = _read(request.user, asked)
    result = insights(material.found.busy, period=material.period, working=asked.working)
    reader = reader_of(request.user)
    context = {
        "asked": asked,
        "presets": [(name, label, name == asked.preset) for name, label in LABELS.items()],
        "title": day_span(asked.first_on, asked.last_on),
        "figures": _figures(result),
        "charts": [_chart(material, by, result.rows[by]) for by in By],
        "is_empty": not result.total_hours,
        "busiest": [(on, weekday_day(on), _hours(hours)) for on, hours in result.busiest],
        "work": [
            datetime.combine(asked.first_on, hour, reader.zone)
            for hour in (asked.working.begins, asked.working.ends)
        ],
        "blocks": [(_block(one, reader), _hours(one.hours)) for one in _useful(result)],
        "whole_days": material.found.whole_days[:SHOWN_WHOLE_DAYS],
        "more_whole_days": max(len(material.found.whole_days) - SHOWN_WHOLE_DAYS, 0),
        "calendars": material.calendars,
    }
    return render(request, "insights/page.html", context)


@never_cache
@login_required
@require_safe
def events(request: PersonRequest) -> HttpResponse:
    """The events behind one bar, fifty a page."""
    asked = _asked(request)
    material = _read(request.user, asked)
    by, key = _key(request.GET)
    days = Days(material.period)
    inside = within(material.found.busy, material.period)
    behind = sorted((one for one in inside if belongs(one, by, key, days)), key=BEHIND.place_of)
    try:
        listed = linked_page(request, BEHIND, lambda cursor, most: _beside(behind, cursor, most))
    except DomainError:  # a truncated address leads to the first page
        return redirect(_address(asked, by, key))
    reader = reader_of(request.user)
    names = {calendar.pk: calendar for calendar in material.calendars}
    context = {
        "asked": asked,
        "back": f"{reverse('insights')}?{urlencode(asked.query)}",
        "title": day_span(asked.first_on, asked.last_on),
        "named": material.name_of(by, key),
        "count": ngettext("%(count)s event", "%(count)s events", len(behind))
        % {"count": number(len(behind))},
        "rows": [
            (one, _event(one), _when(one, reader), names[one.calendar]) for one in listed.results
        ],
        "pages": listed,
    }
    return render(request, "insights/events.html", context)


def _asked(request: PersonRequest) -> Asked:
    """Read the address; what can't be read is replaced by this month, and said."""
    given, today = request.GET, today_of(request.user)
    week_start = reader_of(request.user).week_start
    working = _working(given)
    preset = given.get("range", "" if "first" in given else "month")
    if preset in PRESETS:
        return Asked(*PRESETS[preset](today, week_start), working, preset)
    chosen = _range(given)
    if chosen is None:
        messages.warning(
            request,
            _("Choose a first and a last day that are at most %(days)s days apart.")
            % {"days": LONGEST_DAYS},
        )
        return Asked(*PRESETS["month"](today, week_start), working, "month")
    same = (name for name, range_of in PRESETS.items() if range_of(today, week_start) == chosen)
    return Asked(*chosen, working, next(same, ""))


def _range(given: Mapping[str, str]) -> Range | None:
    try:
        first, last = (date.fromisoformat(given.get(name, "")) for name in ("first", "last"))
    except ValueError:
        return None
    is_good = first <= last and (last - first).days < LONGEST_DAYS
    return (first, last) if is_good and first.year >= 1900 and last.year < 2200 else None


def _working(given: Mapping[str, str]) -> WorkingHours:
    usual = WorkingHours()
    try:
        begins = time.fromisoformat(given.get("from", "") or usual.begins.isoformat())
        ends = time.fromisoformat(given.get("until", "") or usual.ends.isoformat())
    except ValueError:
        return usual
    plain = (begins.replace(tzinfo=None), ends.replace(tzinfo=None))
    return WorkingHours(*plain) if plain[0] < plain[1] else usual


def _read(person: User, asked: Asked) -> Material:
    reader = reader_of(person)
    start_at, end_at = (
        datetime.combine(on, time.min, reader.zone) for on in (asked.first_on, asked.last_on + DAY)
    )
    classifier = classifier_of(person.pk)
    calendars = [one for one in hued(Calendar.objects.of(person.pk).shown()) if one.selected]
    found = busy_time(
        owner_id=person.pk,
        calendars=calendars,
        window=Window(start_at, end_at),
        classifier=classifier,
    )
    period = Period.of(start_at, end_at, reader.zone, reader.week_start)
    return Material(asked, period, found, calendars, classifier)


def _figures(result: Insights) -> list[tuple[str, str, str]]:
    meetings = ngettext("%(count)s meeting", "%(count)s meetings", result.meetings)
    blocks = len(result.free_blocks)
    gaps = ngettext("%(count)s free block", "%(count)s free blocks", blocks)
    share = 100 * result.meeting_hours / result.total_hours if result.total_hours else 0
    return [
        (_("Busy"), _hours(result.total_hours), _("each hour counted once")),
        (
            _("Meetings"),
            _hours(result.meeting_hours),
            _("%(meetings)s, %(share)s %% of your busy time")
            % {
                "meetings": meetings % {"count": number(result.meetings)},
                "share": number(round(share)),
            },
        ),
        (
            _("Free in working hours"),
            _hours(result.free_hours),
            gaps % {"count": number(blocks)},
        ),
    ]


def _chart(material: Material, by: By, rows: list[Row]) -> Chart:
    named = [(row, material.name_of(by, row.key)) for row in rows]
    is_lying = by in (By.CATEGORY, By.CALENDAR)
    bars = [
        Bar(
            label=name.label if is_lying else name.short,
            value=row.hours,
            value_text=_hours(row.hours),
            address=_address(material.asked, by, row.key),
            hue=name.hue,
            share=row.meeting_hours,
            emoji=name.emoji,
            words=_words(name, row),
        )
        for row, name in named
    ]
    title = str(TITLES[by])
    about = _("Bars with the hours of each row; the table below has the same numbers.")
    svg = (
        lying_bars(bars, name=by, title=title, about=about)
        if is_lying
        else standing_bars(bars, name=by, title=title, about=about, unit=_("%s h"))
    )
    table = [
        (row, name, _hours(row.hours), _hours(row.meeting_hours), bar.address)
        for (row, name), bar in zip(named, bars, strict=True)
    ]
    return Chart(by, title, svg, bars, table)


def _words(name: Named, row: Row) -> str:
    meetings = ngettext("%(count)s meeting", "%(count)s meetings", row.meetings)
    return _("%(name)s: %(hours)s, %(meetings)s") % {
        "name": name.label,
        "hours": _hours(row.hours),
        "meetings": meetings % {"count": number(row.meetings)},
    }


def _address(asked: Asked, by: By, key: object) -> str:
    query = asked.query | {"by": by.value, "key": NONE if key is None else str(key)}
    return f"{reverse('insights-events')}?{urlencode(query)}"


def _key(given: Mapping[str, str]) -> tuple[By, UUID | str | date | None]:
    """Raises Http404 for a row that there can't be."""
    by, key = given.get("by", ""), given.get("key", "")
    try:
        if by == By.WEEK:
            return By.WEEK, date.fromisoformat(key)
        if by == By.WEEKDAY and key in WEEKDAYS:
            return By.WEEKDAY, key
        if by == By.CATEGORY and key == NONE:
            return By.CATEGORY, None
        return By({"category": By.CATEGORY, "calendar": By.CALENDAR}[by]), UUID(key)
    except (KeyError, ValueError) as error:
        raise Http404 from error


def _beside(behind: list[Busy], cursor: Cursor | None, most: int) -> list[Busy]:
    places = [BEHIND.place_of(one) for one in behind]
    if cursor is None:
        return behind[:most]
    if cursor.backwards:
        end = bisect_left(places, cursor.place)
        return behind[max(end - most, 0) : end]
    return behind[bisect_right(places, cursor.place) :][:most]


def _event(one: Busy) -> str:
    """Return the address of the event's page; of a series, with this instance."""
    at = f"?at={one.original_start_at.astimezone(UTC):%Y%m%dT%H%M%SZ}" if one.recurring else ""
    return reverse("event", args=[one.event_id]) + at


def _when(one: Busy, reader: Reader) -> str:
    start_at, end_at = _local(one.start, reader), _local(one.end, reader)
    if start_at.date() != end_at.date():
        return span(start_at, end_at)
    return f"{short_weekday_day(start_at.date())}, {span(start_at, end_at)}"


def _useful(result: Insights) -> list[Span]:
    """Return the longest free blocks that are still to come; of a past range, the longest."""
    now = timezone.now().timestamp()
    ahead = [block for block in result.free_blocks if block.start >= now]
    return (ahead or result.free_blocks)[:SHOWN_BLOCKS]


def _block(block: Span, reader: Reader) -> dict[str, Any]:
    start_at, end_at = _local(block.start, reader), _local(block.end, reader)
    day = short_weekday_day(start_at.date())
    return {"on": start_at.date(), "day": day, "start_at": start_at, "end_at": end_at}


def _local(seconds: int, reader: Reader) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).astimezone(reader.zone)


def _hours(hours: float) -> str:
    return _("%(hours)s h") % {"hours": number(round(hours, 1))}
