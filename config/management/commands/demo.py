"""`manage.py demo`: Daybook with a Google of its own and people who can sign in."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import CommandParser

from accounts.demo import ADMINISTRATOR, PEOPLE, ensure_demo_people
from config.desk import serving
from config.desk.secrets import load_local_secrets
from config.desk.supervisor import Program
from config.management.commands import up

SANDBOX_PORT = 8765
CLIENT_ID = "daybook-demo.apps.sandbox.example"
# Of a phone app, as RFC 8252 section 7.1 shapes such addresses.
APP_REDIRECT_URI = "com.example.daybook:/connected"
CLIENT_SECRET = "sandbox-only"  # noqa: S105  # nosec B105 # opens nothing but the sandbox


class Command(up.Command):
    help = "Runs Daybook with a sandbox Google and demo people. Ctrl-C ends all of it."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--sandbox-port",
            type=up.port_number,
            default=SANDBOX_PORT,
            help=f"of the sandbox Google: {SANDBOX_PORT}",
        )
        parser.add_argument("--ics", type=Path, help="an iCalendar file for the sandbox to serve")

    def refuse_unusable(self, options: Mapping[str, Any]) -> None:
        refuse_given_database()
        refuse_unreadable(options["ics"])
        super().refuse_unusable(options)
        serving.refuse_taken_port(
            options["sandbox_port"], "--sandbox-port N (make: SANDBOX_PORT=N)"
        )

    def prepare(self) -> None:
        super().prepare()
        self.say("Making the demo's people ...")
        ensure_demo_people(demo_password())

    def environment(self, options: Mapping[str, Any]) -> dict[str, str]:
        return google_environment(options) | {"PUBLIC_URL": serving.address_of(options["port"])}

    def programs(self, options: Mapping[str, Any]) -> list[Program]:
        return [sandbox_program(options), *super().programs(options)]

    def announcement(self, options: Mapping[str, Any]) -> str:
        address = serving.address_of(options["port"])
        return f"""
  Daybook         {address}/
  Sign in as      {" or ".join(PEOPLE)}
  Administrator   {ADMINISTRATOR} at {address}/admin/
  Password        {demo_password()}
  Sandbox Google  {serving.address_of(options["sandbox_port"])}/
  Mails           {settings.EMAIL_FILE_PATH}

  Ctrl-C ends all of it.

"""


def refuse_given_database() -> None:
    """Accounts whose password is printed have no place in a database that others reach."""
    if os.environ.get("DAYBOOK_EMBEDDED") != "1":
        raise CommandError(
            "The demo adds an administrator whose password it prints, so it runs on the embedded"
            " database alone: unset DATABASE_URL, or use manage.py up."
        )


def refuse_unreadable(calendar: Path | None) -> None:
    if calendar and not (calendar.is_file() and os.access(calendar, os.R_OK)):
        raise CommandError(f"{calendar} cannot be read: give an iCalendar file with --ics.")


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
        "SYNC_INTERVAL_SECONDS": "2",  # a change made by hand is looked for at once
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
