"""`manage.py up`: web, worker and beat under one supervisor."""

import argparse
import os
import sys
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from config.desk import serving
from config.desk.embedded.commands import EmbeddedWatch
from config.desk.supervisor import AlreadySupervised, Program, Supervisor, claimed

PORT = 8000


class Command(BaseCommand):
    help = "Runs Daybook: web, worker and beat. Press Ctrl-C to stop."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--port",
            type=port_number,
            default=PORT,
            help=f"port of the web server (default: {PORT})",
        )
        parser.add_argument(
            "--workers",
            type=count,
            default=settings.WORKERS,
            help=f"number of worker processes (default: {settings.WORKERS})",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            address, environment = serving.address_of(options["port"]), self.environment(options)
            with claimed(settings.BASE_DIR, address, environment) as claim:
                sys.exit(self.run(options, claim))
        except AlreadySupervised as error:
            raise CommandError(str(error)) from None

    def run(self, options: Mapping[str, Any], claim: int) -> int:
        self.refuse_unusable(options)
        self.prepare()
        serving.empty_metrics_folder(options["port"])
        connections.close_all()
        programs = self.programs(options)
        self.say(f"Starting {', '.join(program.name for program in programs)} ...")
        supervisor = Supervisor(
            programs,
            ready_url=f"{serving.address_of(options['port'])}/healthz",
            on_ready=lambda: self.announcement(options),
            watch=EmbeddedWatch(settings.BASE_DIR),
            held=claim,
        )
        return supervisor.run()

    def say(self, step: str) -> None:
        """Print a line as each step begins, so that a slow step doesn't look like a hang."""
        self.stdout.write(step)
        self.stdout.flush()

    def refuse_unusable(self, options: Mapping[str, Any]) -> None:
        serving.refuse_taken_port(options["port"], "--port N (make: PORT=N)")
        serving.refuse_unreachable_servers()

    def prepare(self) -> None:
        serving.migrate_database(self.say)
        serving.collect_static_files(self.say)

    def environment(self, options: Mapping[str, Any]) -> dict[str, str]:
        """Return the environment for the programs and for commands that run beside them."""
        address = os.environ.get("PUBLIC_URL") or serving.address_of(options["port"])
        return {"PUBLIC_URL": address}

    def programs(self, options: Mapping[str, Any]) -> list[Program]:
        return serving.programs(options["port"], options["workers"], self.environment(options))

    def announcement(self, options: Mapping[str, Any]) -> str:
        """Return the text that is printed once the web server answers."""
        return (
            f"\nDaybook runs at {serving.address_of(options['port'])}/\nPress Ctrl-C to stop.\n\n"
        )


def port_number(text: str) -> int:
    return whole_number(text, 1, 65_535)


def count(text: str) -> int:
    return whole_number(text, 1, 256)


def whole_number(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from {least} to {most}")
    return int(text)
