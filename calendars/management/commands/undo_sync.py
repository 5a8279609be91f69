"""`manage.py undo_sync RUN`: also of an import, by the id that `import_ics` prints."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.security_context import acting_as, acting_as_system
from calendars.events.history import Author, Door
from calendars.events.undo import undo_act
from calendars.models import EventChange, SyncRun
from calendars.sync.undoing import CannotUndo, undo_run
from config.web.problems import DomainError


class Command(BaseCommand):
    help = "Restores the events that a run or an import changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "run",
            type=UUID,
            help="the run's ID, as admin and the API show it, or an import's, as import_ics prints"
            " it. After a run the next full sync decides what stays.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with acting_as_system(reason="to find whose a run is"):
            run = SyncRun.objects.select_related("calendar").filter(pk=options["run"]).first()
            change = EventChange.objects.filter(act=options["run"]).first()
        try:
            if run is not None:
                self._undo_run(run)
            elif change is not None:
                self._undo_import(change)
            else:
                raise CommandError(f"There is no run or import {options['run']}.")
        except (CannotUndo, DomainError) as error:
            raise CommandError(str(error)) from None

    def _undo_run(self, run: SyncRun) -> None:
        with acting_as(user_id=run.owner_id):
            undone = undo_run(run)
        self._report(str(run.calendar), undone.created, undone.updated, undone.deleted)

    def _undo_import(self, change: EventChange) -> None:
        with acting_as(user_id=change.owner_id):
            author = Author(Door.UNDO)
            undone = undo_act(owner_id=change.owner_id, act=change.act, author=author)
            name = str(change.calendar)
        self._report(name, undone.created, undone.updated, undone.deleted)
        if undone.left:
            self.stdout.write(f"{undone.left} left as they are: they were changed again since")

    def _report(self, name: str, created: int, updated: int, deleted: int) -> None:
        self.stdout.write(f"{name}: {created} brought back, {updated} restored, {deleted} removed")
