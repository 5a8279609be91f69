"""All that is known of an event, or of one instance of a series, for its page and its popover."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from accounts.models import User
from calendars.events.conferences import conference_url_of
from calendars.events.people import from_json, organizer_from_json
from calendars.events.rights import Rights, rights_of
from calendars.models import Calendar, Category, Event, Occurrence, PendingChange
from calendars.models.palette import hued
from calendars.rfc5545.conferences import web_address
from calendars.rfc5545.people import NO_RESPONSE, PARTSTAT, Person
from calendars.rfc5545.recurrence import Instance
from calendars.timeline.categories import Classifier, Reason, Source, classifier_of
from calendars.timeline.day_entry import DayEntry, dates_of
from calendars.timeline.event_history import HistoryLine, history_of
from calendars.timeline.instances import NextDate, SeriesInstances, at_of
from calendars.timeline.occurrences import entry_of
from calendars.timeline.recurrence_words import recurrence_words
from calendars.timeline.reminder_words import reminder_words
from config.web.problems import DomainError, Kind
from profiles.preferences import reader_of

MOST_PEOPLE, IN_POPOVER = 40, 6
SYNCED = "synced"
LONGEST_PLACE = 300
_MAP = "https://www.openstreetmap.org/search?query="
_ANSWERS = ("accepted", "tentative", "needsAction", "declined")


@dataclass(frozen=True, slots=True)
class People:
    """Those who are invited, organizer and acceptances first; at most MOST_PEOPLE of them."""

    shown: tuple[Person, ...]
    total: int
    answers: Counter[str]
    organizer: Person | None

    @property
    def more(self) -> int:
        return self.total - len(self.shown)

    @property
    def first(self) -> tuple[Person, ...]:
        """As many as the popover shows."""
        return self.shown[:IN_POPOVER]

    @property
    def after_first(self) -> int:
        return self.total - len(self.first)

    @property
    def accepted(self) -> int:
        return self.answers["accepted"]

    @property
    def tentative(self) -> int:
        return self.answers["tentative"]

    @property
    def declined(self) -> int:
        return self.answers["declined"]

    @property
    def unanswered(self) -> int:
        return self.answers[NO_RESPONSE]

    @classmethod
    def of(cls, event: Event) -> People:
        invited = [from_json(one) for one in event.attendees]
        ordered = sorted(invited, key=lambda one: (not one.is_organizer, _answer_order(one)))
        organizer = organizer_from_json(event.organizer)
        is_invited = organizer and any(one.is_organizer for one in invited)
        return cls(
            shown=tuple(ordered[:MOST_PEOPLE]),
            total=len(invited),
            answers=Counter(one.response for one in invited),
            organizer=None if is_invited else organizer,
        )


def _answer_order(person: Person) -> int:
    return _ANSWERS.index(person.response) if person.response in PARTSTAT else len(_ANSWERS)


@dataclass(frozen=True)
class EventCard:
    """An event with the instance that is shown.

    `upcoming` are the next dates of a series; `sync` is synced, pending, conflict or failed.
    """

    event: Event
    shown: DayEntry
    hue: int
    sync: str
    repeats: str
    upcoming: tuple[NextDate, ...]
    reason: Reason
    categories: tuple[Category, ...]

    @property
    def category(self) -> Category | None:
        return self.reason.category

    @property
    def has_chosen_category(self) -> bool:
        return self.reason.source is Source.CHOSEN

    @cached_property
    def history(self) -> list[HistoryLine]:
        """Read when it's shown: the popover leaves it out."""
        return history_of(self.event)

    @property
    def calendar(self) -> Calendar:
        return self.event.calendar

    @property
    def title(self) -> str:
        return self.event.summary.strip() or _("(no title)")

    @property
    def at(self) -> str:
        """Names the instance in an address; "" for an event that doesn't repeat."""
        return at_of(self.shown.entry.original_start_at) if self.repeats else ""

    @cached_property
    def place(self) -> str:
        """The location, unless it's only the address of the conference."""
        text = self.event.location.strip()
        return "" if text == self.conference_url else text[:LONGEST_PLACE]

    @property
    def place_url(self) -> str:
        """The place on a map, or the address that it is."""
        return web_address(self.place) or f"{_MAP}{quote(self.place, safe='')}"

    @cached_property
    def conference_url(self) -> str:
        return conference_url_of(self.event)

    @property
    def conference_host(self) -> str:
        return urlsplit(self.conference_url).hostname or ""

    @property
    def google_url(self) -> str:
        return web_address(self.event.html_link) if self.calendar.connection_id else ""

    @cached_property
    def people(self) -> People:
        return People.of(self.event)

    @property
    def own_answer(self) -> str:
        return "" if self.is_shared else self.shown.entry.response

    @property
    def own_comment(self) -> str:
        """What the calendar's owner told the organizer."""
        own: Any = next((one for one in self.event.attendees if one.get("self")), {})
        return str(own.get("comment", ""))

    @property
    def is_shared(self) -> bool:
        """Whether it is another user's."""
        return bool(self.calendar.share_level)

    @property
    def reminders(self) -> list[str]:
        return reminder_words(self.event.reminders)

    @property
    def is_private(self) -> bool:
        return self.event.visibility in ("private", "confidential")

    @property
    def is_tentative(self) -> bool:
        return self.event.status == Event.Status.TENTATIVE

    @property
    def is_free(self) -> bool:
        return self.event.transparency == "transparent"

    @property
    def zone(self) -> str:
        """The zone in which the times are shown."""
        return str(self.shown.entry.start_at.tzinfo)

    @cached_property
    def pending(self) -> PendingChange | None:
        """The change that Google doesn't have; read only if there is one."""
        if self.sync == SYNCED:
            return None
        return PendingChange.objects.filter(pk=self.event.pk).first()

    @property
    def waits_for_permission(self) -> bool:
        connection = self.calendar.connection
        return self.sync == "pending" and connection is not None and not connection.may_write

    @property
    def query(self) -> str:
        """The part of an address that names the instance."""
        return f"?at={self.at}" if self.at else ""

    @cached_property
    def rights(self) -> Rights:
        if not self.is_shared:
            return rights_of(self.event, self.calendar)
        reason = _("%(person)s shares this calendar with you. Only they can change it.")
        reason %= {"person": self.calendar.sharer}
        return Rights(frozenset(), may_delete=False, code="shared", reason=reason)

    @property
    def may_change(self) -> bool:
        """Whether anything can be changed: a guest may have reminders of their own."""
        return bool(self.rights.may_change)

    @property
    def may_answer(self) -> bool:
        return self.rights.may_answer

    @property
    def may_delete(self) -> bool:
        return self.rights.may_delete

    @property
    def asks_before_deleting(self) -> bool:
        """Of a series, what to delete is asked; of an event with guests, whom to tell."""
        others = any(not one.get("self") for one in self.event.attendees)
        return bool(self.repeats) or (others and self.calendar.connection_id is not None)

    @property
    def read_only_reason(self) -> str:
        """Why the event can't be changed here, or ""."""
        return self.rights.reason


def event_card(
    *, owner: User, event_id: UUID, at: datetime | None = None, now: datetime
) -> EventCard:
    """Return an event of the owner; `at` is the original start of the instance to be shown.

    Without it, a series shows its next instance. Raises DomainError NOT_FOUND, also for an instance
    that the series doesn't have, a cancelled event, and a calendar that the account no longer has.
    """
    shown = event_shown(owner=owner, event_id=event_id, at=at, now=now)
    return card_of(shown, classifier=classifier_of(owner.pk), zone=reader_of(owner).zone, now=now)


def card_of(
    shown: ShownEvent, *, classifier: Classifier, zone: ZoneInfo, now: datetime
) -> EventCard:
    """Build the card for a reader with this classifier and zone."""
    event, instance, series = shown
    entry = entry_of(Occurrence.of(event, instance), zone, classifier)
    first_on, last_on = dates_of(entry)
    return EventCard(
        event=event,
        shown=DayEntry(entry, first_on, first_on, last_on),
        hue=entry.hue,
        sync=sync_state_of(event),
        repeats=recurrence_words(series.master, cancelled=series.cancelled) if series else "",
        upcoming=tuple(series.upcoming(now)) if series else (),
        reason=classifier.reason_of(event),
        categories=tuple(classifier.categories.values()),
    )


class ShownEvent(NamedTuple):
    """An event, or an exception in its place, with the instance; `series` if it is of one."""

    event: Event
    instance: Instance
    series: SeriesInstances | None


def event_shown(
    *, owner: User, event_id: UUID, at: datetime | None = None, now: datetime
) -> ShownEvent:
    """Return what an address names, by the rules of `event_card`."""
    return instance_shown(partial(owned_event, owner), event_id, at=at, now=now)


def instance_shown(
    read: Callable[[UUID], Event], event_id: UUID, *, at: datetime | None, now: datetime
) -> ShownEvent:
    """The same, of an event that `read` returns."""
    event = read(event_id)
    series = SeriesInstances.of(event)
    return ShownEvent(*_shown(read, event, series, at, now), series)


def owned_event(owner: User, event_id: UUID) -> Event:
    """Return an event with its calendar, connection and `pending_state`. Raises DomainError."""
    pending = PendingChange.objects.filter(pk=OuterRef("pk")).values("state")
    beside = Calendar.objects.of(owner.pk).values(
        json=JSONObject(id="pk", colour="colour", own_colour="own_colour", created_at="created_at")
    )
    found = (
        Event.objects.filter(owner_id=owner.pk, pk=event_id, calendar__removed_at=None)
        .exclude(status=Event.Status.CANCELLED)
        .select_related("calendar__connection")
        .annotate(pending_state=Subquery(pending), beside=ArraySubquery(beside))
        .first()
    )
    if found is None:
        raise not_found()
    found.calendar.hue = _hue_of(found)
    return found


def sync_state_of(event: Event) -> str:
    """Return whether Google has it as it is here, of an event that `owned_event` returned."""
    return getattr(event, "pending_state", None) or SYNCED


def _hue_of(event: Any) -> int:
    """Return the calendar's hue, which depends on the calendars beside it; the statement that reads
    the event brings them along."""
    calendars = hued(
        Calendar(
            id=UUID(one["id"]),
            colour=one["colour"],
            own_colour=one["own_colour"],
            created_at=datetime.fromisoformat(one["created_at"]),
        )
        for one in event.beside
    )
    return next(one.hue for one in calendars if one.pk == event.calendar_id)


def _shown(
    read: Callable[[UUID], Event],
    event: Event,
    series: SeriesInstances | None,
    at: datetime | None,
    now: datetime,
) -> tuple[Event, Instance]:
    """Return the instance that is shown, with its event: an exception, if it was replaced."""
    if series is None or event.recurring_event_id:
        original_at = event.original_start_at or event.start_at
        if at is not None and at != original_at.replace(microsecond=0):
            raise not_found()
        return event, Instance(original_at, event.start_at, event.end_at)
    if at is None:
        first = Instance(event.start_at, event.start_at, event.end_at)
        return event, series.next_own(now) or first
    if replaced := series.replacement_at(at):
        return _shown(read, read(replaced.event_id), series, at, now)
    instance = series.at(at)
    if instance is None:
        raise not_found()
    return event, instance


def not_found() -> DomainError:
    return DomainError(Kind.NOT_FOUND, "not-found", _("You don't have an event with this ID."))
