"""`manage.py dbdoctor`: diagnoses the database connection and suggests fixes."""

from __future__ import annotations

import sys
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandParser

from config.database.findings import as_json, as_text, has_fault
from config.desk.supervisor.child import is_coloured
from config.doctor.examination import examine_database


class Command(BaseCommand):
    help = (
        "Diagnoses the database connection and suggests fixes. The exit code is 1 if a fault was"
        " found, else 0."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        sections = examine_database()
        coloured = is_coloured(cast(TextIO, self.stdout)) and not options["no_color"]
        text = as_json(sections) if options["json"] else as_text(sections, coloured=coloured)
        self.stdout.write(text)
        if has_fault(sections):
            sys.exit(1)
