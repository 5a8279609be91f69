"""The reminders of an event in plain words: "10 minutes before"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.local_time import number

MOST = 10
_HOUR, _DAY, _WEEK = 60, 1_440, 10_080


def reminder_words(reminders: Mapping[str, Any]) -> list[str]:
    """Return one text per reminder, the earliest first. Reads Google's form, whatever it holds."""
    if reminders.get("useDefault") is True:
        return [_("The default reminders of the calendar")]
    found = sorted(set(_overrides(reminders)), reverse=True)
    return [_words(minutes, method) for minutes, method in found[:MOST]]


def _overrides(reminders: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    overrides = reminders.get("overrides")
    for one in overrides if isinstance(overrides, list) else []:
        minutes = one.get("minutes") if isinstance(one, Mapping) else None
        if isinstance(minutes, int) and minutes >= 0:
            yield minutes, str(one.get("method") or "popup")


def _words(minutes: int, method: str) -> str:
    words = _before(minutes)
    return _("%(reminder)s, by email") % {"reminder": words} if method == "email" else words


def _before(minutes: int) -> str:
    if not minutes:
        return _("When it starts")
    if minutes % _WEEK == 0:
        count, words = minutes // _WEEK, _weeks(minutes // _WEEK)
    elif minutes % _DAY == 0:
        count, words = minutes // _DAY, _days(minutes // _DAY)
    elif minutes % _HOUR == 0:
        count, words = minutes // _HOUR, _hours(minutes // _HOUR)
    else:
        count, words = (
            minutes,
            ngettext("%(count)s minute before", "%(count)s minutes before", minutes),
        )
    return words % {"count": number(count)}


def _weeks(count: int) -> str:
    return ngettext("%(count)s week before", "%(count)s weeks before", count)


def _days(count: int) -> str:
    return ngettext("%(count)s day before", "%(count)s days before", count)


def _hours(count: int) -> str:
    return ngettext("%(count)s hour before", "%(count)s hours before", count)
