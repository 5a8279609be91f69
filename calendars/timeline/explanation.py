"""Explain why an event is shown or not, from its arrival to the views, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from calendars.events.expansion import ReplacedInstances
from calendars.models import (
    Calendar,
    Connection,
    Event,
    EventChange,
    PendingChange,
    QuarantinedEvent,
    SyncRun,
    SyncState,
)
from calendars.models.event import exceptions_of
from calendars.rfc5545.recurrence import InvalidRecurrence, expand
from calendars.timeline.matches import Match, find_matches

MOST_EXPLAINED = 20
HELD = (SyncState.Deletions.HELD, SyncState.Deletions.ASKED)


@dataclass(frozen=True, slots=True)
class Step:
    """One stage on an event's way to a view. `hides`: the event isn't shown because of it."""

    code: str
    text: str
    hides: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """The steps of one event in one calendar, in order."""

    event_id: UUID
    remote_id: str
    title: str
    calendar_name: str
    steps: list[Step]

    @property
    def is_shown(self) -> bool:
        return not any(step.hides for step in self.steps)


@dataclass(frozen=True, slots=True)
class Answer:
    """The result. `found` counts all matching events, of which at most MOST_EXPLAINED are
    explained. Without any, `absence` explains what could keep an event from arriving."""

    explanations: list[Explanation]
    found: int
    absence: list[Step]


def explain_event(*, owner_id: int, asked: str) -> Answer:
    """Explain the events that `asked` names, as `find_matches` reads it.

    Times are in the current time zone. Nothing is changed, and there is no request to Google.
    """
    matches, found = find_matches(owner_id=owner_id, asked=asked, limit=MOST_EXPLAINED)
    absence = [] if matches else list(_absence(owner_id))
    return Answer([_explain(match) for match in matches], found, absence)


def _explain(match: Match) -> Explanation:
    steps = [*_arrival(match), *_content(match), *_calendar(match.calendar), *_supply(match)]
    return Explanation(match.event_id, match.remote_id, match.title, match.calendar.name, steps)


# --- Arrival ------------------------------------------------------------------------------------
def _arrival(match: Match) -> Iterator[Step]:
    if match.event is not None:
        yield Step("received", _received(match.event, match.calendar, match.last_change))
    if match.quarantined is not None:
        yield _quarantined(match, match.quarantined)
    elif match.event is None and match.last_change is not None:
        yield _gone(match.last_change)
    yield from _to_be_sent(match)


def _gone(change: EventChange) -> Step:
    at = f"{_author(change)} at {_time(change.changed_at)}"
    if change.door == EventChange.Door.UNDO:
        return Step("undone", f"Removed by {at}.", hides=True)
    return Step("deleted", f"Deleted by {at}.", hides=True)


def _author(change: EventChange) -> str:
    if change.run is not None:
        return _run(change.run)
    return f"{'the user' if change.actor_id else 'Daybook'} ({change.get_door_display()})"


def _received(event: Event, calendar: Calendar, change: EventChange | None) -> str:
    if calendar.connection is None:
        return f"Imported from a file; last written at {_time(event.changed_at)}."
    if not event.etag:
        return f"Made here; last written at {_time(event.changed_at)}."
    source = f"Received from {calendar.connection}"
    run = SyncRun.objects.filter(pk=event.seen_run).first() if event.seen_run else None
    seen = f"last seen by {_run(run)}" if run else "the run that last saw it is no longer kept"
    text = f"{source}; {seen}; last written at {_time(event.changed_at)}."
    if change is not None:
        text += f" Latest change: {change.kind} by {_author(change)}."
    return text


def _to_be_sent(match: Match) -> Iterator[Step]:
    """What was changed here and Google hasn't confirmed."""
    change = PendingChange.objects.filter(pk=match.event_id).first()
    if change is None:
        return
    text = f"Changed here at {_time(change.changed_at)} ({change.kind}), not confirmed by Google: "
    if change.state == PendingChange.State.CONFLICT:
        yield Step("conflict", f"{text}both sides changed it, and a person has to decide.")
    elif change.state == PendingChange.State.FAILED:
        yield Step("failed", f"{text}{change.error_message or change.error_code}")
    else:
        yield Step("pending", f"{text}{_wait_of(change)}.")


def _wait_of(change: PendingChange) -> str:
    if change.after and PendingChange.objects.filter(pk=change.after).exists():
        return f"it waits for the change of {change.after}"
    reason = f" after {change.attempts} attempts ({change.error_code})" if change.error_code else ""
    return f"it is sent at {_time(change.due_at)}{reason}"


def _quarantined(match: Match, aside: QuarantinedEvent) -> Step:
    reason = f"{aside.reason.rstrip('.')}. Quarantined at {_time(aside.seen_at)}"
    run = SyncRun.objects.filter(pk=aside.seen_run).first() if aside.seen_run else None
    where = f"{reason} by {_run(run)}." if run else f"{reason}."
    if match.event is None:
        return Step("quarantined", f"It can't be stored: {where}", hides=True)
    if match.calendar.connection_id is None:
        return Step("quarantined", where)
    return Step("quarantined", f"Its newest version can't be stored, an older one is kept: {where}")


# --- Content: cancelled, an exception, a series -------------------------------------------------
def _content(match: Match) -> Iterator[Step]:
    event = match.event
    if event is None:
        return
    if event.recurring_event_id:
        yield _exception(event)
    elif event.status == Event.Status.CANCELLED:
        yield Step("cancelled", "The event is cancelled, and views leave that out.", hides=True)
    if event.status != Event.Status.CANCELLED:
        yield from _instances(event, match.calendar)


def _exception(event: Event) -> Step:
    master = Event.objects.filter(
        calendar_id=event.calendar_id, remote_id=event.recurring_event_id
    ).first()
    series = f"“{master}” ({master.pk})" if master else "a series that isn't stored here"
    at = _moment(event.original_start_at or event.start_at, event)
    if event.status == Event.Status.CANCELLED:
        return Step("cancelled", f"The instance of {series} at {at} is cancelled.", hides=True)
    text = f"Replaces the instance of {series} at {at}."
    if master is not None and not _is_instance(master, event.original_start_at):
        text += " The series no longer has an instance then; the exception is shown all the same."
    return Step("exception", text)


def _is_instance(master: Event, at: datetime | None) -> bool:
    if at is None:
        return True
    try:
        found = expand(master, after=at, before=at + timedelta.resolution)
    except InvalidRecurrence:
        return False
    return any(instance.original_start_at == at for instance in found)


# --- Instances within the horizon ---------------------------------------------------------------
def _instances(event: Event, calendar: Calendar) -> Iterator[Step]:
    shown = event.occurrences.aggregate(
        count=Count("original_start_at"),
        first=Min("start_at"),
        last=Max("start_at"),
        following=Min("start_at", filter=Q(end_at__gt=timezone.now())),
    )
    if event.recurrence:
        yield from _series(event, calendar, shown["count"])
    elif not shown["count"]:
        yield Step("instances", f"It has no entry on the time line. {_REBUILD}", hides=True)
    if shown["count"]:
        following = shown["following"]
        text = f"From {_moment(shown['first'], event)} to {_moment(shown['last'], event)}"
        text = f"{text}, next at {_moment(following, event)}" if following else f"{text}, all past"
        yield Step("times", f"{text}.")


def _series(event: Event, calendar: Calendar, stored: int) -> Iterator[Step]:
    exceptions = exceptions_of(calendar, [event.remote_id])
    replaced = Event.objects.filter(exceptions, original_start_at__isnull=False)
    cancelled = replaced.filter(status=Event.Status.CANCELLED).count()
    moved = replaced.count() - cancelled
    window = f"{_day(calendar.expanded_from)} to {_day(calendar.expanded_until)}"
    text = f"{_number(stored, 'instance')} stored within the horizon, {window}"
    if moved or cancelled:
        text += f"; exceptions: {moved} changed and shown instead, {cancelled} cancelled"
    yield Step("expanded", f"{text}. Other dates are expanded when a view asks for them.")
    if event.stored_until:
        at = _moment(event.stored_until, event)
        yield Step("cut", f"It has too many instances: those after {at} aren't stored.")
    if not stored:
        yield from _none_stored(event, calendar, exceptions=moved + cancelled)


def _none_stored(event: Event, calendar: Calendar, *, exceptions: int) -> Iterator[Step]:
    replaced = ReplacedInstances.of([event])
    try:
        within = expand(event, after=calendar.expanded_from, before=calendar.expanded_until)
        ever = expand(event, after=event.start_at, before=_END, limit=exceptions + 1)
    except InvalidRecurrence as error:
        yield Step("not-expanded", f"Its recurrence can't be expanded: {error}.", hides=True)
        return
    if any(replaced.without(event, within)):
        yield Step("instances", f"Its instances are missing. {_REBUILD}", hides=True)
    elif not any(replaced.without(event, ever)):
        text = "Each of its instances is excluded, cancelled or replaced by an exception."
        yield Step("no-instances", text, hides=True)
    else:
        yield Step("outside", "None of its instances lies within the horizon.")


# --- Calendar, connection and sync --------------------------------------------------------------
def _calendar(calendar: Calendar) -> Iterator[Step]:
    if calendar.removed_at:
        text = f"The account has no longer had this calendar since {_time(calendar.removed_at)}."
        yield Step("calendar-removed", text, hides=True)
    elif not calendar.selected:
        yield Step(
            "calendar-not-selected",
            "The calendar isn't selected, so pages leave it out; the API lists it. Select it beside"
            " the month. A calendar that Google hides starts unselected.",
            hides=True,
        )


def _supply(match: Match) -> Iterator[Step]:
    calendar = match.calendar
    if calendar.connection is not None:
        yield from _connection(calendar.connection)
        yield from _sync(calendar, match.event)


def _connection(connection: Connection) -> Iterator[Step]:
    if connection.status == Connection.Status.DISCONNECTED:
        yield Step(
            "disconnected", f"{connection} is disconnected: what was received stays as it was."
        )
    elif connection.status == Connection.Status.RECONNECT_REQUIRED:
        reason = connection.error_message or "Google ended the grant."
        yield Step("reconnect-required", f"{connection} has to be reconnected: {reason}")


def _sync(calendar: Calendar, event: Event | None) -> Iterator[Step]:
    state = SyncState.objects.filter(calendar=calendar).first()
    if state is None or calendar.removed_at:
        return
    name = f"The sync of “{calendar}”"
    if state.last_synced_at is None:
        yield Step("never-synced", f"{name} hasn't finished once.")
    if state.paused:
        yield Step("sync-paused", f"{name} is paused by an administrator{_since(state)}.")
    elif state.parked:
        yield Step("sync-stopped", f"{name} stopped{_since(state)}: {state.error_message}")
    elif state.error_code and (event is None or state.deletions not in HELD):
        yield Step("sync-fault", f"{name} has a fault{_since(state)}: {state.error_message}")
    if event is not None and state.deletions in HELD:
        yield from _held(state, event)


def _held(state: SyncState, event: Event) -> Iterator[Step]:
    lists = SyncRun.objects.filter(calendar=state.calendar, kind=SyncRun.Kind.FULL)
    newest = lists.filter(outcome=SyncRun.Outcome.COMPLETED).order_by("-started_at").first()
    seen = SyncRun.objects.filter(pk=event.seen_run).first() if event.seen_run else None
    if newest is None or (seen is not None and seen.started_at >= newest.started_at):
        return
    yield Step(
        "deletion-held",
        f"Google no longer lists it ({_run(newest)}), but that list lost so many events that their"
        " deletion is held.",
    )


def _since(state: SyncState) -> str:
    return f"; last synced at {_time(state.last_synced_at)}" if state.last_synced_at else ""


# --- No match -----------------------------------------------------------------------------------
def _absence(owner_id: int) -> Iterator[Step]:
    yield Step("not-received", "No event, quarantined event or deletion matches.", hides=True)
    connections = list(Connection.objects.of(owner_id).shown())
    if not connections:
        yield Step("no-connection", "No account is connected.")
    for connection in connections:
        yield from _connection(connection)
        for calendar in Calendar.objects.filter(connection=connection).shown():
            yield from _calendar(calendar)
            yield from _sync(calendar, None)


# --- Formatting ---------------------------------------------------------------------------------
_REBUILD = "List the calendar again: manage.py sync --user EMAIL --full."
_END = datetime(9999, 1, 1, tzinfo=UTC)


def _run(run: SyncRun) -> str:
    return f"the {run.kind} run {run.pk} of {_time(run.started_at)}"


def _moment(moment: datetime, event: Event) -> str:
    """Dates are stored as midnight UTC and not shifted by any zone."""
    return moment.astimezone(UTC).date().isoformat() if event.all_day else _time(moment)


def _time(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M %Z}"


def _day(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"
