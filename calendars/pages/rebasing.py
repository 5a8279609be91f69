"""A form on top of a newer version: what only one side changed is merged, the rest is shown."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.local_time import clock, day
from calendars.pages.event_form import EventForm
from calendars.pages.event_input import GROUPS, Groups, Input, groups_of, take

LABELS: dict[str, str | Promise] = {
    "summary": gettext_lazy("Title"),
    "when": gettext_lazy("When"),
    "repeat": gettext_lazy("Repetition"),
    "calendar": gettext_lazy("Calendar"),
    "location": gettext_lazy("Place"),
    "people": gettext_lazy("People"),
    "description": gettext_lazy("Note"),
    "reminders": gettext_lazy("Reminders"),
    "category": gettext_lazy("Category"),
    "visibility": gettext_lazy("Visible as"),
    "transparency": gettext_lazy("Shown as"),
}
KEEP, THEIRS = "keep-", "theirs"


@dataclass(frozen=True, slots=True)
class Rebased:
    """`typed` is what the person changed, in place of the groups of the current version; `mine`
    are those groups. `collisions` were changed by both sides to something else, `merged` only by
    the other."""

    typed: Input
    current: Input
    mine: frozenset[str]
    collisions: tuple[str, ...]
    merged: tuple[str, ...]

    @classmethod
    def of(cls, typed: Input, was: Groups, current: Input) -> Rebased:
        mine, now = groups_of(typed), groups_of(current)
        changed = {name for name in GROUPS if mine[name] != was.get(name)}
        theirs = {name for name in GROUPS if now[name] != was.get(name)}
        own = frozenset(name for name in changed if mine[name] != now[name])
        return cls(
            typed=take(current, typed, changed) | {"notify": typed["notify"]},
            current=current,
            mine=own,
            collisions=tuple(name for name in GROUPS if name in own & theirs),
            merged=tuple(name for name in GROUPS if name in theirs - changed),
        )


@dataclass(frozen=True, slots=True)
class Collision:
    """Both versions of a group, in words."""

    group: str
    label: str | Promise
    mine: str
    theirs: str

    @property
    def name(self) -> str:
        """The name of the inputs that choose the version to keep."""
        return f"{KEEP}{self.group}"


def collisions_of(rebased: Rebased, form: EventForm) -> Iterator[Collision]:
    for group in rebased.collisions:
        words = (_words(group, given, form) for given in (rebased.typed, rebased.current))
        yield Collision(group, LABELS[group], *words)


def settled(typed: Input, current: Input, given: Any) -> Input:
    """Return the input with the groups of the other side that the person chose to take."""
    taken: Collection[str] = [
        group
        for group in GROUPS
        if given.get(f"{KEEP}{group}", given.get("keep")) == THEIRS and f"{KEEP}{group}" in given
    ]
    return take(typed, current, taken)


def _words(group: str, given: Input, form: EventForm) -> str:
    if group == "when":
        return _when(given)
    if group == "people":
        return ", ".join([*(one["key"] for one in given["guests"]), *given["people"].split()])
    if group == "reminders":
        rows = [" ".join(row[:2]) for row in given["reminder_rows"]]
        return ", ".join(rows) if given["reminders"] == "own" else _label(group, given, form)
    if group in ("summary", "location", "description"):
        return str(given[group]) or _("(empty)")
    return _label(group, given, form)


def _label(group: str, given: Input, form: EventForm) -> str:
    """Return the label of what a list of choices has chosen, also in groups of choices."""
    known: dict[str, Any] = {}
    for value, label in form.fields[group].choices:  # type: ignore[attr-defined]
        known |= dict(label) if isinstance(label, list | tuple) else {value: label}
    return str(known.get(given[group], given[group]))


def _when(given: Input) -> str:
    try:
        start, end = (date.fromisoformat(given[name]) for name in ("start_date", "end_date"))
        if given["all_day"]:
            return day(start) if start == end else f"{day(start)} – {day(end)}"  # noqa: RUF001
        times = [clock(time.fromisoformat(given[name])) for name in ("start_time", "end_time")]
    except ValueError:
        return " ".join(str(given[name]) for name in GROUPS["when"][1:])
    if start == end:
        return f"{day(start)}, {times[0]}–{times[1]}"  # noqa: RUF001
    return f"{day(start)}, {times[0]} – {day(end)}, {times[1]}"  # noqa: RUF001
