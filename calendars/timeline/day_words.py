"""The days of a rule in words: weekdays, places such as "the second to last", and lists of them."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.local_time import number, weekdays
from calendars.rfc5545.recurrence.rules import Weekday


def all_of(items: Sequence[str]) -> str:
    """Return "a, b and c"."""
    *others, last = items
    return (
        _("%(first)s and %(last)s") % {"first": ", ".join(others), "last": last} if others else last
    )


def any_of(items: Sequence[str]) -> str:
    *others, last = items
    return (
        _("%(first)s or %(last)s") % {"first": ", ".join(others), "last": last} if others else last
    )


def weekday_name(weekday: int) -> str:
    return weekdays()[weekday]


def weekday_names(given: Sequence[Weekday]) -> list[str]:
    return [weekday_name(which) for which in plain_days(given)]


def plain_days(given: Sequence[Weekday]) -> tuple[int, ...]:
    return tuple(sorted({weekday.day for weekday in given}))


def counted(places: Sequence[int]) -> list[int]:
    """Sort by place: from the start, then those from the end."""
    return sorted(places, key=lambda place: (place < 0, place))


def in_order(given: Sequence[Weekday]) -> list[Weekday]:
    return sorted(given, key=lambda one: (one.nth < 0, one.nth, one.day))


def day_of_month(place: int) -> str:
    if place > 0:
        return _("the %(ordinal)s") % {"ordinal": _numeric_ordinal(place)}
    return the_nth(place, pgettext("the last day", "day"))


def the_nth(place: int, what: str) -> str:
    return _("the %(ordinal)s %(what)s") % {"ordinal": _ordinal(place), "what": what}


def _ordinal(place: int) -> str:
    words = {
        1: pgettext("ordinal", "first"),
        2: pgettext("ordinal", "second"),
        3: pgettext("ordinal", "third"),
        4: pgettext("ordinal", "fourth"),
        5: pgettext("ordinal", "fifth"),
        -1: pgettext("ordinal", "last"),
        -2: pgettext("ordinal", "second to last"),
        -3: pgettext("ordinal", "third to last"),
    }
    if place in words:
        return words[place]
    if place > 0:
        return _numeric_ordinal(place)
    return pgettext("ordinal", "%(ordinal)s to last") % {"ordinal": _numeric_ordinal(-place)}


def _numeric_ordinal(place: int) -> str:
    """Return 1st, 2nd, 3rd, 4th, 11th. Languages without such endings translate all four alike."""
    if place % 100 in (11, 12, 13):
        pattern = pgettext("ordinal", "%(number)sth")
    elif place % 10 == 1:
        pattern = pgettext("ordinal", "%(number)sst")
    elif place % 10 == 2:
        pattern = pgettext("ordinal", "%(number)snd")
    elif place % 10 == 3:
        pattern = pgettext("ordinal", "%(number)srd")
    else:
        pattern = pgettext("ordinal", "%(number)sth")
    return pattern % {"number": number(place)}
