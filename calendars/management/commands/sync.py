"""`manage.py sync --connection ID [--full]`."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import F
from django.utils import timezone
from tqdm import tqdm

from accounts.security_context import acting_as, acting_as_system
from calendars.connections import request_sync
from calendars.models import Connection, SyncRun, SyncState
from calendars.progress import expected_total
from calendars.sync.pull import sync_collection
from config.problems import DomainError

PAUSE_SECONDS = 0.5  # while a worker is at one of the collections


class Command(BaseCommand):
    help = "Syncs a connection in the foreground and tells what was done."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--connection", required=True, type=UUID, metavar="ID")
        parser.add_argument("--full", action="store_true", help="list everything anew")

    def handle(self, *args: Any, **options: Any) -> None:
        connection = find_connection(options["connection"])
        try:
            with acting_as(user_id=connection.owner_id):
                requested = request_sync(
                    owner=connection.owner, connection_id=connection.pk, full=options["full"]
                )
        except DomainError as error:
            raise CommandError(error.message) from None
        with tqdm(unit="events", disable=None) as bar:
            follow(connection, bar)
        with acting_as(user_id=connection.owner_id):
            self._report(connection, requested.runs)

    def _report(self, connection: Connection, asked: list[UUID]) -> None:
        since = SyncRun.objects.filter(pk__in=asked).earliest("started_at").started_at
        runs = connection.runs.filter(started_at__gte=since).select_related("calendar")
        for run in runs.order_by("started_at"):
            self.stdout.write(
                f"{run.calendar or 'List of calendars'}: {run.kind}, {run.outcome}: "
                f"{run.pages} pages, {run.created} created, {run.updated} updated, "
                f"{run.deleted} deleted, {run.quarantined} set aside, {run.retries} retries, "
                f"{run.seconds:.1f} s"
            )
        for state in connection.sync_states.exclude(error_message=""):
            self.stderr.write(f"{state.calendar or 'List of calendars'}: {state.error_message}")


def find_connection(connection_id: UUID) -> Connection:
    with acting_as_system(reason="to find whose a connection is"):
        found = Connection.objects.select_related("owner").filter(pk=connection_id).first()
    if found is None:
        raise CommandError(f"There is no connection {connection_id}.")
    return found


def follow(connection: Connection, bar: tqdm[Any]) -> None:
    """Until nothing that was asked for is left, but what waits after a fault or is parked."""
    while ids := _due(connection):
        done = [sync_collection(pk, progress=lambda run: advance(bar, run)) for pk in ids]
        if not any(done):
            time.sleep(PAUSE_SECONDS)


def _due(connection: Connection) -> list[int]:
    wanted = SyncState.objects.filter(connection=connection, wanted__gt=F("done"), parked=False)
    due = wanted.filter(due_at__lte=timezone.now()).order_by("pk")
    with acting_as(user_id=connection.owner_id):
        return list(due.values_list("pk", flat=True))


def advance(bar: tqdm[Any], run: SyncRun) -> None:
    bar.set_description(str(run.calendar or "List of calendars"))
    bar.total = expected_total(run, more=run.outcome == SyncRun.Outcome.RUNNING)
    bar.n = run.fetched
    bar.refresh()
