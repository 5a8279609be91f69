"""What edits of a series mean, without rules: each edit changes a list of instances one by one.

Rules are expanded by python-dateutil once, when they are given. All times of an instance are naive,
in its own zone; `slot` is where its series has it.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from tests.icaljs import Expanded

DATES = ""  # the zone of all-day events
END = datetime(2027, 8, 31)  # noqa: DTZ001 - how far rules without an end are written out


@dataclass(frozen=True, slots=True)
class Look:
    """What an instance shows."""

    start: datetime
    length: timedelta
    zone: str
    summary: str

    @property
    def at(self) -> datetime:
        if self.zone == DATES:
            return self.start.replace(tzinfo=UTC)
        return self.start.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)

    @property
    def expanded(self) -> Expanded:
        return Expanded(self.at, self.at + self.length, self.summary)


@dataclass(slots=True)
class Instance:
    slot: datetime
    look: Look
    is_gone: bool = False


@dataclass(slots=True)
class Group:
    """One series; `look` is that of an instance that nothing changed, but for its start."""

    rule: str
    look: Look
    instances: list[Instance] = field(default_factory=list)
    added: set[datetime] = field(default_factory=set)  # by RDATE

    @classmethod
    def of(cls, rule: str, look: Look, added: Iterable[datetime] = ()) -> Group:
        group = cls(rule, look, added=set(added))
        slots = {*slots_of(rule, look.start), *group.added}
        group.instances = [group.fresh(slot) for slot in sorted(slots)]
        return group

    def fresh(self, slot: datetime) -> Instance:
        return Instance(slot, replace(self.look, start=slot))

    @property
    def living(self) -> list[Instance]:
        return sorted((one for one in self.instances if not one.is_gone), key=lambda one: one.slot)

    def moved(self, one: Instance) -> bool:
        return one.look.at != replace(self.look, start=one.slot).at


def slots_of(rule: str, start: datetime) -> list[datetime]:
    """DTSTART is an instance in any case; COUNT counts it only if it matches."""
    slots = {start}
    for slot in rrulestr(rule, dtstart=start) if rule else ():
        if slot > END:
            break
        slots.add(slot)
    return sorted(slots)


class Model:
    def __init__(self, rule: str, look: Look, added: Iterable[datetime] = ()) -> None:
        self.groups = [Group.of(rule, look, added)]

    def living(self) -> list[tuple[Group, Instance]]:
        return [(group, one) for group in self.groups for one in group.living]

    def shows(self, before: datetime) -> list[Expanded]:
        looks = (one.look.expanded for _group, one in self.living())
        return sorted(one for one in looks if one.start < before)

    def is_at_change_of_clocks(self) -> bool:
        """Whether a series or an instance starts when the clocks skip a time or show it twice."""
        looks = [one.look for _group, one in self.living()]
        looks += [replace(group.look, start=one.slot) for group, one in self.living()]
        looks += [group.look for group in self.groups]
        return any(look.start != local(look.at, look.zone) or is_twice(look) for look in looks)

    # --- edits ----------------------------------------------------------------------------------
    def change_one(self, one: Instance, look: Look) -> None:
        one.look = look

    def delete_one(self, one: Instance) -> None:
        one.is_gone = True

    def delete_from(self, group: Group, one: Instance) -> None:
        group.added = {slot for slot in group.added if slot < one.slot}
        group.instances = [each for each in group.instances if each.slot < one.slot]

    def rest(self, group: Group, one: Instance) -> Group:
        """The group that an edit of this and following changes."""
        if not any(each.slot < one.slot for each in group.living):
            return group
        rest = Group(group.rule, replace(group.look, start=one.slot))
        if all(each.slot in group.added for each in group.instances if each.slot >= one.slot):
            rest.rule = ""  # it has ended: listed dates are left
        rest.added = {slot for slot in group.added if slot >= one.slot}
        group.added -= rest.added
        rest.instances = [each for each in group.instances if each.slot >= one.slot]
        group.instances = [each for each in group.instances if each.slot < one.slot]
        self.groups.append(rest)
        return rest

    def rename(self, group: Group, one: Instance, summary: str) -> None:
        for each in group.instances:
            if each is one or each.look.summary == group.look.summary:
                each.look = replace(each.look, summary=summary)
        group.look = replace(group.look, summary=summary)

    def lengthen(self, group: Group, one: Instance, length: timedelta) -> None:
        former = group.look.length
        for each in group.instances:
            if each is one or each.look.length == former:
                each.look = replace(each.look, length=length)
        group.look = replace(group.look, length=length)

    def move(self, group: Group, one: Instance, at: datetime, *, is_changed: bool) -> None:
        """The instance starts `at`, and the others move with it; to another day only if the rule
        names one day. One that was changed before goes where it's put in any case."""
        target = local(at, group.look.zone)
        if target.date() != one.slot.date() and not follows(group.rule):
            target = datetime.combine(one.slot.date(), target.time())
        place, distance = places(group.rule, one.slot, target), target - one.slot
        for each in group.instances:
            moves = not group.moved(each)
            is_added = each.slot in group.added
            each.slot = each.slot + distance if is_added else place(each.slot)
            if moves:
                each.look = starting(each.look, replace(group.look, start=each.slot).at)
        if is_changed:
            one.look = starting(one.look, at)
        group.added = {slot + distance for slot in group.added}
        group.look = replace(group.look, start=place(group.look.start))

    def change_zone(self, group: Group, one: Instance, zone: str) -> None:
        """The same wall clock elsewhere."""
        former = group.look.zone
        group.look = replace(group.look, zone=zone)
        for each in group.instances:
            moved = each.look.at != replace(group.look, zone=former, start=each.slot).at
            if not moved or each is one:
                each.look = replace(each.look, zone=zone)
            elif each.look.zone == former:
                each.look = replace(each.look, zone=zone, start=local(each.look.at, zone))

    def change_rule(self, group: Group, rule: str) -> None:
        """What was changed or deleted stays where the new rule has its slot."""
        former = {each.slot: each for each in group.instances}
        group.rule = rule
        slots = {*slots_of(rule, group.look.start), *group.added}
        group.instances = [former.get(slot) or group.fresh(slot) for slot in sorted(slots)]


def local(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone or "UTC")).replace(tzinfo=None)


def is_twice(look: Look) -> bool:
    first = look.start.replace(tzinfo=ZoneInfo(look.zone or "UTC"))
    return first.utcoffset() != first.replace(fold=1).utcoffset()


def starting(look: Look, at: datetime) -> Look:
    return replace(look, start=local(at, look.zone))


def follows(rule: str) -> bool:
    """Whether it's clear what becomes of the rule when an instance goes to another day."""
    days, months = part(rule, "BYDAY"), part(rule, "BYMONTHDAY")
    return "," not in days + months and not months.startswith("-")


def part(rule: str, name: str) -> str:
    found = [each.partition("=")[2] for each in rule.split(";") if each.startswith(f"{name}=")]
    return found[0] if found else ""


def places(rule: str, origin: datetime, target: datetime) -> Callable[[datetime], datetime]:
    """Where each slot goes: by the same distance, or to the same weekday of its month."""
    nth = part(rule, "BYDAY")[:-2]
    if not (part(rule, "FREQ") == "MONTHLY" and nth) or target.date() == origin.date():
        return lambda slot: slot + (target - origin)
    place = nth_of(target, from_end=nth.startswith("-"))
    return lambda slot: datetime.combine(
        weekday_in(slot, target.weekday(), place).date(), target.time()
    )


def nth_of(day: datetime, *, from_end: bool) -> int:
    same = list(weekdays_in(day, day.weekday()))
    place = same.index(datetime.combine(day.date(), time()))
    return place - len(same) if from_end else place


def weekdays_in(month: datetime, weekday: int) -> Iterator[datetime]:
    for day in range(1, monthrange(month.year, month.month)[1] + 1):
        at = datetime(month.year, month.month, day)  # noqa: DTZ001
        if at.weekday() == weekday:
            yield at


def weekday_in(month: datetime, weekday: int, place: int) -> datetime:
    return list(weekdays_in(month, weekday))[place]
