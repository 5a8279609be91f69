"""`manage.py import_people FILE.jsonl`: import people from the old system."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from accounts.administrators import GROUP
from profiles.importing import ImportOutcome, import_people
from profiles.people_file import MAX_LINE_BYTES, Refusal


class Command(BaseCommand):
    help = "Imports people from the old system; existing accounts are left unchanged."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="one JSON object per line")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        try:
            with file.open("rb") as stream, self._bar(file) as bar:
                outcome = import_people(lines=_lines(stream, bar), refuse=self._refuse)
        except OSError as error:
            raise CommandError(f"{file} can't be read: {error.strerror}.") from None
        self._report(outcome)

    def _bar(self, file: Path) -> tqdm[Any]:
        size = file.stat().st_size
        return tqdm(total=size, unit="B", unit_scale=True, disable=None, desc="People")

    def _refuse(self, refusal: Refusal) -> None:
        """Write past the progress bar immediately, so that an interrupted run loses no message."""
        what = f"{refusal.field}: {refusal.message}" if refusal.field else refusal.message
        kind = "" if refusal.field else "not imported: "
        with tqdm.external_write_mode():
            self.stderr.write(f"line {refusal.line}: {kind}{what} ({refusal.code})")

    def _report(self, outcome: ImportOutcome) -> None:
        self.stdout.write(
            f"{outcome.imported} people imported, {outcome.unchanged} already existed; "
            f"{outcome.refused_people} people and {outcome.refused_values} values refused"
        )
        if outcome.administrators:
            self.stdout.write(
                f"{outcome.administrators} imported people are staff in the group {GROUP}; no "
                "superuser was created"
            )


def _lines(stream: BinaryIO, bar: tqdm[Any]) -> Iterator[bytes]:
    """Yield lines. One byte over the limit marks a line as too long; the rest of it is skipped."""
    while line := stream.readline(MAX_LINE_BYTES + 1):
        bar.update(len(line))
        yield line
        while line and not line.endswith(b"\n"):
            line = stream.readline(MAX_LINE_BYTES)
            bar.update(len(line))
