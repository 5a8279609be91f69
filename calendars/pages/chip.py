"""The chip: an event in a grid or list, as HTML.

Strings instead of a template, because a month has hundreds: an include costs 60 µs. Everything that
comes from an event passes `escape`: Python's, because Django's also takes lazy texts, and three
times as long.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from html import escape
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.local_time import Clock, readers_clock, weekday_day
from accounts.models import User
from calendars.models import Category, Share
from calendars.models.palette import hue_of
from calendars.timeline.day_entry import DayEntry
from calendars.timeline.occurrences import TimelineEntry
from config.web.markup import markup
from profiles.preferences import reader_of

MOST_TITLE_LINES = 6
SYNCED = "synced"
NO_CATEGORIES: Mapping[UUID, Category] = MappingProxyType({})


class Mark(NamedTuple):
    """What a chip shows of the event's category: its emoji, or a dot of its hue."""

    name: str
    emoji: str
    hue: int


@dataclass(frozen=True, slots=True)
class ChipLook:
    """What the chips of a page have in common."""

    now: datetime
    today: date
    marks: Mapping[UUID, Mark] = field(default_factory=dict)  # by category
    clock: Clock = field(default_factory=readers_clock)
    # What screen readers hear of states: hundreds of chips share a few combinations.
    heard: dict[tuple[str, ...], str] = field(default_factory=dict)


def look_of(person: User, categories: Mapping[UUID, Category] = NO_CATEGORIES) -> ChipLook:
    """Return what the chips of the person's pages have in common, now."""
    now = timezone.now().astimezone(reader_of(person).zone)
    marks = {
        key: Mark(one.name, one.emoji, hue_of(one.colour))
        for key, one in categories.items()
        if not one.is_default  # says nothing of the event
    }
    return ChipLook(now=now, today=now.date(), marks=marks)


def chip(shown: DayEntry, look: ChipLook, *, extra: str = "", in_list: bool = False) -> SafeString:
    """Return the link to an event. `extra` are classes that a grid adds for the place. A list shows
    the time beside the chip."""
    entry = shown.entry
    states = _states(shown, look)
    classes = f"chip hue-{entry.hue}"
    if shown.is_block and not in_list:
        classes += " filled"
    if states:
        classes += f" {' '.join(states)}"
    if extra:
        classes += f" {extra}"
    return markup(
        f'<a class="{classes}" id="{chip_id(shown)}" href="{address_of(entry)}"'
        f' title="{escape(_full_text(shown, look))}"{_opens(entry)}>'
        f"{'' if in_list else _time(shown, look)}{_mark(entry, look)}"
        f'<span class="chip-text">{escape(title_of(entry))}</span>'
        f"{_heard(states, look)}</a>"
    )


def block(shown: DayEntry, look: ChipLook, *, lines: int) -> SafeString:
    """Return the link to an event among the hours of a day, in which `lines` of text fit."""
    entry = shown.entry
    states = _states(shown, look)
    has_place = lines > 2 and entry.location
    classes = f"chip filled block hue-{entry.hue}"
    classes += _title_lines(lines - 1 - bool(has_place))
    if states:
        classes += f" {' '.join(states)}"
    said = [title_of(entry), weekday_day(shown.on), shown.when_by(look.clock), entry.calendar_name]
    said += [entry.location[:80]] if entry.location else []
    said += [shown.elsewhere, *(_STATES[state]() for state in states)]
    place = f'<span class="chip-place">{escape(entry.location[:80])}</span>' if has_place else ""
    return markup(
        f'<a class="{classes}" id="{chip_id(shown)}" href="{address_of(entry)}"'
        f' aria-label="{escape(", ".join(filter(None, said)))}"{_opens(entry)}>{_mark(entry, look)}'
        f'<span class="chip-text">{escape(title_of(entry))}</span> '
        f"{_times(shown, look, lines)}{place}</a>"
    )


def chip_id(shown: DayEntry) -> str:
    """Return an id that stays the same when the grid is swapped.

    An event of several days has a chip in each row of a grid: the later ones add their date.
    """
    return f"event-{shown.key}" if shown.begins else f"event-{shown.key}-{shown.on}"


def address_of(entry: TimelineEntry) -> str:
    """Return the address of the event's page; for a series, of this instance. What another user
    shows as busy has no page, so that of the day."""
    if entry.share_level == Share.Level.BUSY:
        return f"/calendar/day/{entry.start_at.date()}/"
    at = f"?at={entry.original_start_at.astimezone(UTC):%Y%m%dT%H%M%SZ}" if entry.recurring else ""
    return f"/events/{entry.event_id}/{at}"


def _opens(entry: TimelineEntry) -> str:
    """Return the mark of what opens as a popover."""
    return "" if entry.share_level == Share.Level.BUSY else " data-event"


def title_of(entry: TimelineEntry) -> str:
    return entry.summary.strip() or _("(no title)")


# The words of each state, for screen readers; the states are also the chip's classes.
_STATES = {
    "past": lambda: _("past"),
    "tentative": lambda: _("tentative"),
    "unanswered": lambda: _("not answered yet"),
    "declined": lambda: _("declined"),
    "free": lambda: _("shown as free"),
    "pending": lambda: _("waiting for Google"),
    "conflict": lambda: _("differs at Google"),
    "failed": lambda: _("not saved at Google"),
    "continued-left": lambda: _("continued"),
    "continued-right": lambda: _("continues"),
}


def _states(shown: DayEntry, look: ChipLook) -> list[str]:
    entry = shown.entry
    states = []
    if is_past(shown, look):
        states.append("past")
    if entry.status == "tentative" or entry.response == "tentative":
        states.append("tentative")
    elif entry.response == "needsAction":
        states.append("unanswered")
    if entry.response == "declined":
        states.append("declined")
    if entry.transparency == "transparent":
        states.append("free")
    if entry.sync != SYNCED:
        states.append(entry.sync)
    if not shown.begins:
        states.append("continued-left")
    if shown.goes_on:
        states.append("continued-right")
    return states


def is_past(shown: DayEntry, look: ChipLook) -> bool:
    if shown.entry.all_day:
        return shown.last_on < look.today
    return shown.entry.end_at < look.now


def _full_text(shown: DayEntry, look: ChipLook) -> str:
    """Return everything that a narrow chip cuts off: title, time, calendar, category, place."""
    entry = shown.entry
    parts = [title_of(entry), shown.when_by(look.clock), entry.calendar_name]
    mark = _mark_of(entry, look)
    parts += [mark.name] if mark else []
    parts += [entry.location[:80]] if entry.location else []
    return " · ".join(parts)


def _time(shown: DayEntry, look: ChipLook) -> str:
    if shown.fills_day or not shown.begins:
        return ""
    return f'<span class="chip-time">{escape(look.clock(shown.entry.start_at))}</span> '


def _title_lines(count: int) -> str:
    """Return the class for how many lines the title may take; none if the time is beside it."""
    if count > 1:
        return f" x{min(count, MOST_TITLE_LINES)}"
    return "" if count else " line"


def _times(shown: DayEntry, look: ChipLook, lines: int) -> str:
    """Return when the part of a day begins and ends; on one line only when it begins."""
    entry = shown.entry
    start = _instant(entry.start_at, look) if shown.begins else "…"
    end = _instant(entry.end_at, look) if shown.ends else "…"
    # Times of one zone are equal if their clocks are, also in two equal hours.
    both = lines > 1 and entry.start_at.timestamp() != entry.end_at.timestamp()
    return f'<span class="chip-time">{f"{start}–{end}" if both else start}</span>'  # noqa: RUF001


def _instant(at: datetime, look: ChipLook) -> str:
    return f'<time datetime="{at.isoformat(timespec="seconds")}">{escape(look.clock(at))}</time>'


def _mark_of(entry: TimelineEntry, look: ChipLook) -> Mark | None:
    return look.marks.get(entry.category) if entry.category else None


def _mark(entry: TimelineEntry, look: ChipLook) -> str:
    mark = _mark_of(entry, look)
    if mark is None:
        return ""
    if mark.emoji:
        return f'<span class="chip-mark" aria-hidden="true">{escape(mark.emoji)}</span>'
    return f'<span class="chip-mark dot hue-{mark.hue}"></span>'


def _heard(states: list[str], look: ChipLook) -> str:
    if not states:
        return ""
    key = tuple(states)
    if key not in look.heard:
        words = "".join(f", {_STATES[state]()}" for state in states)
        look.heard[key] = f'<span class="visually-hidden">{escape(words)}</span>'
    return look.heard[key]
