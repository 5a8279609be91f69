"""Numbers and dates in what others send: read within bounds, or not at all. Nothing here raises."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.http import parse_http_date_safe

_LONGEST_DATE = 40  # the longest form has 33 characters
_LONGEST_NUMBER = 19  # digits of 2**63 - 1
_SAME_AS_GMT = re.compile(r"(?:[+-]0000|UTC|Z)\Z")
# Years that every zone and every offset can show.
EARLIEST, LATEST = datetime(2, 1, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)


def whole_number(text: str, *, most: int) -> int | None:
    """An unsigned decimal of ASCII digits. None where it is no such number, or more than `most`."""
    if not (0 < len(text) <= _LONGEST_NUMBER and text.isascii() and text.isdecimal()):
        return None
    number = int(text)
    return number if number <= most else None


def http_date(text: str) -> datetime | None:
    """A date in any of the three forms of RFC 9110 section 5.6.7, in UTC; None where it is none.

    A zone other than GMT is against the RFC; those that mean the same are read all the same.
    """
    if len(text) > _LONGEST_DATE:
        return None
    seconds = parse_http_date_safe(_SAME_AS_GMT.sub("GMT", text.strip()))
    return None if seconds is None else _moment(seconds)


def epoch_milliseconds(value: Any) -> datetime | None:
    """A moment that JSON tells as milliseconds since 1970, in digits or as a number."""
    number = whole_number(str(value), most=10**15) if _is_short(value) else None
    return None if number is None else _moment(number / 1000)


def seconds_between(value: Any, *, least: float, most: float) -> float | None:
    """A length of time in seconds, as a number or its digits, brought within the bounds.

    None where it is no number.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        value = whole_number(value.strip(), most=10**_LONGEST_NUMBER)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    return float(min(max(value, least), most))


def is_in_range(moment: datetime) -> bool:
    """Whether an aware moment can be shown in any zone."""
    return EARLIEST <= moment < LATEST


def _is_short(value: Any) -> bool:
    """A number of thousands of digits is not even turned into text."""
    return isinstance(value, str) or (isinstance(value, int) and abs(value) < 10**_LONGEST_NUMBER)


def _moment(seconds: float) -> datetime | None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    return moment if is_in_range(moment) else None
