"""The grid of the month and of a few weeks, as HTML. Strings for the reason that chip.py gives."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.local_time import short_day_month, weekday_day, weekdays
from calendars.pages.chip import ChipLook, chip, title_of
from calendars.pages.slots import day_slot
from calendars.timeline.day_entry import DayEntry
from calendars.timeline.days import COUNTED
from calendars.timeline.grid_week import GridDay, GridWeek
from calendars.timeline.month import MonthView
from config.web.markup import markup


def column_heads(view: MonthView, *, numbered: bool) -> SafeString:
    """Return the cells of the head: a column for the week's number, then the weekdays."""
    first = view.start_on.weekday()
    names = zip(weekdays(first, "abbreviated"), weekdays(first), strict=True)
    cells = [
        f'<th scope="col"><span aria-hidden="true">{escape(short)}</span>'
        f'<span class="visually-hidden">{escape(name)}</span></th>'
        for short, name in names
    ]
    if numbered:
        cells.insert(
            0, f'<th class="week-number"><span class="visually-hidden">{_("Week")}</span></th>'
        )
    return markup("".join(cells))


def week_rows(view: MonthView, look: ChipLook, *, numbered: bool) -> SafeString:
    """Return the weeks as rows of a table."""
    return markup("".join(_row(week, look, numbered=numbered) for week in view.weeks))


def _row(week: GridWeek, look: ChipLook, *, numbered: bool) -> str:
    cells = "".join(_cell(day, look) for day in week.days)
    return f"<tr>{_week_number(week) if numbered else ''}{cells}</tr>"


def _week_number(week: GridWeek) -> str:
    address = f"/calendar/week/{week.days[0].on}/"
    words = escape(_("Week %(number)s") % {"number": week.number})
    return (
        f'<th class="week-number" scope="row"><a href="{address}" aria-label="{words}">'
        f"{week.number}</a></th>"
    )


def _cell(day: GridDay, look: ChipLook) -> str:
    states = {"outside": not day.in_month, "is-today": day.is_today, "weekend": day.is_weekend}
    classes = " ".join(["day", *(name for name, holds in states.items() if holds)])
    address = f"/calendar/day/{day.on}/"
    return (
        f'<td class="{classes}">{day_slot(day.on)}{_number(day, address)}'
        f"{''.join(_bar(bar, look) for bar in day.bars)}{_rest(day, address)}</td>"
    )


def _number(day: GridDay, address: str) -> str:
    on = day.on
    current = ' aria-current="date"' if day.is_today else ""
    shown = short_day_month(on) if on.day == 1 else str(on.day)
    return (
        f'<a class="day-number" id="day-{on}" href="{address}"{current}><time datetime="{on}">'
        f'<span aria-hidden="true">{escape(shown)}</span><span class="visually-hidden">'
        f"{escape(weekday_day(on))}{_count(day)}</span></time></a>"
    )


def _count(day: GridDay) -> str:
    if not day.total:
        return ""
    if not day.is_counted:
        return ", " + escape(_("more than %(count)s events") % {"count": COUNTED})
    words = ngettext("%(count)s event", "%(count)s events", day.total) % {"count": day.total}
    return f", {escape(words)}"


def _bar(bar: DayEntry, look: ChipLook) -> str:
    if not bar.days:  # covered by the chip of a day before
        words = _("%(title)s, continued") % {"title": title_of(bar.entry)}
        return f'<span class="visually-hidden">{escape(words)}</span>'
    span = f" d{bar.days}" if bar.days > 1 else ""
    return chip(bar, look, extra=f"l{bar.lane} s{bar.fits_from}{span}")


def _rest(day: GridDay, address: str) -> str:
    """Return "+n" with a number for each number of lanes that fit; month.css shows the right one:
    `s3` from three lanes on, `u5` under five lanes."""
    if not day.rests:
        return ""
    last = day.rests[-1].last
    under = f" u{last + 1}" if last else ""
    numbers = "".join(_numbers(day))
    words = escape(_("more events on %(day)s") % {"day": weekday_day(day.on)})
    return (
        f'<a class="more{under}" href="{address}">{numbers}'
        f'<span class="visually-hidden"> {words}</span></a>'
    )


def _numbers(day: GridDay) -> Iterator[str]:
    for rest in day.rests:
        classes = f"s{rest.first}" + (f" u{rest.last + 1}" if rest.last else "")
        shown = f"+{rest.count}" if day.is_counted else f"&gt;{rest.count - 1}"
        yield f'<span class="{classes}">{shown}</span>'
