"""`manage.py demo`: Daybook with a sandbox Google and demo users."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import CommandParser

from accounts.demo import ADMINISTRATOR, COLLEAGUE, PEOPLE, ensure_demo_people
from calendars.demo import ensure_demo_calendars
from config.desk import serving
from config.desk.secrets import load_local_secrets
from config.desk.supervisor import Program
from config.management.commands import up

SANDBOX_PORT = 8765
CLIENT_ID = "daybook-demo.apps.sandbox.example"
# A private-use URI scheme, as a mobile app has (RFC 8252 section 7.1).
APP_REDIRECT_URI = "com.example.daybook:/connected"
CLIENT_SECRET = "sandbox-only"  # noqa: S105  # nosec B105 # valid for the sandbox only


class Command(up.Command):
    help = "Runs Daybook with a sandbox Google and demo users. Press Ctrl-C to stop."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--sandbox-port",
            type=up.port_number,
            default=SANDBOX_PORT,
            help=f"port of the sandbox Google (default: {SANDBOX_PORT})",
        )
        parser.add_argument("--ics", type=Path, help="an iCalendar file that the sandbox serves")

    def refuse_unusable(self, options: Mapping[str, Any]) -> None:
        refuse_given_database()
        refuse_unreadable(options["ics"])
        super().refuse_unusable(options)
        serving.refuse_taken_port(
            options["sandbox_port"], "--sandbox-port N (make: SANDBOX_PORT=N)"
        )

    def prepare(self) -> None:
        super().prepare()
        self.say("Creating the demo users ...")
        ensure_demo_people(demo_password())
        ensure_demo_calendars(COLLEAGUE, first_name="Grace", last_name="Hopper")

    def environment(self, options: Mapping[str, Any]) -> dict[str, str]:
        return google_environment(options) | {"PUBLIC_URL": serving.address_of(options["port"])}

    def programs(self, options: Mapping[str, Any]) -> list[Program]:
        return [sandbox_program(options), *super().programs(options)]

    def announcement(self, options: Mapping[str, Any]) -> str:
        address = serving.address_of(options["port"])
        return f"""
  Daybook         {address}/
  Sign in as      {" or ".join(PEOPLE)}, and connect Google
  Or as           {COLLEAGUE}, who has calendars already
  Administrator   {ADMINISTRATOR} at {address}/admin/
  Password        {demo_password()}
  Sandbox Google  {serving.address_of(options["sandbox_port"])}/
  Emails          {settings.EMAIL_FILE_PATH}

  Press Ctrl-C to stop.

"""


def refuse_given_database() -> None:
    """Refuse a given DATABASE_URL: accounts with a printed password must not be reachable there."""
    if os.environ.get("DAYBOOK_EMBEDDED") != "1":
        raise CommandError(
            "The demo creates an administrator and prints the password, so it runs only on the"
            " embedded database. Unset DATABASE_URL, or use manage.py up."
        )


def refuse_unreadable(calendar: Path | None) -> None:
    if calendar and not (calendar.is_file() and os.access(calendar, os.R_OK)):
        raise CommandError(f"Can't read {calendar}. Give an iCalendar file with --ics.")


def demo_password() -> str:
    return load_local_secrets(settings.BASE_DIR)["DEMO_PASSWORD"]


def google_environment(options: Mapping[str, Any]) -> dict[str, str]:
    sandbox = serving.address_of(options["sandbox_port"])
    return {
        "GOOGLE_CLIENT_ID": CLIENT_ID,
        "GOOGLE_CLIENT_SECRET": CLIENT_SECRET,
        "GOOGLE_AUTH_URI": f"{sandbox}/o/oauth2/v2/auth",
        "GOOGLE_TOKEN_URI": f"{sandbox}/token",
        "GOOGLE_REVOKE_URI": f"{sandbox}/revoke",
        "GOOGLE_API_ROOT": sandbox,
        "GOOGLE_REDIRECT_URIS": APP_REDIRECT_URI,
        "SYNC_INTERVAL_SECONDS": "2",  # shows changes made in the sandbox at once
        "GOOGLE_WEBHOOK_URL": f"{serving.address_of(options['port'])}/webhooks/google/calendar",
    }


def sandbox_program(options: Mapping[str, Any]) -> Program:
    argv = [sys.executable, "-m", "sandbox", "--port", str(options["sandbox_port"])]
    argv += ["--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET]
    argv += ["--redirect-uri", APP_REDIRECT_URI]
    if options["ics"]:
        argv += ["--ics", str(options["ics"].resolve())]
    environment = {"PYTHONPATH": str(settings.BASE_DIR)}
    return Program("sandbox", argv, environment, ready_words="listens on")
