"""Dates as people write them, and the rule of a day in a person's life."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils import timezone

from profiles.fields.locale import day_comes_first
from profiles.fields.rules import NO_VALUES, Value, Values, text_of, tidy

# With hyphens, or in ISO 8601's basic form: a phone's keyboard of numbers has no hyphen.
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_ISO_BASIC = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_SLASHED = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRule:
    """A real day, not to come, not over `years` ago.

    Where day and month could be swapped, the order decides that is usual in the `language` and
    the `country`, which are paths. `floor` is the timeless part of the limit in the past and all
    that a CHECK can hold: a row must stay valid as it ages, so the moving limit is judged only
    when the value is given.
    """

    label: str
    years: int
    floor: datetime.date
    language: str
    country: str
    depends_on: tuple[str, ...] = ()

    @property
    def hints(self) -> tuple[str, ...]:
        return (self.language, self.country)

    def clean(self, value: object, around: Values = NO_VALUES) -> datetime.date | None:
        """Takes a date, YYYY-MM-DD, MM/DD/YYYY or DD/MM/YYYY, also with one digit for two; and
        YYYYMMDD.

        Raises ValidationError with the code and the message for people.
        """
        day = value if isinstance(value, datetime.date) else self._read(value, around)
        if day is None:
            return None
        today = timezone.now().date()
        if day > today:
            raise ValidationError("This date is in the future.", code="date_in_future")
        if day < max(self.floor, _years_before(today, self.years)):
            raise ValidationError(
                f"This date is more than {self.years} years ago.", code="date_too_old"
            )
        return day

    def show(self, value: Value, around: Values = NO_VALUES) -> str:
        return text_of(value)

    def _read(self, value: object, around: Values) -> datetime.date | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise ValidationError("This must be text.", code="not_text")
        text = tidy(value)
        if not text:
            return None
        if iso := _ISO.fullmatch(text) or _ISO_BASIC.fullmatch(text):
            return _only_reading([_day(*map(int, iso.groups()))])
        if slashed := _SLASHED.fullmatch(text):
            first, second, year = map(int, slashed.groups())
            return _read_slashed(first, second, year, self._day_first(around))
        raise ValidationError(
            "Enter the date as YYYY-MM-DD, such as 1990-12-31.", code="invalid_date"
        )

    def _day_first(self, around: Values) -> bool | None:
        return day_comes_first(
            text_of(around.get(self.language)), text_of(around.get(self.country))
        )


def _read_slashed(first: int, second: int, year: int, day_first: bool | None) -> datetime.date:
    as_day_first, as_month_first = _day(year, second, first), _day(year, first, second)
    readings = {day for day in (as_day_first, as_month_first) if day}
    if len(readings) < 2:
        return _only_reading(list(readings))
    if day_first is None:
        one, other = sorted(day.isoformat() for day in readings)
        raise ValidationError(
            f"This could be {one} or {other}. Enter the date you mean in that form.",
            code="ambiguous_date",
        )
    return _only_reading([as_day_first if day_first else as_month_first])


def _only_reading(days: list[datetime.date | None]) -> datetime.date:
    if days and days[0]:
        return days[0]
    raise ValidationError("This date doesn't exist.", code="invalid_date")


def _day(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def _years_before(day: datetime.date, years: int) -> datetime.date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February, and no leap year then
        return day.replace(year=day.year - years, day=28)
