"""`manage.py import_ics FILE --user EMAIL --calendar NAME`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from accounts.models import User
from calendars.rfc5545.ics import MAX_BYTES, IcsError, IcsEvent
from calendars.sharing.importing import ImportOutcome, import_ics

LONGEST_SHOWN = 80


class Command(BaseCommand):
    help = "Imports an iCalendar file into a local calendar of a user."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="an .ics file")
        parser.add_argument("--user", required=True, metavar="EMAIL", help="whose calendar")
        parser.add_argument("--calendar", required=True, metavar="NAME", help="created if missing")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = User.objects.filter(email=options["user"].strip().lower()).first()
        if owner is None:
            raise CommandError(f"There is no account with the address {options['user']}.")
        content = self._read(options["file"])
        with tqdm(unit="events", disable=None) as bar:
            try:
                outcome = import_ics(
                    owner=owner,
                    name=options["calendar"],
                    content=content,
                    progress=lambda done, total: advance(bar, done, total),
                )
            except IcsError as error:
                raise CommandError(error.message) from None
        self._report(outcome)

    def _read(self, file: Path) -> bytes:
        """Read one byte above the limit, so that a file that is too large is refused."""
        try:
            with file.open("rb") as stream:
                return stream.read(MAX_BYTES + 1)
        except OSError as error:
            raise CommandError(f"{file} can't be read: {error.strerror}.") from None

    def _report(self, outcome: ImportOutcome) -> None:
        for entry in outcome.refused:
            known_as = entry.summary or entry.uid or "an event"
            self.stderr.write(f"line {entry.line}: {known_as}: {entry.reason}")
        for event in outcome.incomplete:
            self._report_lost(event)
        for kind, count in outcome.ignored.items():
            self.stderr.write(f"{count} {kind} ignored: not events")
        self.stdout.write(
            f"{outcome.calendar.name}: {outcome.created} created, {outcome.updated} updated, "
            f"{len(outcome.incomplete)} incomplete, {len(outcome.refused)} refused"
        )
        if outcome.created or outcome.updated:
            self.stdout.write(f"Undo it with: manage.py undo_sync {outcome.act}")

    def _report_lost(self, event: IcsEvent) -> None:
        """Report what is missing of an imported event, with its line."""
        for part in event.lost:
            text = f"{part.name}:{part.text}" if part.name else part.text
            shown = text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
            known_as = event.summary or event.uid
            self.stderr.write(f"line {part.line}: {known_as}: left out “{shown}”: {part.reason}")


def advance(bar: tqdm[Any], done: int, total: int) -> None:
    bar.total = total
    bar.update(done - bar.n)
