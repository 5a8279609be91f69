"""Writing what the form of an event says, by the services that every entry point uses."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from calendars.events.editing import create_event, lock_version
from calendars.events.history import Author
from calendars.events.merging import row_of
from calendars.events.moving import move_event
from calendars.events.rows import EventRow
from calendars.events.scopes import Edited, Scope, change_in_scope
from calendars.events.values import columns_of
from calendars.models import Event, PendingChange
from calendars.pages.editor_choices import EditorChoices
from calendars.pages.event_form import EventForm
from calendars.pages.event_input import GROUPS
from calendars.pages.scope_words import with_notes
from calendars.timeline.category_choices import set_category
from calendars.timeline.event_card import ShownEvent
from calendars.timeline.event_editing import lock_both
from config.web.problems import DomainError, Kind

SCOPES = (
    (Scope.THIS.value, gettext_lazy("Only this date")),
    (Scope.FOLLOWING.value, gettext_lazy("This and following")),
    (Scope.ALL.value, gettext_lazy("All dates")),
)
_UNSEEN = ("calendar", "category")  # groups that are no columns of the event
_FOR_THE_CALLER = (Kind.PRECONDITION, Kind.NOT_FOUND)


class Refused(Exception):
    """The form isn't saved; its fields have the reasons."""


@dataclass(frozen=True, slots=True)
class Saved:
    """`message` says what was done; empty if nothing was to be done."""

    event: Event
    message: str = ""


def scope_of(shown: ShownEvent, chosen: str) -> Scope | None:
    """Return None for an event that doesn't repeat, and if nothing is chosen. A guest may have one
    date without its series."""
    if shown.series is None:
        return Scope.THIS if shown.event.recurring_event_id else None
    return Scope(chosen) if chosen in dict(SCOPES) else None


def original_of(shown: ShownEvent) -> datetime | None:
    """Return what names the instance within its series."""
    return shown.instance.original_start_at if shown.series else None


def said(event: Event) -> str:
    return event.summary.strip() or _("(no title)")


def former_of(shown: ShownEvent) -> EventRow:
    """Return the shown instance as a row, with the rule of its series."""
    master = shown.series.master if shown.series else shown.event
    return row_of(shown.event)._replace(
        start_at=shown.instance.start_at,
        end_at=shown.instance.end_at,
        recurrence=list(master.recurrence),
        recurring_event_id="",
    )


def save_new(form: EventForm, *, choices: EditorChoices, author: Author) -> Event:
    """Raises Refused."""
    if not form.is_valid():
        raise Refused
    try:
        with transaction.atomic():
            columns = columns_of(form.members(GROUPS, None), zone=choices.reader.zone)
            calendar_id = form.cleaned_data["calendar"]
            event = create_event(
                owner_id=choices.person.pk,
                calendar_id=UUID(calendar_id),
                values=columns,
                author=author,
                notify=notify_of(form, choices),
            )
            if form.cleaned_data["category"]:
                _categorize(event, form)
    except DomainError as error:
        form.add_refusal(error)
        raise Refused from error
    return event


def notify_of(form: EventForm, choices: EditorChoices) -> str:
    """Whom Google mails; a calendar without an account mails nobody."""
    calendar = choices.calendar(form.cleaned_data["calendar"])
    if calendar is None or calendar.connection_id is None:
        return PendingChange.Notify.NONE
    return form.cleaned_data["notify"] or PendingChange.Notify.NONE


@dataclass(frozen=True)
class Saving:
    """Writes the groups in `mine` of a valid form, in one transaction."""

    form: EventForm
    mine: Collection[str]
    shown: ShownEvent
    scope: str
    choices: EditorChoices
    author: Author

    def save(self) -> Saved:
        """Raises Refused, and DomainError for a version that isn't the current one any more, and
        for an event that is gone."""
        if not self.mine:
            return Saved(self.shown.event)
        if not self.form.is_valid():
            raise Refused
        try:
            with transaction.atomic():
                return self._save()
        except DomainError as error:
            if error.kind in _FOR_THE_CALLER:
                raise
            self.form.add_refusal(error)
            raise Refused from error

    def _save(self) -> Saved:
        self._check_scope()
        if "calendar" in self.mine:
            lock_both(self.choices.person, self.shown.event.pk, self._target)
        edited = Edited(self.shown.event, self.author.act)
        columns = self._columns()
        if columns:
            edited = change_in_scope(
                owner_id=self.choices.person.pk,
                event_id=self.shown.event.pk,
                base=self.shown.event.change_set,
                changes=columns,
                scope=self._scope,
                original_start_at=self.shown.instance.original_start_at
                if self.shown.series
                else None,
                author=self.author,
                notify=notify_of(self.form, self.choices),
            )
        event = edited.event or self.shown.event
        if "calendar" in self.mine:
            event = self._move(event)
        if "category" in self.mine:
            _categorize(event, self.form)
        return Saved(event, with_notes(_("Saved."), edited, self.choices.reader))

    @property
    def _target(self) -> UUID:
        return UUID(self.form.cleaned_data["calendar"])

    def _move(self, event: Event) -> Event:
        """Move the event, or its series, to the chosen calendar."""
        moved_id = self.shown.series.master.pk if self.shown.series else event.pk
        return move_event(
            owner_id=self.choices.person.pk,
            event_id=moved_id,
            base=lock_version(owner_id=self.choices.person.pk, event_id=moved_id),
            calendar_id=self._target,
            author=self.author,
            notify=notify_of(self.form, self.choices),
        )

    @property
    def _scope(self) -> Scope | None:
        return scope_of(self.shown, self.scope)

    def _check_scope(self) -> None:
        """One date can't repeat by itself, and a series is in one calendar."""
        if self._scope is Scope.THIS and "repeat" in self.mine:
            message = _("One date can't repeat by itself. Below, choose which dates to change.")
            self.form.add_error("repeat", message)
            raise Refused
        if self._scope not in (None, Scope.ALL) and "calendar" in self.mine:
            message = _("A series moves as a whole. Below, choose all dates.")
            self.form.add_error("calendar", message)
            raise Refused

    def _columns(self) -> dict[str, Any]:
        """Return the columns that the person changed."""
        former = former_of(self.shown)
        groups = [name for name in self.mine if name not in _UNSEEN]
        members = self.form.members(groups, former)
        columns = columns_of(members, zone=self.choices.reader.zone, former=former)
        return {name: value for name, value in columns.items() if value != getattr(former, name)}


def _categorize(event: Event, form: EventForm) -> None:
    chosen = form.cleaned_data["category"]
    category_id = UUID(chosen) if chosen else None
    set_category(owner_id=event.owner_id, event_id=event.pk, category_id=category_id)
