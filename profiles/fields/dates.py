"""Date rules: parse a date as users type it and check its limits."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from config.web.problems import Words
from profiles.fields.locale import day_comes_first
from profiles.fields.rules import NO_VALUES, Value, Values, text_of, tidy

# With hyphens, or in ISO 8601's basic format: a phone's numeric keyboard has no hyphen.
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_ISO_BASIC = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_SLASHED = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRule:
    """The rule of a past date that is at most `years` ago.

    If day and month could be swapped, the order follows the paths `language` and `country`. `floor`
    is the fixed part of the lower limit, and all that a CHECK can contain: a row must stay valid as
    it ages, so the moving limit is checked only when the value is set.
    """

    label: Words
    years: int
    floor: datetime.date
    language: str
    country: str
    depends_on: tuple[str, ...] = ()

    @property
    def hints(self) -> tuple[str, ...]:
        return (self.language, self.country)

    def clean(self, value: object, around: Values = NO_VALUES) -> datetime.date | None:
        """Return the date of a date, YYYYMMDD, or YYYY-MM-DD, MM/DD/YYYY or DD/MM/YYYY, in which
        day and month may have one digit.

        Raises ValidationError with a code and a message.
        """
        day = value if isinstance(value, datetime.date) else self._read(value, around)
        if day is None:
            return None
        today = timezone.now().date()
        if day > today:
            raise ValidationError(_("This date is in the future."), code="date_in_future")
        if day < max(self.floor, _years_before(today, self.years)):
            raise ValidationError(
                _("This date is more than %(years)s years ago.") % {"years": self.years},
                code="date_too_old",
            )
        return day

    def show(self, value: Value, around: Values = NO_VALUES) -> str:
        return text_of(value)

    def _read(self, value: object, around: Values) -> datetime.date | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise ValidationError(_("This must be text."), code="not_text")
        text = tidy(value)
        if not text:
            return None
        if iso := _ISO.fullmatch(text) or _ISO_BASIC.fullmatch(text):
            return _only_reading([_day(*map(int, iso.groups()))])
        if slashed := _SLASHED.fullmatch(text):
            first, second, year = map(int, slashed.groups())
            return _read_slashed(first, second, year, self._day_first(around))
        raise ValidationError(
            _("Enter the date as YYYY-MM-DD, such as 1990-12-31."), code="invalid_date"
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
            _("This could be %(one)s or %(other)s. Enter the date you mean in that form.")
            % {"one": one, "other": other},
            code="ambiguous_date",
        )
    return _only_reading([as_day_first if day_first else as_month_first])


def _only_reading(days: list[datetime.date | None]) -> datetime.date:
    if days and days[0]:
        return days[0]
    raise ValidationError(_("This date doesn't exist."), code="invalid_date")


def _day(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def _years_before(day: datetime.date, years: int) -> datetime.date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February, and not a leap year then
        return day.replace(year=day.year - years, day=28)
