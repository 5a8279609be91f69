"""The entries of a day as rows of a list, as HTML: in the agenda, and in the list of a day."""

from __future__ import annotations

from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.local_time import duration, full_day, month_name, weekday, weekday_day
from calendars.pages.chip import ChipLook, chip
from calendars.timeline.agenda import AgendaDay, AgendaView, Gap
from calendars.timeline.day_entry import DayEntry
from config.web.markup import markup

LONGEST_PLACE = 60


def agenda_days(view: AgendaView, look: ChipLook) -> SafeString:
    return markup("".join(_section(day, look) for day in view.days))


def day_rows(day: AgendaDay, look: ChipLook) -> SafeString:
    """Return the day's list and the link to what it leaves out."""
    if not day.entries:
        return markup(f'<p class="agenda-nothing">{escape(_("Nothing planned"))}</p>')
    rows = "".join(_gap(row) if isinstance(row, Gap) else _entry(row, look) for row in day.rows)
    return markup(f'<ul class="agenda-rows">{rows}</ul>{_rest(day)}')


def _section(day: AgendaDay, look: ChipLook) -> str:
    on = day.on
    today = f' <span class="agenda-today">{escape(_("Today"))}</span>' if day.is_today else ""
    return (
        f'<section class="agenda-day{" on-today" if day.is_today else ""}"'
        f' aria-labelledby="day-{on}"><h2 id="day-{on}"><a href="/calendar/day/{on}/">'
        f'<time datetime="{on}"><span class="visually-hidden">{escape(full_day(on))}</span>'
        f'<span class="agenda-date" aria-hidden="true"><b>{on.day}</b>'
        f"<span>{escape(weekday(on))}</span><small>{escape(month_name(on))}</small></span>"
        f"</time></a>{today}</h2>"
        f"<div>{day_rows(day, look)}</div></section>"
    )


def _entry(shown: DayEntry, look: ChipLook) -> str:
    place = shown.entry.location.strip().partition("\n")[0]
    if len(place) > LONGEST_PLACE:
        place = f"{place[:LONGEST_PLACE].rstrip()}…"
    where = f'<span class="agenda-where">{escape(place)}</span>' if place else ""
    when = escape(shown.when_by(look.clock)).replace("–", "–<wbr>")  # noqa: RUF001
    return (
        f'<li class="agenda-row"><span class="agenda-when">{when}</span>'
        f"{chip(shown, look, in_list=True)}{where}</li>"
    )


def _gap(gap: Gap) -> str:
    words = _("%(length)s free") % {"length": duration(gap.length)}
    return f'<li class="agenda-gap">{escape(words)}</li>'


def _rest(day: AgendaDay) -> str:
    if not day.more:
        return ""
    if day.is_counted:
        shown = ngettext("%(count)s more", "%(count)s more", day.more) % {"count": day.more}
    else:
        shown = _("More than %(count)s more") % {"count": day.more - 1}
    on = _("on %(day)s") % {"day": weekday_day(day.on)}
    return (
        f'<p class="agenda-rest"><a href="/calendar/day/{day.on}/">{escape(shown)}'
        f'<span class="visually-hidden"> {escape(on)}</span></a></p>'
    )
