"""The columns of the week and of the day, as HTML: what is in their lanes and among their hours.

Positions are classes, because the content security policy allows no style attribute: `h9 m6 t1`
begins at 9 hours and 6 slots of 5 minutes, and is an hour tall (static/week.css). A `style` element
with a nonce would be blocked in the part that htmx swaps, whose nonce isn't the page's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.local_time import weekday, weekday_day
from calendars.pages.chip import ChipLook, block, chip, title_of
from calendars.timeline.ruler import SLOT, SLOTS_OF_HOUR, Change, Ruler
from calendars.timeline.week import Block, DayColumn, WeekView
from config.web.markup import markup

LINE = 16  # pixels, with those above and below all lines
EDGES = 3
LEAST = 20


@dataclass(frozen=True, slots=True)
class Density:
    """The height of an hour in pixels."""

    hour: int

    @property
    def least(self) -> int:
        """The slots that are LEAST pixels high."""
        return -(-LEAST * SLOTS_OF_HOUR // self.hour)

    def lines(self, slots: int) -> int:
        """Return how many lines of text fit into so many slots."""
        return max(1, (slots * self.hour // SLOTS_OF_HOUR - EDGES) // LINE)


DENSITIES = {"compact": Density(36), "normal": Density(48), "roomy": Density(60)}


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A day, and its HTML. `shift` says by how much the second zone's hours are wrong on it, and
    `widest` how many blocks are side by side."""

    day: DayColumn
    lane: SafeString
    hours: SafeString
    slots: SafeString
    shift: str

    @property
    def weekday(self) -> str:
        return weekday(self.day.on, "abbreviated")

    @property
    def more(self) -> str:
        """The name of the link to what has no room."""
        count = self.day.more
        if not self.day.is_counted:
            shown = _("More than %(count)s more") % {"count": count - 1}
        else:
            shown = ngettext("%(count)s more", "%(count)s more", count) % {"count": count}
        return f"{shown} {_('on %(day)s') % {'day': weekday_day(self.day.on)}}"

    @property
    def widest(self) -> int:
        return max((one.place.columns for one in self.day.blocks), default=1)


def lane_of(day: DayColumn, look: ChipLook) -> SafeString:
    return markup("".join(_bars(day, look)))


def hours_of(day: DayColumn, view: WeekView, look: ChipLook, density: Density) -> SafeString:
    parts = [f'<li class="{place(view.start)} start" aria-hidden="true"></li>'] * (
        day.on == view.on
    )
    parts += [
        f'<li class="{place(band.start, band.end - band.start)} band" aria-hidden="true"></li>'
        for band in day.bands
    ]
    parts += [_change(one, view.ruler) for one in view.ruler.changes if one.on == day.on]
    parts += [_block(one, look, density) for one in day.blocks]
    if day.now is not None:
        parts.append(_now(day, day.now, view.ruler))
    return markup("".join(parts))


def place(start: int, slots: int = 0) -> str:
    """Return the classes for a start and a height in slots."""
    hour, rest = divmod(start, SLOTS_OF_HOUR)
    tall, short = divmod(slots, SLOTS_OF_HOUR)
    named = (("h", hour), ("m", rest), ("t", tall), ("k", short))
    return " ".join(["at", *(f"{name}{number}" for name, number in named if number)])


def _bars(day: DayColumn, look: ChipLook) -> Iterator[str]:
    for bar in day.bars:
        if bar.days:
            yield f'<li class="r{bar.lane - 1} d{bar.days}">{chip(bar, look)}</li>'
        else:  # covered by the bar of a day before
            words = _("%(title)s, continued") % {"title": title_of(bar.entry)}
            yield f'<li class="visually-hidden">{escape(words)}</li>'


def _change(change: Change, ruler: Ruler) -> str:
    """Return the note at the hour at which the clocks change."""
    words = _("Clocks go back") if change.repeated else _("Clocks go forward")
    return f'<li class="{place(ruler.slot_of(change))} change">{escape(words)}</li>'


def _block(one: Block, look: ChipLook, density: Density) -> str:
    span, beside = one.span, one.place
    slots = span.end - span.start
    classes = place(span.start, slots)
    if beside.columns > 1:
        classes += f" n{beside.columns} c{beside.column} w{beside.width}"
    return f'<li class="{classes}">{block(one.shown, look, lines=density.lines(slots))}</li>'


def _now(day: DayColumn, minutes: float, ruler: Ruler) -> str:
    """Return the line at the present, which week.js moves and lets leap over what is missing."""
    bands = " ".join(f"{band.start * SLOT}-{band.end * SLOT}" for band in day.bands)
    return (
        f'<li class="{place(int(minutes) // SLOT)} now" data-minutes="{minutes:.1f}"'
        f' data-end="{ruler.slots * SLOT}" data-bands="{bands}" aria-hidden="true"></li>'
    )
