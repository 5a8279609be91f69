"""`manage.py explain_event --user EMAIL TEXT|ID`."""

from __future__ import annotations

import sys
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import User
from accounts.security_context import acting_as
from calendars.timeline.explanation import Explanation, Step, explain_event
from profiles.services import time_zone_of

NOT_SHOWN: Final = 3
NOT_FOUND: Final = 4


class Command(BaseCommand):
    help = (
        "Explains step by step why an event of a person is shown or not. Ends with 0 if one of the"
        f" events found is shown, {NOT_SHOWN} if none is, {NOT_FOUND} if none is found."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, metavar="EMAIL", help="whose event")
        parser.add_argument(
            "event", metavar="TEXT|ID", help="part of its title, its id here or at Google, its UID"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        owner = User.objects.filter(email=options["user"].strip().lower()).first()
        if owner is None:
            raise CommandError(f"There is no account with the address {options['user']}.")
        if not options["event"].strip():
            raise CommandError("Enter a part of the event's title, or an id.")
        with acting_as(user_id=owner.pk), timezone.override(time_zone_of(owner)):
            answer = explain_event(owner_id=owner.pk, asked=options["event"])
        for explanation in answer.explanations:
            self._print(explanation)
        self._print_steps(answer.absence)
        if left := answer.found - len(answer.explanations):
            self.stdout.write(f"{left} more match. Enter a longer part of the title, or an id.")
        if not answer.found:
            sys.exit(NOT_FOUND)
        if not any(explanation.is_shown for explanation in answer.explanations):
            sys.exit(NOT_SHOWN)

    def _print(self, explanation: Explanation) -> None:
        self.stdout.write(f"{explanation.title or '(no title)'} · {explanation.calendar_name}")
        self.stdout.write(f"  id {explanation.event_id}, source id {explanation.remote_id}")
        self._print_steps(explanation.steps)
        self.stdout.write("  = shown" if explanation.is_shown else "  = not shown")

    def _print_steps(self, steps: list[Step]) -> None:
        for step in steps:
            self.stdout.write(f"  {'-' if step.hides else '+'} {step.code}: {step.text}")
