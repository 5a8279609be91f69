"""The gutter beside the columns of the week and the day: the hours, in one or two zones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from accounts.local_time import city, clock, hour
from calendars.pages.columns import place
from calendars.timeline.ruler import SLOTS_OF_HOUR, Hour, Ruler


@dataclass(frozen=True, slots=True)
class Tick:
    """A label of the gutter: the time, and the time in the second zone."""

    place: str
    time: str
    other: str


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone as the corner names it: its place, and its offset on the labelled day."""

    key: str
    place: str
    offset: str
    is_second: bool


@dataclass(frozen=True, slots=True)
class Gutter:
    """The labels of the hours in one or two zones. `on` is the day whose hours are labelled."""

    on: date
    zone: ZoneInfo
    second: ZoneInfo | None

    @property
    def zones(self) -> list[Zone]:
        """Return the zones from the left: the second one, then the one of the columns."""
        found = [self.second, self.zone] if self.second else [self.zone]
        noon = self._noon(self.on)
        return [
            Zone(one.key, place_of(one), _offset_name(noon, one), one is self.second)
            for one in found
        ]

    def ticks(self, ruler: Ruler) -> list[Tick]:
        return [
            Tick(place(number * SLOTS_OF_HOUR), self._time(each), self._other(each))
            for number, each in enumerate(ruler.hours)
        ]

    def shift_of(self, on: date) -> str:
        """Return by how much the second zone's labels are wrong on a day, because the clocks of one
        zone changed in between."""
        minutes = self._apart(on) - self._apart(self.on) if self.second else 0
        if not minutes or self.second is None:
            return ""
        hours, rest = divmod(abs(minutes), 60)
        shift = f"{'+' if minutes > 0 else '−'}{hours}{f':{rest:02}' if rest else ''}"  # noqa: RUF001
        return _("%(place)s %(hours)s h") % {"place": place_of(self.second), "hours": shift}

    def _time(self, each: Hour) -> str:
        if each.repeated is None:
            return hour(each.clock)
        return clock(datetime.combine(each.repeated, each.clock, self.zone).replace(fold=1))

    def _other(self, each: Hour) -> str:
        if self.second is None:
            return ""
        on, fold = (each.repeated, 1) if each.repeated else (self.on, 0)
        at = datetime.combine(on, each.clock, self.zone).replace(fold=fold).astimezone(self.second)
        return clock(at) if at.minute else hour(at)

    def _noon(self, on: date) -> datetime:
        return datetime.combine(on, time(12), self.zone)

    def _apart(self, on: date) -> int:
        """Return by how many minutes the second zone is ahead at noon."""
        noon = self._noon(on)
        there = noon.astimezone(self.second).utcoffset() or timedelta()
        return int((there - (noon.utcoffset() or timedelta())).total_seconds()) // 60


def place_of(zone: ZoneInfo) -> str:
    """Return the name of a zone's place: Tokyo for Asia/Tokyo, UTC for Etc/UTC."""
    area, _slash, name = zone.key.rpartition("/")
    return city(zone.key) if area and area != "Etc" else name


def _offset_name(at: datetime, zone: ZoneInfo) -> str:
    """Return "UTC+5:45"."""
    minutes = int((at.astimezone(zone).utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    sign = "−" if minutes < 0 else "+"  # noqa: RUF001
    return f"UTC{sign}{hours}{f':{rest:02}' if rest else ''}" if minutes else "UTC"
