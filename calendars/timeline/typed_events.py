"""An event from one typed line: what was understood, with the names and defaults of its owner.

Where the line says no length, the event takes an hour; where it names no calendar, the first one
that can be written to is taken.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.reading import current_conventions
from calendars.events.editing import Notify, create_event
from calendars.events.history import Author
from calendars.events.values import columns_of
from calendars.models import Calendar, Category, Connection, Event
from calendars.timeline.category_choices import ensure_categories, set_category
from calendars.timeline.folding import words_of
from calendars.timeline.stored import hued_calendars
from calendars.timeline.suggestions import READ, Suggestion, people_suggested
from calendars.typed_line import LONGEST, Guest, Tag, Understood, understand
from config.web.problems import DomainError, FieldFault, Kind
from profiles.preferences import reader_of

__all__ = ["DAY", "LONGEST", "KnownNames", "TypedEvent", "create_typed", "read_typed"]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class KnownNames:
    """People, calendars and categories that the owner may mean by a name.

    Each kind is read once, when a line first names one.
    """

    owner: User

    @cached_property
    def calendars(self) -> list[Calendar]:
        """Those that can be written, the shown ones first."""
        gone = set(
            Connection.objects.filter(
                owner=self.owner, status=Connection.Status.DISCONNECTED
            ).values_list("pk", flat=True)
        )
        writable = (
            one
            for one in hued_calendars(self.owner.pk)
            if not one.read_only and one.connection_id not in gone
        )
        return sorted(writable, key=lambda one: not one.selected)

    @cached_property
    def categories(self) -> list[Category]:
        return [one for one in ensure_categories(self.owner.pk) if not one.is_default]

    @cached_property
    def _people(self) -> list[Suggestion]:
        return people_suggested(self.owner.pk, most=READ)

    def people(self, name: str) -> list[Guest]:
        """Return the people of the owner's events that are called so, by whole words: Ann isn't
        Anna. A name that is somebody's whole name is theirs alone."""
        wanted = words_of(name)
        found = [one for one in self._people if wanted and _is_within(wanted, words_of(one.name))]
        whole = [one for one in found if words_of(one.name) == wanted]
        return [Guest(one.email, one.name) for one in whole or found]

    def tags(self, name: str) -> list[Tag]:
        """A whole name goes before one that only begins so."""
        known = [*_tags("calendar", self.calendars), *_tags("category", self.categories)]
        wanted = words_of(name)
        exact = [tag for tag in known if words_of(tag.name) == wanted]
        return exact or [tag for tag in known if _begins(" ".join(words_of(tag.name)), wanted)]


def _tags(kind: Any, named: Iterable[Calendar | Category]) -> list[Tag]:
    return [Tag(kind, str(one.pk), one.name) for one in named]


def _begins(name: str, wanted: list[str]) -> bool:
    return bool(wanted) and name.startswith(" ".join(wanted))


def _is_within(wanted: list[str], words: list[str]) -> bool:
    """Whether the words are side by side in a name."""
    length = len(wanted)
    return any(words[at : at + length] == wanted for at in range(len(words) - length + 1))


@dataclass(frozen=True)
class TypedEvent:
    """`calendar` is None if there is none to write to."""

    understood: Understood
    calendar: Calendar | None

    @property
    def start(self) -> date | None:
        return self.understood.start

    @property
    def end(self) -> date | None:
        """The end that was said, otherwise that of an hour."""
        start, end = self.understood.start, self.understood.end
        if end is not None or not isinstance(start, datetime):
            return end
        return (start.astimezone(UTC) + HOUR).astimezone(start.tzinfo)

    @property
    def members(self) -> dict[str, Any]:
        """The event as clients give it (calendars/events/values.py)."""
        said = self.understood
        members: dict[str, Any] = {
            "summary": said.title,
            "location": said.place,
            "start": said.start,
            "end": self.end,
            "all_day": said.all_day,
            "recurrence": list(said.recurrence),
            "attendees": [{"email": one.email, "name": one.name} for one in said.people],
        }
        if isinstance(said.start, datetime):
            members["time_zone"] = str(said.start.tzinfo)
        return members


def read_typed(
    text: str, *, owner: User, now: datetime, calendar_id: UUID | None = None
) -> TypedEvent:
    """Understand a line as the owner reads dates and times. A calendar that the line names goes
    before `calendar_id`. Raises DomainError NOT_FOUND if the owner can't write to that one."""
    reader, names = reader_of(owner), KnownNames(owner)
    understood = understand(
        text,
        now=now,
        zone=reader.zone.key,
        language=str(current_conventions().locale).replace("_", "-"),
        names=names,
        clock=reader.hour_cycle,
    )
    if calendar_id is not None and all(one.pk != calendar_id for one in names.calendars):
        message = _("You don't have a calendar with this ID that you can write to.")
        raise DomainError(Kind.NOT_FOUND, "not-found", message)
    meant = UUID(understood.calendar.id) if understood.calendar else calendar_id
    calendar = next((one for one in names.calendars if meant in (None, one.pk)), None)
    return TypedEvent(understood, calendar)


@transaction.atomic
def create_typed(
    typed: TypedEvent, *, owner: User, author: Author, notify: str = Notify.NONE
) -> Event:
    """Create the event, with its category. Raises DomainError, also if the line says no time."""
    event = create_event(
        owner_id=owner.pk,
        calendar_id=_target(typed),
        values=columns_of(typed.members, zone=reader_of(owner).zone),
        author=author,
        notify=notify,
    )
    category = typed.understood.category
    if category is not None:
        set_category(owner_id=owner.pk, event_id=event.pk, category_id=UUID(category.id))
    return event


def _target(typed: TypedEvent) -> UUID:
    if typed.start is None:
        message = _("Say when it is, such as “tomorrow 9:00” or “18 May”.")
        fault = FieldFault("text", "no-time", message)
        raise DomainError(Kind.INVALID, "invalid", message, faults=[fault])
    if typed.calendar is None:
        message = _("There is no calendar yet that you can write to.")
        raise DomainError(Kind.INVALID, "no-calendar", message)
    return typed.calendar.pk
