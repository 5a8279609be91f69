"""A recurrence in plain words, in the reader's language: "Every 2 weeks on Tuesday until 30 June
2027, except 3 dates".

Pure: no query, no clock. A rule without a short wording is shown as it is, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.local_time import clock, day, day_month, month_name, number
from calendars.rfc5545.recurrence.expansion import Series
from calendars.rfc5545.recurrence.lines import RecurrenceLines, parse_lines
from calendars.rfc5545.recurrence.rules import Frequency, Moment, Rule
from calendars.rfc5545.time_zones.definitions import event_zone
from calendars.timeline.day_words import (
    all_of,
    any_of,
    counted,
    day_of_month,
    in_order,
    plain_days,
    the_nth,
    weekday_name,
    weekday_names,
)

MOST_TIMES = 6  # of a day, in words
LONGEST_SHOWN = 300
_WORKDAYS, _WEEKEND, _WEEK = (0, 1, 2, 3, 4), (5, 6), tuple(range(7))
_LEAP_YEAR = 2024  # so that 29 February can be named


class NoWords(ValueError):
    """The rule has no short wording."""


class Start(NamedTuple):
    """The local start of a series. `zone_at` converts an instant into a local time."""

    at: datetime
    all_day: bool
    local: Callable[[datetime], datetime]


def recurrence_words(series: Series, *, cancelled: int = 0) -> str:
    """Return how the series repeats; `cancelled` is the number of instances that were cancelled.

    Never raises, whatever the lines are.
    """
    try:
        lines, start = parse_lines(series.recurrence), start_of(series)
    except (ValueError, OverflowError):  # InvalidRecurrence is one
        return _("Repeats by a rule that Daybook can't read.")
    try:
        return _lines(lines, start, cancelled)
    except (NoWords, ValueError, OverflowError):
        rule = " ".join(series.recurrence)[:LONGEST_SHOWN]
        return _("Repeats by a rule that has no short wording: %(rule)s") % {"rule": rule}


def start_of(series: Series) -> Start:
    zone = UTC if series.all_day else event_zone(series.time_zone, series.zone_definition)

    def local(at: datetime) -> datetime:
        return at.astimezone(zone).replace(tzinfo=None)

    return Start(local(series.start_at), series.all_day, local)


def _lines(lines: RecurrenceLines, start: Start, cancelled: int) -> str:
    words = _rules(lines.rules, start) if lines.rules else _dates_only(lines, start)
    if lines.rules and lines.dates:
        added = len({listed.start for listed in lines.dates})
        words = ngettext(
            "%(words)s, and on %(count)s more date", "%(words)s, and on %(count)s more dates", added
        ) % {"words": words, "count": number(added)}
    for rule in lines.excluded_rules:
        words = _("%(words)s, but not %(rule)s") % {"words": words, "rule": _inside(rule, start)}
    if left_out := len({listed.start for listed in lines.excluded_dates}) + cancelled:
        words = ngettext(
            "%(words)s, except %(count)s date", "%(words)s, except %(count)s dates", left_out
        ) % {"words": words, "count": number(left_out)}
    return words


def _dates_only(lines: RecurrenceLines, start: Start) -> str:
    dates = {start.at} | {listed.start.at for listed in lines.dates}
    return ngettext("On %(count)s date", "On %(count)s dates", len(dates)) % {
        "count": number(len(dates))
    }


def _rules(rules: Sequence[Rule], start: Start) -> str:
    words = _rule(rules[0], start)
    for rule in rules[1:]:
        words = _("%(words)s; also %(rule)s") % {"words": words, "rule": _inside(rule, start)}
    return words


def _inside(rule: Rule, start: Start) -> str:
    """Return a rule's words for the middle of a sentence."""
    words = _rule(rule, start)
    return words[:1].lower() + words[1:]


def _rule(rule: Rule, start: Start) -> str:
    anchored = rule.anchored_at(start.at)
    parts = _DAYS[rule.frequency](rule, anchored)
    words = " ".join(filter(None, (*parts, _times(rule, anchored, start))))
    if rule.until is not None:
        until = day(last_day(rule.until, start))
        words = _("%(words)s until %(day)s") % {"words": words, "day": until}
    if rule.count is not None:
        words = ngettext("%(words)s, once", "%(words)s, %(count)s times", rule.count) % {
            "words": words,
            "count": number(rule.count),
        }
    return words


def last_day(until: Moment, start: Start) -> date:
    """Return the last day on which the rule can happen: an UNTIL before its time of day leaves the
    day before."""
    if until.form == "date" or start.all_day:
        return until.at.date()
    at = start.local(until.at.replace(tzinfo=UTC)) if until.form == "utc" else until.at
    return at.date() - timedelta(days=at.time() < start.at.time())


def _every(frequency: Frequency, interval: int) -> str:
    words = {
        Frequency.YEARLY: ngettext("Every year", "Every %(count)s years", interval),
        Frequency.MONTHLY: ngettext("Every month", "Every %(count)s months", interval),
        Frequency.WEEKLY: ngettext("Every week", "Every %(count)s weeks", interval),
        Frequency.DAILY: ngettext("Every day", "Every %(count)s days", interval),
        Frequency.HOURLY: ngettext("Every hour", "Every %(count)s hours", interval),
        Frequency.MINUTELY: ngettext("Every minute", "Every %(count)s minutes", interval),
        Frequency.SECONDLY: ngettext("Every second", "Every %(count)s seconds", interval),
    }
    return words[frequency] % {"count": number(interval)}


# --- The days of each frequency -----------------------------------------------------------------
def _of_short_units(rule: Rule, anchored: Rule) -> Iterator[str]:
    """Hours, minutes and seconds, on any day or on some weekdays."""
    if rule.hours or rule.minutes or rule.seconds or rule.positions or rule.year_days:
        raise NoWords
    yield _every(rule.frequency, rule.interval)
    yield from _limits(rule)


def _of_days(rule: Rule, anchored: Rule) -> Iterator[str]:
    if rule.positions:
        raise NoWords
    if rule.weekdays and rule.interval == 1 and not rule.month_days:
        yield from _of_weeks(rule, rule)
        return
    yield _every(rule.frequency, rule.interval)
    yield from _limits(rule)


def _limits(rule: Rule) -> Iterator[str]:
    """What only leaves days out."""
    if rule.month_days:
        raise NoWords
    if rule.weekdays:
        names = any_of(weekday_names(rule.weekdays))
        yield _("if that is a %(weekdays)s") % {"weekdays": names}
    yield _in_months(rule.months)


def _of_weeks(rule: Rule, anchored: Rule) -> Iterator[str]:
    if rule.positions:
        raise NoWords
    weekdays_of_it = plain_days(anchored.weekdays)
    if weekdays_of_it == _WEEK:
        yield _every(Frequency.DAILY if rule.interval == 1 else Frequency.WEEKLY, rule.interval)
        if rule.interval > 1:
            yield _("on each day")
    elif weekdays_of_it == _WORKDAYS:
        yield _every(Frequency.WEEKLY, rule.interval)
        first, last = (weekday_name(which) for which in (0, 4))
        yield _("from %(first)s to %(last)s") % {"first": first, "last": last}
    else:
        yield _every(Frequency.WEEKLY, rule.interval)
        yield _on(weekday_names(anchored.weekdays))
    yield _in_months(rule.months)


def _of_months(rule: Rule, anchored: Rule) -> Iterator[str]:
    yield _every(rule.frequency, rule.interval)
    yield _on_days_of_month(anchored)
    yield _in_months(rule.months)


def _of_years(rule: Rule, anchored: Rule) -> Iterator[str]:
    yield _every(rule.frequency, rule.interval)
    if rule.week_numbers:
        yield from _in_weeks(rule, anchored)
    elif rule.year_days:
        yield _on_days_of_year(rule)
    elif anchored.weekdays and not anchored.months:
        yield _on_weekdays_of_year(anchored)
    elif dates := _dates_of_year(anchored):
        yield _on(dates)
    elif anchored.positions and len(anchored.months) > 1:
        raise NoWords  # the positions count over all months together
    else:
        yield _on_days_of_month(anchored)
        yield _in_months(anchored.months) or _("of each month")


_DAYS: dict[Frequency, Callable[[Rule, Rule], Iterator[str]]] = {
    Frequency.YEARLY: _of_years,
    Frequency.MONTHLY: _of_months,
    Frequency.WEEKLY: _of_weeks,
    Frequency.DAILY: _of_days,
    Frequency.HOURLY: _of_short_units,
    Frequency.MINUTELY: _of_short_units,
    Frequency.SECONDLY: _of_short_units,
}


def _on_days_of_month(rule: Rule) -> str:
    if rule.positions:
        return _on([the_nth(place, _any_day_of(rule)) for place in counted(rule.positions)])
    if not rule.weekdays:
        return _on([day_of_month(one) for one in counted(rule.month_days)])
    has_places = {bool(weekday.nth) for weekday in rule.weekdays}
    if rule.month_days and has_places == {False}:
        return _on_dates_with_weekday(rule)
    if rule.month_days or len(has_places) > 1:
        raise NoWords
    if has_places == {False}:
        return _("on each %(weekday)s") % {"weekday": all_of(weekday_names(rule.weekdays))}
    return _on([the_nth(one.nth, weekday_name(one.day)) for one in in_order(rule.weekdays)])


def _on_dates_with_weekday(rule: Rule) -> str:
    return _("on %(days)s if that is a %(weekdays)s") % {
        "days": all_of([day_of_month(one) for one in counted(rule.month_days)]),
        "weekdays": any_of(weekday_names(rule.weekdays)),
    }


def _any_day_of(rule: Rule) -> str:
    """Return the word for one of the days from which BYSETPOS picks."""
    if rule.month_days or any(weekday.nth for weekday in rule.weekdays):
        raise NoWords
    days = plain_days(rule.weekdays)
    if days == _WEEK:
        return pgettext("the last day", "day")
    if days == _WORKDAYS:
        first, last = weekday_name(0), weekday_name(4)
        return _("weekday (%(first)s to %(last)s)") % {"first": first, "last": last}
    if days == _WEEKEND:
        return _("weekend day (%(days)s)") % {"days": any_of(weekday_names(rule.weekdays))}
    if len(days) == 1:
        return weekday_name(days[0])
    return _("day that is a %(weekdays)s") % {"weekdays": any_of(weekday_names(rule.weekdays))}


def _dates_of_year(rule: Rule) -> list[str]:
    """Return "12 December" and more, or [] if they aren't simply dates."""
    if rule.weekdays or rule.positions or len(rule.months) != 1 or min(rule.month_days) < 1:
        return []
    try:
        return [day_month(date(_LEAP_YEAR, rule.months[0], one)) for one in rule.month_days]
    except ValueError:  # 30 February
        return []


def _on_weekdays_of_year(rule: Rule) -> str:
    places = {bool(weekday.nth) for weekday in rule.weekdays}
    if rule.positions or rule.month_days or len(places) > 1:
        raise NoWords
    if places == {False}:
        return _("on each %(weekday)s") % {"weekday": all_of(weekday_names(rule.weekdays))}
    named = [the_nth(one.nth, weekday_name(one.day)) for one in in_order(rule.weekdays)]
    return _("on %(days)s of the year") % {"days": all_of(named)}


def _on_days_of_year(rule: Rule) -> str:
    if rule.weekdays or rule.month_days or rule.months or rule.positions:
        raise NoWords
    one = pgettext("the last day", "day")
    named = [the_nth(place, one) for place in counted(rule.year_days)]
    return _("on %(days)s of the year") % {"days": all_of(named)}


def _in_weeks(rule: Rule, anchored: Rule) -> Iterator[str]:
    has_more = rule.months or rule.month_days or rule.year_days or rule.positions
    if has_more or min(rule.week_numbers) < 1 or any(one.nth for one in anchored.weekdays):
        raise NoWords
    yield _on(weekday_names(anchored.weekdays))
    weeks = all_of([number(week) for week in rule.week_numbers])
    yield ngettext("of week %(weeks)s", "of weeks %(weeks)s", len(rule.week_numbers)) % {
        "weeks": weeks
    }


def _in_months(months: Sequence[int]) -> str:
    if not months:
        return ""
    names = all_of([month_name(date(_LEAP_YEAR, month, 1)) for month in months])
    return _("in %(months)s") % {"months": names}


def _times(rule: Rule, anchored: Rule, start: Start) -> str:
    """Return the times of day, if they aren't just the start's."""
    if start.all_day or rule.frequency >= Frequency.HOURLY:
        return ""
    if not (rule.hours or rule.minutes or rule.seconds):
        return ""
    if anchored.seconds not in ((0,), (start.at.second,)):
        raise NoWords
    times = [time(hour, minute) for hour, minute in product(anchored.hours, anchored.minutes)]
    if times == [time(start.at.hour, start.at.minute)]:
        return ""
    if len(times) > MOST_TIMES or rule.positions:
        raise NoWords
    return _("at %(times)s") % {"times": all_of([clock(at) for at in times])}


def _on(days: Sequence[str]) -> str:
    return _("on %(days)s") % {"days": all_of(days)}
