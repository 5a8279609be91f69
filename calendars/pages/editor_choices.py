"""What the editor of events offers: the calendars that can be written, the categories."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import User
from calendars.models import Calendar, Connection, Event
from calendars.pages.event_form import Choices, EventForm
from calendars.pages.event_input import Input
from calendars.timeline.categories import Classifier, Source, classifier_of
from calendars.timeline.stored import hued_calendars
from profiles.preferences import Reader, reader_of

AUTOMATIC = ""


@dataclass(frozen=True)
class EditorChoices:
    """Of one person, read once a request."""

    person: User

    @property
    def reader(self) -> Reader:
        return reader_of(self.person)

    @cached_property
    def connections(self) -> dict[UUID, Connection]:
        return Connection.objects.filter(owner=self.person).in_bulk()

    @cached_property
    def calendars(self) -> list[Calendar]:
        """Those whose events can be changed."""
        return [one for one in hued_calendars(self.person.pk) if self._is_writable(one)]

    @cached_property
    def classifier(self) -> Classifier:
        return classifier_of(self.person.pk)

    def form(
        self,
        typed: Input,
        *,
        checked: bool = False,
        locked: Collection[str] = (),
    ) -> EventForm:
        """`locked` groups can't be changed."""
        return EventForm(
            typed,
            reader=self.reader,
            calendars=self._calendar_choices(self.calendars),
            categories=self._category_choices(),
            checked=checked,
            locked=locked,
        )

    def first_calendar(self, wanted: str) -> str:
        """Return the calendar of a new event: the wanted one, else the first that is shown."""
        ids = [str(one.pk) for one in sorted(self.calendars, key=lambda one: not one.selected)]
        return wanted if wanted in ids else next(iter(ids), "")

    def calendar(self, calendar_id: str) -> Calendar | None:
        return next((one for one in self.calendars if str(one.pk) == calendar_id), None)

    def waiting_account(self, calendar_id: str) -> Connection | None:
        """Return the account that Daybook may not change yet."""
        calendar = self.calendar(calendar_id)
        connection = self._connection(calendar) if calendar else None
        return connection if connection is not None and not connection.may_write else None

    def chosen_category(self, event: Event) -> str:
        reason = self.classifier.reason_of(event)
        is_chosen = reason.source is Source.CHOSEN and reason.category
        return str(reason.category.pk) if is_chosen and reason.category else AUTOMATIC

    def _connection(self, calendar: Calendar) -> Connection | None:
        return self.connections.get(calendar.connection_id) if calendar.connection_id else None

    def _is_writable(self, calendar: Calendar) -> bool:
        connection = (
            self.connections.get(calendar.connection_id) if calendar.connection_id else None
        )
        is_away = connection is not None and connection.status == Connection.Status.DISCONNECTED
        return not (calendar.read_only or is_away)

    def _calendar_choices(self, offered: list[Calendar]) -> Choices:
        """Grouped by account if there is more than one."""

        def account(calendar: Calendar) -> str:
            connection = self._connection(calendar)
            return connection.email if connection else _("On this Daybook")

        groups = [
            (name, [(str(one.pk), one.name) for one in some])
            for name, some in groupby(sorted(offered, key=account), account)
        ]
        return groups[0][1] if len(groups) == 1 else groups

    def _category_choices(self) -> Choices:
        known = self.classifier.categories.values()
        return [
            (AUTOMATIC, _("Automatic")),
            *((str(one.pk), f"{one.emoji} {one.name}".strip()) for one in known),
        ]
