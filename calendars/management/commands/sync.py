"""`manage.py sync [--user EMAIL or --connection ID] [--full]`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import F, QuerySet
from django.utils import timezone
from tqdm import tqdm

from accounts.security_context import acting_as, acting_as_system
from calendars.connections.overview import expected_total, request_sync
from calendars.models import Connection, SyncRun, SyncState
from calendars.sync.pull import sync_collection
from config.web.problems import DomainError

PAUSE_SECONDS = 0.5  # while a worker holds one of the collections


class Command(BaseCommand):
    help = (
        "Syncs the connections of a user, or one connection, in the foreground and "
        "reports the result. Without --user and --connection it lists the connections."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--user", metavar="EMAIL", help="all connections of this user")
        which.add_argument("--connection", type=UUID, metavar="ID", help="only this connection")
        parser.add_argument("--full", action="store_true", help="list every event again")

    def handle(self, *args: Any, **options: Any) -> None:
        if not (options["user"] or options["connection"]):
            self._list()
            return
        ends = [self._sync(each, full=options["full"]) for each in chosen(options)]
        refused = [end for end in ends if end]
        if refused:
            raise CommandError("\n".join(refused))

    def _list(self) -> None:
        with acting_as_system(reason="to list the connections"):
            found = list(connections())
        for connection in found:
            self.stdout.write(
                f"{connection.pk}  {connection.owner.email}  {connection.email}"
                f"  {connection.get_status_display().lower()}"
            )
        if not found:
            self.stdout.write("No account is connected yet.")

    def _sync(self, connection: Connection, *, full: bool) -> str:
        """Return why it was refused, or "" if it was synced."""
        try:
            with acting_as(user_id=connection.owner_id):
                requested = request_sync(
                    owner=connection.owner, connection_id=connection.pk, full=full
                )
        except DomainError as error:
            return f"{connection.email}: {error.message}"
        with tqdm(unit="events", disable=None) as bar:
            follow(connection, bar)
        with acting_as(user_id=connection.owner_id):
            self._report(connection, requested.runs)
        return ""

    def _report(self, connection: Connection, asked: list[UUID]) -> None:
        since = SyncRun.objects.filter(pk__in=asked).earliest("started_at").started_at
        runs = connection.runs.filter(started_at__gte=since).select_related("calendar")
        for run in runs.order_by("started_at"):
            self.stdout.write(
                f"{run.calendar or 'Calendar list'}: {run.kind}, {run.outcome}: "
                f"{run.pages} pages, {run.created} created, {run.updated} updated, "
                f"{run.deleted} deleted, {run.quarantined} set aside, {run.retries} retries, "
                f"{run.seconds:.1f} s (run {run.pk})"
            )
        for state in connection.sync_states.exclude(error_message=""):
            self.stderr.write(f"{state.calendar or 'Calendar list'}: {state.error_message}")


def connections() -> QuerySet[Connection]:
    return Connection.objects.select_related("owner").order_by("owner__email", "created_at", "pk")


def chosen(options: Mapping[str, Any]) -> list[Connection]:
    """Return the connections that --user or --connection names. Raises CommandError if there are
    none."""
    email = (options["user"] or "").strip().lower()
    which = {"owner__email": email} if email else {"pk": options["connection"]}
    with acting_as_system(reason="to find whose a connection is"):
        found = list(connections().filter(**which))
    if found:
        return found
    who = f"{email} has no connection" if email else f"There is no connection {which['pk']}"
    raise CommandError(f"{who}. List all connections with manage.py sync.")


def follow(connection: Connection, bar: tqdm[Any]) -> None:
    """Wait until nothing requested is left, except collections put off after a fault or parked."""
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
    bar.set_description(str(run.calendar or "Calendar list"))
    bar.total = expected_total(run, listed_before=was_listed(run))
    bar.n = run.fetched
    bar.refresh()


def was_listed(run: SyncRun) -> bool:
    """Whether an earlier run listed the same collection completely."""
    return SyncState.objects.filter(run=run, last_synced_at__isnull=False).exists()
