"""The rows of the mini month, as HTML: it is on every page, and a template takes a millisecond."""

from __future__ import annotations

from datetime import date
from html import escape
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.local_time import weekday_day, weekdays
from calendars.timeline.mini_month import MiniDay, MiniMonth
from config.web.markup import markup

register = template.Library()


@register.filter
def mini_address(mini: MiniMonth, on: date) -> str:
    """Return the address of the mini month of `on`, with the same period marked."""
    period = {"from": mini.shown_from, "until": mini.shown_until}
    return f"{reverse('mini-month', args=[on])}?{urlencode({'view': mini.view, **period})}"


@register.filter
def mini_heads(mini: MiniMonth) -> SafeString:
    first = mini.weeks[0][0].on.weekday()
    names = zip(weekdays(first, "narrow"), weekdays(first), strict=True)
    return markup(
        "".join(
            f'<th scope="col"><span aria-hidden="true">{escape(short)}</span>'
            f'<span class="visually-hidden">{escape(name)}</span></th>'
            for short, name in names
        )
    )


@register.filter
def mini_rows(mini: MiniMonth) -> SafeString:
    pattern = reverse(mini.view, args=[mini.on])
    rows = ("".join(_cell(day, pattern, mini) for day in week) for week in mini.weeks)
    return markup("".join(f"<tr>{row}</tr>" for row in rows))


def _cell(day: MiniDay, pattern: str, mini: MiniMonth) -> str:
    states = {
        "outside": not day.in_month,
        "is-today": day.is_today,
        "shown": day.is_shown,
        "has-events": day.has_events,
    }
    classes = " ".join(name for name, holds in states.items() if holds)
    marked = f' class="{classes}"' if classes else ""
    current = ' aria-current="date"' if day.is_today else ""
    address = pattern.replace(str(mini.on), str(day.on))
    return (
        f'<td{marked}><a href="{address}" aria-label="{escape(weekday_day(day.on))}"{current}>'
        f"{day.on.day}</a></td>"
    )
