"""`manage.py undo_sync RUN`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.security_context import acting_as, acting_as_system
from calendars.models import SyncRun
from calendars.sync.undoing import CannotUndo, undo_run


class Command(BaseCommand):
    help = "Restores the events that a run changed; the next full sync decides what stays."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", type=UUID, help="the run's id, as admin and the API show it")

    def handle(self, *args: Any, **options: Any) -> None:
        with acting_as_system(reason="to find whose a run is"):
            run = SyncRun.objects.select_related("calendar").filter(pk=options["run"]).first()
        if run is None:
            raise CommandError(f"There is no run {options['run']}.")
        try:
            with acting_as(user_id=run.owner_id):
                undone = undo_run(run)
        except CannotUndo as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"{run.calendar}: {undone.created} brought back, {undone.updated} restored, "
            f"{undone.deleted} removed"
        )
