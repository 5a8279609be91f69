"""Random series and edits: what is stored is what the edits mean by an independent model, and what
ical.js and python-dateutil read from the exported file.

`DAYBOOK_SERIES_EDITS` sets how many series are edited.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, event, given, note, settings
from hypothesis import strategies as st

from accounts.models import User
from calendars.events.editing import create_event
from calendars.events.history import Author
from calendars.events.scopes import Scope, change_in_scope, delete_in_scope
from calendars.events.undo import undo_act
from calendars.models import Calendar, Event, EventChange, Occurrence
from calendars.sharing.exporting import export_calendar
from tests.calendars.file_reader import read_with_dateutil, starts_by_rule
from tests.calendars.series_model import (
    DATES,
    Group,
    Instance,
    Look,
    Model,
    follows,
    local,
    nth_of,
    part,
)
from tests.icaljs import Expanded, IcalJs

COUNT = int(os.environ.get("DAYBOOK_SERIES_EDITS", "200"))
SERIES = settings(
    max_examples=COUNT,
    deadline=None,
    phases=[phase for phase in Phase if phase is not Phase.explain],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
BEFORE = datetime(2027, 5, 31, tzinfo=UTC)
ZONES = ["Europe/Berlin", "America/New_York", "UTC", "Australia/Lord_Howe"]
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(scope="module")
def ical_js() -> Iterator[IcalJs]:
    with IcalJs() as peer:
        yield peer


# --- what is generated --------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Begin:
    rule: str  # with UNTIL in local time
    look: Look
    added: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    kind: str
    scope: Scope
    place: int
    summary: str
    hours: int
    minutes: int
    days: int
    zone: str
    rule: str


@st.composite
def rules(draw: st.DrawFn, start: datetime) -> str:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.sampled_from([1, 1, 2, 3]))}"]
    own = DAYS[start.weekday()]
    if frequency == "DAILY":
        parts += draw(st.sampled_from([[], [], ["BYDAY=MO,TU,WE,TH,FR"]]))
    if frequency == "WEEKLY":
        days = [[], [own], sorted({own, "WE", "FR"}, key=DAYS.index), ["TU"]]
        chosen = draw(st.sampled_from(days))
        parts += [f"BYDAY={','.join(chosen)}"] if chosen else []
        parts += draw(st.sampled_from([[], ["WKST=SU"]]))
    if frequency == "MONTHLY":
        nth, last = (start.day - 1) // 7 + 1, nth_of(start, from_end=True)
        choices = [
            [],
            [f"BYMONTHDAY={start.day}"],
            [f"BYMONTHDAY={start.day},28"],
            ["BYMONTHDAY=-1"],
        ]
        choices += [[f"BYDAY={nth}{own}"]] if nth < 5 else []
        choices += [[f"BYDAY={last}{own}"]] if last > -5 else []
        parts += draw(st.sampled_from(choices))
    return ";".join(parts) + draw(ends(start))


@st.composite
def ends(draw: st.DrawFn, start: datetime) -> str:
    kind = draw(st.sampled_from(["", "COUNT", "COUNT", "UNTIL", "UNTIL"]))
    if kind == "COUNT":
        return f";COUNT={draw(st.integers(1, 12))}"
    if kind == "UNTIL":
        last = start + DAY * draw(st.integers(0, 200))
        if draw(st.booleans()):
            last = datetime.combine(last, time(23, 59, 59))
        return f";UNTIL={last:%Y%m%dT%H%M%S}"
    return ""


@st.composite
def begins(draw: st.DrawFn) -> Begin:
    all_day = draw(st.integers(1, 4)) == 1
    day = date(2026, 9, 1) + DAY * draw(st.integers(0, 120))
    clock = time() if all_day else time(draw(st.sampled_from([2, 9, 15, 23])), 30)
    start = datetime.combine(day, clock)
    length = DAY * draw(st.integers(1, 3)) if all_day else HOUR * draw(st.sampled_from([0, 1, 26]))
    zone = DATES if all_day else draw(st.sampled_from(ZONES))
    rule = draw(rules(start))
    extra: list[datetime] = []
    if part(rule, "FREQ") in ("DAILY", "WEEKLY") and draw(st.integers(1, 3)) == 1:
        offsets = draw(st.lists(st.integers(1, 60), min_size=1, max_size=3, unique=True))
        away = timedelta() if all_day else 3 * HOUR
        extra = [start + DAY * offset + away for offset in offsets]
    return Begin(rule, Look(start, length, zone, "A"), tuple(extra))


@st.composite
def edits(draw: st.DrawFn, begin: Begin) -> Edit:
    kinds = ["rename", "lengthen", "move", "move", "delete", "rule", "zone"]
    return Edit(
        kind=draw(st.sampled_from(kinds)),
        scope=draw(st.sampled_from(list(Scope))),
        place=draw(st.integers(0, 9)),
        summary=draw(st.sampled_from("BCD")),
        hours=draw(st.integers(0, 4)),
        minutes=draw(st.sampled_from([0, 0, 60, -90, 300])),
        days=draw(st.sampled_from([0, 0, 1, -1, 3])),
        zone=draw(st.sampled_from(ZONES)),
        rule=draw(rules(begin.look.start)),
    )


@st.composite
def stories(draw: st.DrawFn) -> tuple[Begin, list[Edit]]:
    begin = draw(begins())
    return begin, draw(st.lists(edits(begin), min_size=1, max_size=4))


# --- the two sides ------------------------------------------------------------------------------
class Diary:
    """A local calendar, edited through the service beside the model."""

    def __init__(self, owner: User, begin: Begin) -> None:
        self.owner = owner
        self.calendar = Calendar.objects.create(owner=owner, name="Own", time_zone="UTC")
        self.model = Model(begin.rule, begin.look, begin.added)
        self.last: tuple[Author, list[Any]] | None = None
        create_event(
            owner_id=owner.pk,
            calendar_id=self.calendar.pk,
            values=self.values(begin.look)
            | {"recurrence": [line_of(begin.rule, begin.look), *added_lines(begin)]},
            author=self.author(),
        )

    def author(self) -> Author:
        return Author(EventChange.Door.PAGE, actor_id=self.owner.pk)

    def values(self, look: Look) -> dict[str, Any]:
        return {
            "summary": look.summary,
            "start_at": look.at,
            "end_at": look.at + look.length,
            "all_day": look.zone == DATES,
            "time_zone": look.zone or "UTC",
        }

    def apply(self, edit: Edit) -> None:
        living = [
            (group, one) for group, one in self.model.living() if one.look.at < BEFORE - 90 * DAY
        ]
        if not living:
            return
        group, one = living[edit.place % len(living)]
        occurrence = self.occurrence(one)
        if occurrence is None:
            return
        assert occurrence.original_start_at == replace(group.look, start=one.slot).at
        stored = occurrence.event
        if not stored.recurrence and not stored.recurring_event_id:
            group.rule, group.instances, group.added = "", [one], set()
        author = self.author()
        before = self.state()
        if self._edit(edit, group, one, occurrence, author):
            event(f"{edit.kind} {edit.scope}")
            if EventChange.objects.filter(act=author.act).exists():
                self.last = author, before

    def occurrence(self, one: Instance) -> Occurrence | None:
        """Return None if two look the same."""
        found = Occurrence.objects.filter(
            calendar=self.calendar,
            start_at=one.look.at,
            end_at=one.look.at + one.look.length,
            event__summary=one.look.summary,
        ).select_related("event")
        assert found, f"{one} isn't stored"
        return found[0] if len(found) == 1 else None

    def _edit(
        self, edit: Edit, group: Group, one: Instance, occurrence: Occurrence, author: Author
    ) -> bool:
        stored = occurrence.event
        named: dict[str, Any] = {
            "owner_id": self.owner.pk,
            "event_id": stored.pk,
            "base": stored.change_set,
            "scope": edit.scope,
            "original_start_at": occurrence.original_start_at,
            "author": author,
        }
        if edit.kind == "delete":
            delete_in_scope(**named)
            self._delete(edit.scope, group, one)
            return True
        is_changed = bool(stored.recurring_event_id)
        if edit.kind == "rule":
            return self._change_rule(edit, group, one, stored, named)
        look = self._look(edit, group, one)
        if look is None or look == one.look:
            return False
        former = self.values(one.look)
        changes = {
            name: value for name, value in self.values(look).items() if value != former[name]
        }
        change_in_scope(**named, changes=changes)
        if edit.scope is Scope.THIS and group.rule:
            self.model.change_one(one, look)
            return True
        whole = self._scoped(edit.scope, group, one)
        if edit.kind == "rename":
            self.model.rename(whole, one, look.summary)
        elif edit.kind == "lengthen":
            self.model.lengthen(whole, one, look.length)
        elif edit.kind == "zone":
            self.model.change_zone(whole, one, look.zone)
        else:
            self.model.move(whole, one, look.at, is_changed=is_changed)
        return True

    def _scoped(self, scope: Scope, group: Group, one: Instance) -> Group:
        return self.model.rest(group, one) if scope is Scope.FOLLOWING else group

    def _delete(self, scope: Scope, group: Group, one: Instance) -> None:
        if scope is Scope.THIS:
            self.model.delete_one(one)
        elif scope is Scope.ALL:
            group.instances = []
        else:
            self.model.delete_from(group, one)

    def _look(self, edit: Edit, group: Group, one: Instance) -> Look | None:
        """The instance as the edit makes it; None for what the model leaves out."""
        look = one.look
        if edit.kind == "rename":
            return replace(look, summary=edit.summary)
        if edit.kind == "lengthen":
            days = look.zone == DATES
            return replace(look, length=DAY * (edit.hours + 1) if days else HOUR * edit.hours)
        if edit.kind == "zone":
            # From an instance that was moved by itself it isn't clear which wall clock is meant.
            if look.zone == DATES or group.moved(one) or look.zone != group.look.zone:
                return None
            return replace(look, zone=edit.zone)
        minutes = 0 if look.zone == DATES else edit.minutes
        moved = replace(look, start=look.start + DAY * edit.days + timedelta(minutes=minutes))
        return moved if edit.scope is Scope.THIS or self._is_plain(group, one, moved) else None

    def _is_plain(self, group: Group, one: Instance, moved: Look) -> bool:
        """Whether the instances correspond one to one after the move."""
        target = local(moved.at, group.look.zone)
        if one.slot in group.added:
            # The rule has a time of its own, which must stay on its day.
            later = datetime.combine(one.slot.date(), target.time())
            clock = group.look.start + (later - one.slot)
            if clock.date() != group.look.start.date():
                return False
        if target.date() == one.slot.date() or not follows(group.rule):
            return True
        if one.slot in group.added:
            return False
        start = group.look.start
        if part(group.rule, "INTERVAL") != "1" and start.weekday() != one.slot.weekday():
            return False  # a start beside the rule has no place in its weeks
        if part(group.rule, "FREQ") not in ("MONTHLY", "YEARLY"):
            return part(group.rule, "BYDAY") in ("", DAYS[one.slot.weekday()])
        named, own = part(group.rule, "BYMONTHDAY"), part(group.rule, "BYDAY")
        if named not in ("", str(one.slot.day)) or (not own and start.day != one.slot.day):
            return False  # a start beside the rule
        last = "-" in own
        if own and (
            {own[-2:], DAYS[start.weekday()]} != {DAYS[one.slot.weekday()]}
            or nth_of(start, from_end=last) != nth_of(one.slot, from_end=last)
        ):
            return False
        return (
            target.month == one.slot.month
            and max(target.day, one.slot.day, group.look.start.day) <= 28
            and -5 < nth_of(target, from_end=last) < 4
        )

    def _change_rule(
        self, edit: Edit, group: Group, one: Instance, stored: Event, named: dict[str, Any]
    ) -> bool:
        if edit.scope is Scope.THIS:
            return False
        master = stored
        if stored.recurring_event_id:
            master = Event.objects.get(calendar=self.calendar, remote_id=stored.recurring_event_id)
        dates = [line for line in master.recurrence if not line.startswith("RRULE")]
        line = line_of(edit.rule, group.look)
        if line in master.recurrence:
            return False  # nothing is changed: a COUNT goes on
        change_in_scope(**named, changes={"recurrence": [line, *dates]})
        whole = self._scoped(edit.scope, group, one)
        self.model.change_rule(whole, edit.rule)
        return True

    # --- what is there --------------------------------------------------------------------------
    def state(self) -> list[Any]:
        names = ("remote_id", "summary", "start_at", "end_at", "recurrence", "original_start_at")
        events = Event.objects.filter(calendar=self.calendar).order_by("remote_id")
        return [*events.values_list(*names), *self.shows()]

    def shows(self) -> list[Expanded]:
        found = Occurrence.objects.filter(calendar=self.calendar, start_at__lt=BEFORE)
        times = found.values_list("start_at", "end_at", "event__summary")
        return sorted(Expanded(*each) for each in times)

    def firsts(self) -> list[Expanded]:
        return [group.look.expanded for group in self.model.groups]

    def undo_last(self) -> None:
        if self.last is None:
            return
        author, before = self.last
        undo = Author(EventChange.Door.UNDO)
        undo_act(owner_id=self.owner.pk, act=author.act, author=undo)
        assert self.state() == before

    def file(self) -> bytes:
        return b"".join(export_calendar(self.calendar))


def line_of(rule: str, look: Look) -> str:
    """Write UNTIL as RFC 5545 wants it."""
    until = part(rule, "UNTIL")
    if not until:
        return f"RRULE:{rule}"
    if look.zone == DATES:
        return f"RRULE:{rule.replace(until, until[:8])}"
    naive = datetime.strptime(until, "%Y%m%dT%H%M%S")  # noqa: DTZ007
    at = naive.replace(tzinfo=ZoneInfo(look.zone)).astimezone(UTC)
    return f"RRULE:{rule.replace(until, f'{at:%Y%m%dT%H%M%SZ}')}"


def added_lines(begin: Begin) -> list[str]:
    if not begin.added:
        return []
    if begin.look.zone == DATES:
        return [f"RDATE;VALUE=DATE:{','.join(f'{each:%Y%m%d}' for each in begin.added)}"]
    times = ",".join(f"{each:%Y%m%dT%H%M%S}" for each in begin.added)
    return [f"RDATE;TZID={begin.look.zone}:{times}"]


def without_end(one: Expanded) -> Expanded:
    return replace(one, end=one.start)


def spans_change(one: Expanded) -> bool:
    """Whether clocks change while it lasts, or show its end twice."""
    return any(is_change(one, ZoneInfo(name)) for name in ZONES)


def is_change(one: Expanded, zone: ZoneInfo) -> bool:
    start, end = one.start.astimezone(zone), one.end.astimezone(zone)
    offsets = {start.utcoffset(), end.replace(fold=0).utcoffset(), end.replace(fold=1).utcoffset()}
    return len(offsets) > 1


# --- the test -----------------------------------------------------------------------------------
@pytest.mark.timeout(120 + COUNT)
@SERIES
@given(story=stories())
def test_edits_mean_the_same_everywhere(
    story: tuple[Begin, list[Edit]], alice: User, ical_js: IcalJs
) -> None:
    begin, given_edits = story
    note(repr(begin))
    for edit in given_edits:
        note(repr(edit))
    with transaction.atomic():
        diary = Diary(alice, begin)
        assert diary.shows() == diary.model.shows(BEFORE)
        for edit in given_edits:
            diary.apply(edit)
            assert diary.shows() == diary.model.shows(BEFORE), edit
        content = diary.file()
        assert read_with_dateutil(content, before=BEFORE) == diary.shows()
        # ical.js reads what is in a gap or comes twice otherwise than RFC 5545 section 3.3.5.
        if not diary.model.is_at_change_of_clocks() and starts_by_rule(content):
            shown, found = diary.shows(), ical_js.expand(content, before=BEFORE)
            if any(map(spans_change, [*shown, *diary.firsts()])):
                # ical.js ends by the wall clock; RFC 5545 section 3.8.5.3 keeps the exact length.
                shown, found = list(map(without_end, shown)), list(map(without_end, found))
            assert sorted(found) == sorted(shown)
        diary.undo_last()
        transaction.set_rollback(True)
