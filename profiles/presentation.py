"""Changes as a person reads them: one group for each saving, with names and shown values."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from profiles.history import AVATAR, is_undoable, told_values
from profiles.models import Profile, ProfileChange
from profiles.rules import TextRule
from profiles.sections import full_label
from profiles.validators import FIELDS


@dataclass(frozen=True, slots=True)
class Entry:
    change: ProfileChange
    label: str
    before: str
    after: str
    undoable: bool


@dataclass(frozen=True, slots=True)
class Group:
    """What was changed by one saving."""

    changed_at: datetime.datetime
    door: str
    actor: str
    entries: list[Entry]


def grouped_entries(changes: Iterable[ProfileChange]) -> Iterator[Group]:
    for _version, group in groupby(changes, key=lambda change: change.version):
        first, *others = group
        yield Group(
            first.changed_at,
            first.get_door_display(),
            str(first.kind_of_actor.label),
            [_entry(change, change.owner.profile) for change in (first, *others)],
        )


def _entry(change: ProfileChange, profile: Profile) -> Entry:
    known = change.field in FIELDS
    label = full_label(change.field) if known else change.field.replace("_", " ").capitalize()
    before, after = (_shown(change.field, text, profile) for text in told_values(change))
    return Entry(
        change,
        "Picture" if change.field == AVATAR else label,
        before,
        after,
        is_undoable(change, profile),
    )


def _shown(field: str, text: str, profile: Profile) -> str:
    """A field that a later version of Daybook dropped still shows what it held."""
    rule = FIELDS.get(field)
    if rule is None:
        return text
    choices = dict(rule.choices) if isinstance(rule, TextRule) else {}
    return choices.get(text) or rule.show(text, profile.values())
