"""The sync log of a connection: its runs, quarantined events and held deletions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, Max, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from calendars.connections.overview import owned_connection
from calendars.models import QuarantinedEvent, SyncRun, SyncState
from calendars.sync.due import request_syncs
from config.web.pagination import Key, Order, moment
from config.web.problems import DomainError, Kind

SHOWN = 10  # per connection
MOST_SET_ASIDE = 50
# A run that found nothing new. A full one of the calendar list counts all that it read as updated.
QUIET = (
    Q(outcome=SyncRun.Outcome.COMPLETED, error_code="", created=0, deleted=0, quarantined=0)
    & (Q(updated=0) | Q(calendar=None, kind=SyncRun.Kind.FULL))
    & ~Q(kind=SyncRun.Kind.UNDO)
)
RUNS = Order((Key("started_at", moment, True), Key("id", UUID, True)), page_size=100)
HELD = (SyncState.Deletions.HELD, SyncState.Deletions.ASKED)


def runs_of(*, owner: User, connection_id: UUID) -> QuerySet[SyncRun]:
    """Return a connection's runs, for the order RUNS. Raises DomainError if it isn't the
    owner's."""
    connection = owned_connection(owner=owner, connection_id=connection_id)
    return SyncRun.objects.filter(connection=connection).select_related("calendar")


@dataclass(frozen=True, slots=True)
class QuietRuns:
    """The completed runs of the last day that found nothing new."""

    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ConnectionLog:
    """The log of a connection on the page: the latest runs that changed something or failed, the
    others in one line, quarantined events, held deletions."""

    connection_id: UUID
    runs: list[SyncRun]
    quiet: QuietRuns | None
    quarantined: list[QuarantinedEvent]
    held: list[SyncState]


def connection_logs(*, owner: User) -> list[ConnectionLog]:
    """Return the log of each connection, with four queries in total."""
    runs, held, quiet = _latest_runs(owner), _held(owner), _quiet_runs(owner)
    quarantined = _quarantined(owner, calendar__connection__isnull=False)
    return [
        ConnectionLog(
            pk,
            [run for run in runs if run.connection_id == pk],
            quiet.get(pk),
            [event for event in quarantined if event.calendar.connection_id == pk],
            [state for state in held if state.connection_id == pk],
        )
        for pk in sorted({run.connection_id for run in runs} | quiet.keys())
    ]


def _latest_runs(owner: User) -> list[SyncRun]:
    place = Window(
        RowNumber(), partition_by="connection_id", order_by=[F("started_at").desc(), "pk"]
    )
    told = SyncRun.objects.filter(owner=owner).exclude(QUIET)
    latest = told.annotate(place=place).filter(place__lte=SHOWN)
    return list(latest.select_related("calendar").order_by("-started_at", "-pk"))


def _quiet_runs(owner: User) -> dict[UUID, QuietRuns]:
    since = timezone.now() - timedelta(days=1)
    quiet = SyncRun.objects.filter(QUIET, owner=owner, started_at__gte=since)
    by_connection = quiet.order_by().values("connection_id")
    counted = by_connection.annotate(count=Count("pk"), last_at=Max("started_at"))
    return {row["connection_id"]: QuietRuns(row["count"], row["last_at"]) for row in counted}


def incomplete_imports(*, owner: User) -> list[QuarantinedEvent]:
    """Return the imported events that were stored without a part of their times."""
    return _quarantined(owner, calendar__connection__isnull=True)


def _quarantined(owner: User, **calendar: bool) -> list[QuarantinedEvent]:
    found = QuarantinedEvent.objects.filter(owner=owner, calendar__removed_at=None, **calendar)
    return list(found.select_related("calendar").order_by("-seen_at", "-pk")[:MOST_SET_ASIDE])


def _held(owner: User) -> list[SyncState]:
    """The calendars whose deletions wait for a second list or for the owner's approval."""
    held = SyncState.objects.filter(owner=owner, deletions__in=HELD, calendar__removed_at=None)
    return list(held.select_related("calendar").order_by("pk"))


def approve_deletions(*, owner: User, calendar_id: UUID) -> None:
    """Allow the next full list to remove events missing from it, and request that list."""
    asked = SyncState.objects.filter(owner=owner, calendar_id=calendar_id)
    if not apply_deletions(list(asked.values_list("pk", flat=True))):
        raise DomainError(
            Kind.CONFLICT, "nothing-held", _("This calendar no longer has deletions on hold.")
        )


def apply_deletions(state_ids: list[int]) -> int:
    """Approve the held deletions of the collections. Returns how many have some."""
    held = SyncState.objects.filter(pk__in=state_ids, deletions__in=HELD)
    ids = list(held.values_list("pk", flat=True))
    held.update(deletions=SyncState.Deletions.APPROVED)
    return request_syncs(ids, full=True)
