"""Read the times of an entry: DTSTART, DTEND, DURATION and RECURRENCE-ID, as exporters write
them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from calendars.rfc5545.content_lines import Component, Property
from calendars.rfc5545.recurrence import InvalidRecurrence
from calendars.rfc5545.recurrence.lines import Duration, parse_duration
from calendars.rfc5545.recurrence.rules import Moment, parse_moment
from calendars.rfc5545.time_zones.files import FileZone, TimeZones, iana_zone
from calendars.rfc5545.time_zones.names import UnknownTimeZone, to_utc

# Without one of these, an event's times differ from its file.
_TIMES = frozenset(("RRULE", "EXRULE", "RDATE", "EXDATE", "DTEND", "DURATION", "RECURRENCE-ID"))
_MIDNIGHT = time()
_DAY = timedelta(days=1)
_UTC_ZONE = iana_zone("UTC")


class LostPart(NamedTuple):
    """A property that was left out, its raw text, and the reason. `line` is its line in the
    file."""

    line: int
    name: str
    text: str
    reason: str

    @property
    def is_of_times(self) -> bool:
        return self.name in _TIMES


class Losses(list[LostPart]):
    """The parts left out of one event."""

    def take(self, found: Property, reason: str, text: str = "") -> None:
        self.append(LostPart(found.line, found.name, text or found.value, reason))


class RefusedEvent(ValueError):
    """An entry that can't be read, with the reason for users."""


class Span(NamedTuple):
    """The start and end of an event. `duration` is set if the file gives one."""

    start_at: datetime
    end_at: datetime
    all_day: bool
    zone: FileZone
    duration: Duration | None = None


class Identity(NamedTuple):
    """The instance that an exception names. Its zone is None for the zone of the series."""

    moment: Moment
    zone: ZoneInfo | None

    def date_in(self, default: ZoneInfo) -> date:
        """Return the date for an all-day series. Some exporters name the instance by its midnight
        in UTC or in the zone of the exception."""
        at = self.moment.at
        if at.time() == _MIDNIGHT or self.moment.form == "date":
            return at.date()
        if self.moment.form == "utc":
            return at.replace(tzinfo=UTC).astimezone(default).date()
        instant = to_utc(at, self.zone or default)
        return instant.date() if instant.time() == _MIDNIGHT else at.date()


def read_span(component: Component, zones: TimeZones, lost: Losses) -> Span:
    found = component.find("DTSTART")
    if found is None:
        raise RefusedEvent("The start is missing (DTSTART).")
    start = parse_moment(found.value)
    if start.form == "date":
        return _all_day_span(component, zones, start, lost)
    zone = _zone_of(found, start, zones, zones.default, lost)
    start_at = in_utc(start, zone.zone)
    end_at, duration = _read_end(component, zones, Span(start_at, start_at, False, zone), lost)
    if _is_all_day_by_outlook(component, start_at, end_at, zone.zone):
        first, last = start_at.astimezone(zone.zone).date(), end_at.astimezone(zone.zone).date()
        return _dates_span(first.toordinal(), last.toordinal())
    # DTEND before DTSTART is an exporter's error: the event gets no duration.
    return Span(start_at, max(start_at, end_at), False, zone, duration)


def read_identity(component: Component, zones: TimeZones, lost: Losses) -> Identity | None:
    """Read the RECURRENCE-ID. Raises InvalidRecurrence: an exception of an unknown instance
    replaces none."""
    found = component.find("RECURRENCE-ID")
    if found is None:
        return None
    moment, tzid = parse_moment(found.value), found.parameters.get("TZID", "")
    if moment.form == "date":
        return Identity(moment, None)
    try:
        return Identity(moment, zones.find(tzid).zone if tzid else None)
    except UnknownTimeZone as error:
        if moment.form == "local":
            lost.take(found, f"{error} The time was read in the time zone of the series.")
        return Identity(moment, None)


def in_utc(moment: Moment, zone: ZoneInfo) -> datetime:
    return moment.at.replace(tzinfo=UTC) if moment.form == "utc" else to_utc(moment.at, zone)


def _zone_of(
    found: Property, moment: Moment, zones: TimeZones, default: FileZone, lost: Losses
) -> FileZone:
    tzid = found.parameters.get("TZID", "")
    if not tzid:
        return _UTC_ZONE if moment.form == "utc" else default
    try:
        return zones.find(tzid)
    except UnknownTimeZone as error:
        if moment.form != "utc":
            raise
        lost.take(found, f"{error} The time was read as UTC.")
        return _UTC_ZONE


def _read_end(
    component: Component, zones: TimeZones, start: Span, lost: Losses
) -> tuple[datetime, Duration | None]:
    found = component.find("DTEND")
    if found is not None:
        try:
            end = parse_moment(found.value)
            return in_utc(end, _zone_of(found, end, zones, start.zone, lost).zone), None
        except (InvalidRecurrence, UnknownTimeZone) as error:
            lost.take(found, str(error))
    duration = _read_duration(component, lost)
    if duration is None:
        return start.start_at, None
    return duration.end_of(start.start_at, start.zone.zone), duration


def _read_duration(component: Component, lost: Losses) -> Duration | None:
    found = component.find("DURATION")
    if found is None or not found.value.strip():
        return None
    try:
        return parse_duration(found.value)
    except InvalidRecurrence as error:
        lost.take(found, str(error))
        return None


def _all_day_span(component: Component, zones: TimeZones, start: Moment, lost: Losses) -> Span:
    first = start.at.toordinal()
    end = _read_last_date(component, lost)
    if end is None:
        duration = _read_duration(component, lost)
        # Hours within a day include the whole day.
        return _dates_span(first, first - (-duration.exact // _DAY) if duration else first + 1)
    if end.form == "utc":
        zone = zones.default.zone
        end = Moment(in_utc(end, zone).astimezone(zone).replace(tzinfo=None), "local")
    # An end within a day includes the whole day.
    return _dates_span(first, end.at.toordinal() + (end.at.time() > _MIDNIGHT))


def _read_last_date(component: Component, lost: Losses) -> Moment | None:
    found = component.find("DTEND")
    try:
        return parse_moment(found.value) if found else None
    except InvalidRecurrence as error:
        if found:
            lost.take(found, str(error))
        return None


def _dates_span(first: int, last: int) -> Span:
    """Return the span from the first date to the exclusive last date; at least one day, also if an
    exporter writes the same date twice."""
    start, end = datetime.fromordinal(first), datetime.fromordinal(max(last, first + 1))
    return Span(start.replace(tzinfo=UTC), end.replace(tzinfo=UTC), True, _UTC_ZONE)


def _is_all_day_by_outlook(
    component: Component, start_at: datetime, end_at: datetime, zone: ZoneInfo
) -> bool:
    is_marked = component.text("X-MICROSOFT-CDO-ALLDAYEVENT").upper() == "TRUE"
    if not is_marked:
        return False
    return {at.astimezone(zone).time() for at in (start_at, end_at)} == {_MIDNIGHT}
